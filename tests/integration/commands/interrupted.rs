//! A signal during a command that reads the service: the session ends with it.

use std::time::Duration;

use super::Peers;
use crate::program::eventually;
use crate::support::compreface::{Door, Trouble, When};
use crate::support::endpoint::Answer;

#[tokio::test(flavor = "multi_thread")]
async fn signal_ends_the_session_of_preview_and_check() {
    for (command, name) in [("preview", "INT"), ("preview", "TERM"), ("check", "INT"), ("check", "TERM")] {
        let peers = Peers::start().await;
        peers.service.trouble(Door::Applications, When::Always, Trouble::Never);
        let mut running = peers.call(&[command]).start();
        eventually("the applications are asked for", || peers.service.count(Door::Applications) == 1);
        assert_eq!(peers.service.open_sessions(), 1);
        running.signal(name);
        let (exit, took) = running.wait();
        assert_eq!(exit, Some(1), "{command} {name}");
        assert!(took < Duration::from_secs(8), "{command} {name}: {took:?}");
        assert_eq!((peers.service.count(Door::SignOut), peers.service.open_sessions()), (1, 0), "{command} {name}");
        assert!(running.log().contains("interrupted"), "{command} {name}: {}", running.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_check_of_an_endpoint_that_hangs() {
    let peers = Peers::start().await;
    peers.endpoint.always(Answer::hang());
    let mut running = peers.call(&["check", "--endpoint"]).env("HEADCOUNT_OTLP_TIMEOUT", "5m").start();
    peers.endpoint.wait_for(1).await;
    running.signal("INT");
    assert_eq!(running.wait().0, Some(1));
    assert_eq!(peers.service.open_sessions(), 0);
}

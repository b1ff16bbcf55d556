//! A hostile service, and one behind TLS, before the built binary: one clear sentence, nothing of the answer in it, nothing
//! counted, and no memory that grows with what is sent. `cargo bench --bench hostile` sends gigabytes.

mod answers;
mod tls;

use std::time::Duration;

use crate::commands::Peers;
use crate::program::told;
use crate::source::{code, populated, reader, scrape_report};
use crate::support::compreface::{Door, Trouble, When, Written};

/// Stands in every hostile answer, and nowhere else.
const SECRET: &str = "hunter2";

/// Peers with a baseline, after which three users were created.
async fn begun() -> Peers {
    let peers = Peers::start().await;
    assert_eq!(told(&peers.call(&["once"]).output()).0, Some(0));
    peers.service.change(|model| model.populate(3, 0, 0));
    peers
}

/// Fails unless the service's answer ends the call so, with one error that has these words, and changes nothing.
fn assert_refused(peers: &Peers, words: &str) {
    let before = peers.store().read(|snapshot| snapshot.totals()).unwrap();
    let (exit, data, said) = told(&peers.call(&["once"]).output());
    assert_eq!((exit, data.as_str()), (Some(3), ""), "{said}");
    let lines: Vec<_> = said.lines().collect();
    let is_explained = matches!(&lines[..], [error] | [error, _] if error.starts_with("error: "));
    assert!(is_explained && lines[1..].iter().all(|line| line.starts_with("hint: ")), "{said}");
    assert!(said.contains(words) && !said.contains(SECRET), "{words:?} is not in {said}");
    assert_eq!(peers.store().read(|snapshot| snapshot.totals()).unwrap(), before);
}

/// The next scrape counts what was created, whatever was answered before.
fn assert_nothing_lost(peers: &Peers) {
    peers.service.behave();
    let (exit, _, said) = told(&peers.call(&["once"]).output());
    assert_eq!(exit, Some(0), "{said}");
    let totals = peers.store().read(|snapshot| snapshot.totals()).unwrap();
    assert_eq!(totals.creations, [3].into());
}

/// One byte a second, for ever.
fn drops() -> Written {
    let start = format!("[{{\"{SECRET}\":\"");
    let bytes = start.chars().map(String::from).collect::<Vec<_>>();
    Written::new(bytes.into_iter().chain(std::iter::repeat_with(|| "x".to_owned()))).trickle(Duration::from_secs(1))
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_ends_with_the_scrapes_time() {
    for door in [Door::Me, Door::Applications, Door::Services, Door::Statistics, Door::Faces, Door::Roles] {
        let simulated = populated();
        simulated.trouble(door, When::Always, Trouble::Made(drops));
        let before = tokio::time::Instant::now();
        // A thread that decodes keeps paused time from passing by itself.
        let error = tokio::select! {
            outcome = async { scrape_report(&mut reader(&simulated)).await } => outcome.unwrap_err(),
            () = async { loop { tokio::time::advance(Duration::from_millis(500)).await } } => unreachable!(),
        };
        assert_eq!(code(&error), "timed_out", "{door:?}: {error:?}");
        assert!(before.elapsed() < Duration::from_secs(15 * 60 + 5), "{door:?}: {:?}", before.elapsed());
        assert!(!format!("{error} {error:?}").contains(SECRET));
    }
}

//! What `headcount export` wrote, carried over and loaded: the real binary, and reports that waited in its outbox.

use std::fs;
use std::process::Command;
use std::time::Duration;

use headcount::clock::{Clock as _, SystemClock};
use headcount::source::compreface::CONTRACT;

use crate::peers::child::succeed;
use crate::peers::collector::{Backend, Collector, shipped};
use crate::peers::free_port;
use crate::peers::points;
use crate::program::{Program, told};
use crate::sidecar::{Days, service};
use crate::support::world::SteppedClock;

const DAYS: u64 = 20;

#[test]
fn what_export_wrote_arrives_as_it_was_made_and_in_order() {
    let (runtime, service) = service();
    let room = tempfile::tempdir().unwrap();
    let state = room.path().join("state");
    // So that all of them are still kept by the binary, which goes by the system's clock.
    let begun = SystemClock.now().minus(Duration::from_secs((DAYS + 1) * 24 * 3600));
    let clock = SteppedClock::at(&begun.to_string());
    let mut days = Days::begin(&service, &state, &clock, ("HEADCOUNT_OTLP_PROTOCOL", "export".to_owned()));
    days.pass(DAYS, &runtime, &runtime);
    drop(days);
    let exported = room.path().join("reports.jsonl");
    let export = Program::new(&["export", exported.to_str().unwrap(), "--take"])
        .env("HEADCOUNT_OTLP_PROTOCOL", "export")
        .state(&state);
    let (exit, _, talk) = told(&export.output());
    assert_eq!(exit, Some(0), "{talk}");
    let written = points::points(&points::lines(&exported));
    assert_eq!(written.len(), usize::try_from(DAYS).unwrap() * CONTRACT.instruments.len(), "a report a day");

    let backend = Backend::start();
    let http = free_port();
    let environment = [
        ("AIRGAP_UPSTREAM", backend.url()),
        ("AIRGAP_DIR", room.path().to_str().unwrap().to_owned()),
        ("AIRGAP_HTTP", format!("127.0.0.1:{http}")),
    ];
    let _airgap = Collector::start("airgap.yaml", room, &environment, http);
    let load = || {
        let mut command = Command::new(shipped("airgap-load"));
        command.arg(&exported).arg(format!("http://127.0.0.1:{http}"));
        command
    };
    assert!(succeed(&mut load()).contains(&format!("{DAYS} reports loaded")));
    let arrived = backend.wait_for_points(written.len());
    assert_eq!(arrived, written);
    let creations = arrived.iter().filter(|point| point.metric == "face_recognition.user.creations");
    assert_eq!(creations.map(|point| point.value).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
    // A line that is none stops it, by its number; what was before it arrives a second time, which is harmless.
    let text = fs::read_to_string(&exported).unwrap();
    let first = text.lines().next().unwrap();
    fs::write(&exported, format!("{first}\n{{]\n{first}\n")).unwrap();
    let refused = load().output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("line 2"), "{refused:?}");
    let all = backend.wait_for_points(written.len() + CONTRACT.instruments.len());
    assert_eq!(all[written.len()..], written[..CONTRACT.instruments.len()]);
}

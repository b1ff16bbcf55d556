//! Any answer through any door of the service: what is counted is what a second decoder finds, within limits of memory, and
//! an error tells nothing of the answer.
//!
//! Input: a byte for the door and how the answer is framed, a byte for the status or the size of chunks, and the body; or, in
//! one of the framings, the whole answer.

#![no_main]

use headcount::model::Kind;
use headcount::source::compreface::kinds;
use headcount_fuzz::service::{Door, Found, Service};
use headcount_fuzz::{assert_tells_no_secret, framed, memory, told};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;

/// Measured: 0.4 MiB for the buffers of the connections and of a decoder, most of it the same for every answer.
const MEMORY: usize = 1024 * 1024;
const DEMO: [&str; 3] = [
    "00000000-0000-0000-0000-000000000001",
    "00000000-0000-0000-0000-000000000003",
    "00000000-0000-0000-0000-000000000004",
];

fuzz_target!(|input: &[u8]| {
    let [how, detail, body @ ..] = input else { return };
    let door = Door::ALL[usize::from(how % 7)];
    let Some(answer) = framed(how / 7 % 4, *detail, body) else { return };
    let service = Service::answering(door, answer);
    // What the fuzzer's own side holds of the input, several times over, is not the library's.
    let (found, outcome) = memory::within(MEMORY + 8 * input.len(), || service.scrape());
    match outcome {
        Err(error) => assert_tells_no_secret(&told(&error)),
        // What is gone meanwhile is no error, and leaves nothing to compare with.
        Ok(()) if how / 7 % 4 < 3 && detail % 10 < 4 => check(door, body, &found, &service),
        Ok(()) => {}
    }
});

#[derive(Deserialize)]
struct User {
    #[serde(rename = "userId")]
    id: String,
    #[expect(dead_code, reason = "a user without a role is no user")]
    role: String,
}

#[derive(Deserialize)]
struct Application {
    id: String,
}

#[derive(Deserialize)]
struct ServiceOfOne {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Faces {
    total_elements: u64,
}

#[derive(Deserialize)]
struct DayCount {
    #[serde(rename = "requestCount")]
    requests: u64,
    #[serde(rename = "createdDate")]
    date: String,
}

/// Fails if a scrape that succeeded counted anything else than the answer holds.
fn check(door: Door, body: &[u8], found: &Found, service: &Service) {
    let asked = |door| service.asked().iter().filter(|asked| asked.door == door).count();
    match door {
        Door::Users => {
            let users: Vec<User> = serde_json::from_slice(body).expect("a list of users");
            assert_hashes(found, kinds::USER, users.iter().map(|user| &*user.id));
        }
        Door::Applications => {
            let applications: Vec<Application> = serde_json::from_slice(body).expect("a list of applications");
            assert_hashes(found, kinds::APPLICATION, applications.iter().map(|application| &*application.id));
            assert_eq!(asked(Door::Services), found.hashes(kinds::APPLICATION).len());
        }
        Door::Services => {
            let services: Vec<ServiceOfOne> = serde_json::from_slice(body).expect("a list of services");
            for (kind, word) in
                [(kinds::DETECTION, "DETECTION"), (kinds::VERIFICATION, "VERIFY"), (kinds::RECOGNITION, "RECOGNITION")]
            {
                let of_kind = services.iter().filter(|service| service.kind == word);
                assert_hashes(found, kind, of_kind.map(|service| &*service.id));
            }
            assert!(services.iter().all(|one| ["DETECTION", "VERIFY", "RECOGNITION"].contains(&&*one.kind) || DEMO.contains(&&*one.id)));
            assert_eq!(found.collections().len(), found.hashes(kinds::RECOGNITION).len());
            assert_eq!(asked(Door::Faces), found.collections().len());
            let services = kinds::ALL[2..].iter().map(|kind| found.hashes(*kind).len()).sum::<usize>();
            assert_eq!(asked(Door::Statistics), services);
        }
        Door::Faces => {
            let faces: Faces = serde_json::from_slice(body).expect("a count");
            assert_eq!(found.collections(), [faces.total_elements]);
        }
        Door::Statistics => {
            let days: Vec<DayCount> = serde_json::from_slice(body).expect("a list of days");
            // Dates in this form are in the order of their text: the thirty days before the 29th of November.
            let counts = |day: &DayCount| day.requests > 0 && ("2026-10-30"..="2026-11-28").contains(&&*day.date);
            assert_eq!(found.active_of(kinds::RECOGNITION), u64::from(days.iter().any(counts)));
        }
        Door::Token | Door::Me | Door::SignOut => {}
    }
}

fn assert_hashes<'a>(found: &Found, kind: Kind, ids: impl Iterator<Item = &'a str>) {
    let ids: Vec<_> = ids.filter(|id| !DEMO.contains(id)).collect();
    assert_eq!(found.hashes(kind), found.hashes_of(kind, ids), "{kind:?}");
}

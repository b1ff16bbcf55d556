//! Faults that any service on HTTP can have: of its network, of its process, of what stands in front of it, and of its bodies.

use std::time::Duration;

use super::peer::{Model, Peer};
use crate::support::compreface::{Answer, Health, Trouble, When};
use crate::support::world::Seeded;

/// It comes up and goes down.
pub(super) const RESTARTS: &str = "restarts again and again";

const STATUSES: [u16; 8] = [400, 403, 404, 409, 429, 500, 503, 504];

/// Every one that spoils an answer or the way to it.
pub(super) const NAMES: [&str; 19] = [
    "connection refused",
    "unreachable",
    "accepts and hangs",
    "accepts and cuts",
    "502 of the front end",
    RESTARTS,
    "hangs before the answer",
    "dies in the body",
    "truncated JSON",
    "wrong content-length",
    "HTML with 200",
    "content encoding that was not requested",
    "something after the body",
    "bodies of rubbish",
    "400, 403, 404, 409, 429, 500, 503, 504",
    "redirects",
    "slow",
    "trickles",
    "trickles for ever",
];

/// What a service's answers are.
pub(super) struct Paths {
    /// Every path whose answer a scrape needs.
    pub(super) all: &'static [&'static str],
    /// Those of them whose answers are JSON, each with bodies that make no sense as its answer.
    pub(super) json: &'static [(&'static str, &'static [&'static [u8]])],
    /// For longer than a scrape may take.
    pub(super) for_ever: Duration,
}

/// A fault begins, if it is one of these.
pub(super) async fn begin<M: Model>(name: &str, peer: &Peer<M>, paths: &Paths, random: &Seeded) {
    match health(name) {
        Some(health) => peer.set_health(health).await,
        None => {
            if let Some((path, trouble)) = trouble(name, paths, random) {
                let when = random.pick(&[When::Always, When::Always, When::EverySecond, When::From(3)]);
                peer.trouble(path, when, trouble);
            }
        }
    }
}

fn health(name: &str) -> Option<Health> {
    Some(match name {
        "connection refused" | RESTARTS => Health::Down,
        "unreachable" => Health::Unreachable,
        "accepts and hangs" => Health::Silent,
        "accepts and cuts" => Health::Cuts,
        "502 of the front end" => Health::BadGateway,
        _ => return None,
    })
}

fn trouble(name: &str, paths: &Paths, random: &Seeded) -> Option<(&'static str, Trouble)> {
    let any = random.pick(paths.all);
    let (json, rubbish) = random.pick(paths.json);
    Some(match name {
        "hangs before the answer" => (any, Trouble::Never),
        "dies in the body" => (json, Trouble::CutOff),
        "truncated JSON" => (json, Trouble::Half),
        "wrong content-length" => (json, Trouble::WrongLength),
        "HTML with 200" => (any, Trouble::Answer(Answer::html())),
        "content encoding that was not requested" => (json, Trouble::Encoding(random.pick(&["gzip", "br"]))),
        "something after the body" => (json, Trouble::Append("]}garbage")),
        "bodies of rubbish" => (json, Trouble::Body(random.pick(rubbish).to_vec())),
        "400, 403, 404, 409, 429, 500, 503, 504" => (any, Trouble::Answer(Answer::internal(random.pick(&STATUSES)))),
        "redirects" => (any, Trouble::Answer(Answer::redirect("http://elsewhere.example.com/"))),
        "slow" => (any, Trouble::Late(random.between(Duration::from_secs(1), Duration::from_secs(30)))),
        "trickles" => (json, Trouble::Trickle(Duration::from_millis(500))),
        "trickles for ever" => (json, Trouble::Trickle(paths.for_ever)),
        _ => return None,
    })
}

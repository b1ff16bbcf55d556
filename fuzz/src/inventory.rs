//! An inventory document that the fuzzer writes, and a second judge of it.

use std::collections::HashSet;
use std::sync::Arc;

use headcount::clock::SystemClock;
use headcount::consent::ExplicitCommand;
use headcount::model::{Kind, ScrapeSink};
use headcount::net::{Dialer, Stream};
use headcount::source::inventory::{DocumentLocation, Inventory, InventorySettings, kinds};
use headcount::source::{Service as _, SourceError};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::service::Found;

/// Scrapes a server that answers these bytes, all of an answer, and hangs up. Gives what was found, and what the scrape came
/// to.
pub fn scrape(answer: Vec<u8>) -> (Arc<Found>, Result<(), SourceError>) {
    let found = Arc::new(Found::default());
    let observer: Arc<dyn ScrapeSink> = found.clone();
    let answer = Arc::new(answer);
    let dialer = Dialer::new(move |_| {
        let (ours, mut theirs) = tokio::io::duplex(16 * 1024);
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(theirs.read_u8().await?);
            }
            assert!(head.starts_with(b"GET /inventory HTTP/1.1\r\n"), "not the contract's request");
            theirs.write_all(&answer).await?;
            theirs.shutdown().await
        });
        Box::pin(async { Ok(Stream::new(ours)) })
    });
    let url = "http://service.test/inventory".parse().expect("a URL");
    let settings = InventorySettings { location: DocumentLocation::Url(url), token_file: None, certificate: None };
    let permit = ExplicitCommand::Preview.read_permit();
    let outcome = crate::run(async {
        Inventory::new(settings, dialer, Arc::new(SystemClock)).scrape(&permit, None, observer).await
    });
    let outcome = outcome.map(|emptied| assert!(emptied.is_none()));
    (found, outcome)
}

/// A document as another decoder has it.
#[derive(Debug, Deserialize)]
pub struct Judged {
    inventory: Box<RawValue>,
    users: Vec<String>,
    applications: Vec<String>,
    services: Vec<JudgedService>,
}

#[derive(Debug, Deserialize)]
struct JudgedService {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "present")]
    faces: Option<Box<RawValue>>,
}

/// A `null` is there, and is no number.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

impl Judged {
    /// The document, if it is one that must be read.
    #[must_use]
    pub fn of(body: &[u8]) -> Option<Self> {
        let judged: Self = serde_json::from_slice(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)).ok()?;
        (whole(&judged.inventory) == Some(1) && judged.is_consistent()).then_some(judged)
    }

    fn is_consistent(&self) -> bool {
        let ids: Vec<_> = kinds::ALL.into_iter().flat_map(|kind| self.ids(kind).map(move |id| (kind, id))).collect();
        let is_usable = |service: &JudgedService| match (&*service.kind, &service.faces) {
            ("recognition", Some(faces)) => whole(faces).is_some_and(|faces| faces <= 1 << 53),
            ("verification" | "detection", None) => true,
            _ => false,
        };
        self.services.iter().all(is_usable)
            && ids.iter().all(|(_, id)| id.len() <= 256)
            && ids.iter().collect::<HashSet<_>>().len() == ids.len()
    }

    /// The ids of one kind.
    pub fn ids(&self, kind: Kind) -> Box<dyn Iterator<Item = &str> + '_> {
        let of_type =
            |word: &'static str| self.services.iter().filter(move |one| one.kind == word).map(|one| one.id.as_str());
        match kind {
            kinds::USER => Box::new(self.users.iter().map(String::as_str)),
            kinds::APPLICATION => Box::new(self.applications.iter().map(String::as_str)),
            kinds::DETECTION => Box::new(of_type("detection")),
            kinds::VERIFICATION => Box::new(of_type("verification")),
            _ => Box::new(of_type("recognition")),
        }
    }

    /// The numbers of faces, in the order of the document.
    #[must_use]
    pub fn faces(&self) -> Vec<u64> {
        self.services.iter().filter_map(|service| whole(service.faces.as_ref()?)).collect()
    }
}

/// The whole number that a value is, by moving the point within many zeros.
fn whole(value: &RawValue) -> Option<u64> {
    const ZEROS: usize = 200;
    let text = Some(value.get())
        .filter(|text| text.len() <= 64 && text.starts_with(|c: char| c == '-' || c.is_ascii_digit()))?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (sign, before) = before.strip_prefix('-').map_or(("", before), |before| ("-", before));
    // Beyond a hundred places, further ones make no difference to 64 digits.
    let beyond = if exponent.starts_with('-') { -100 } else { 100 };
    let places = exponent.parse::<i64>().map_or(beyond, |places| places.clamp(-100, 100));
    let zeros = "0".repeat(ZEROS);
    let digits = format!("{zeros}{before}{after}{zeros}");
    let point = usize::try_from((ZEROS + before.len()) as i64 + places).ok()?;
    let (whole, fraction) = digits.split_at(point);
    let whole = whole.trim_start_matches('0');
    let is_whole = fraction.bytes().all(|digit| digit == b'0') && (sign.is_empty() || whole.is_empty());
    if !is_whole {
        None
    } else if whole.is_empty() {
        Some(0)
    } else {
        whole.parse().ok()
    }
}

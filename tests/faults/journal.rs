//! What happened in one run, in its order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::{Clock as _, Day, Timestamp};
use headcount::model::{InstallGuid, Kind, Totals};
use headcount::store::{AuditLine, Installation};
use sha2::{Digest as _, Sha256};

use crate::recipe::Recipe;
use crate::support::compreface::{Door, Served};
use crate::support::world::{FlowingClock, Moments};

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) recipe: Recipe,
    /// Where the run's files were: somewhere else each time.
    pub(crate) directory: String,
    pub(crate) entries: Vec<Entry>,
    /// Every line that the agent logged.
    pub(crate) log: Vec<String>,
    /// Sessions that the service still holds when all is over.
    pub(crate) open_sessions: usize,
    /// The most requests that the service answered at a time.
    pub(crate) most_at_once: usize,
}

impl Journal {
    /// The same for runs in which the same happened.
    pub(crate) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for entry in &self.entries {
            hash.update(format!("{entry:?}\n").replace(&self.directory, ""));
        }
        for line in &self.log {
            hash.update(line.replace(&self.directory, ""));
        }
        hash.finalize().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// After so much time that was awake.
    pub(crate) awake: Duration,
    /// After so much time, asleep or awake.
    pub(crate) lived: Duration,
    /// What the wall clock said.
    pub(crate) wall: Timestamp,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// The agent was started, or `once` was called, with this setting of install_guid.
    Started { wanted: Option<InstallGuid>, is_once: bool },
    /// The agent had ended: by a signal, or where it stood; or `once` was over, in good order.
    Ended { by_signal: bool },
    /// The sentences of a call of `once`.
    Said(Vec<String>),
    /// The consent file says so from now on.
    Decided(Consent),
    /// The wall clock was set.
    Stepped,
    /// The machine slept.
    Slept,
    /// A fault began or ended.
    Fault { side: Side, name: &'static str, begins: bool },
    /// Somebody connected to the service, or tried to.
    ServiceDialed,
    /// CompreFace was asked.
    Asked { door: Option<Door>, grant: Option<String>, is_listed: bool },
    /// The service opened a session.
    Granted,
    /// The service answered.
    Served(Served),
    /// A service that is not CompreFace was requested.
    Requested { begins: bool, is_listed: bool },
    /// It answered.
    Told(Told),
    /// The document's file holds this from now on; none if it cannot be counted.
    Document(Option<Box<Found>>),
    /// Somebody connected to the endpoint, or tried to.
    EndpointDialed(Answered),
    /// Somebody went to the endpoint past the proxy, or asked the proxy for a way to somewhere else.
    Strayed,
    /// A request arrived at the endpoint, and this is what it answers.
    Arrived { message: Bytes, connection: usize, answered: Answered },
    /// The files of the store were searched for what is personal, and that was in them.
    Personal(&'static str),
    /// Somebody looked into the store.
    Looked(Box<Look>),
    /// The mount of the state directory vanished: the directory is empty.
    MountVanished,
    /// It is back. Whether anything was written into the empty directory meanwhile.
    MountBack { is_empty: bool },
    /// The state directory was emptied while nothing ran.
    StoreLost,
    /// Nothing is wrong any more from now on.
    Calm,
}

impl What {
    /// Whether a scrape begins with it.
    pub(crate) fn begins_scrape(&self) -> bool {
        matches!(self, Self::Asked { door: Some(Door::Me), .. } | Self::Requested { begins: true, .. })
    }
}

/// What an answer of a service said that is not CompreFace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// Frigate's persons, and the faces of all of them.
    Library { persons: u64, faces: u64 },
    /// The names of Frigate's users; no request follows.
    Users(Vec<String>),
    /// A document.
    Document(Box<Found>),
    /// Something else that went well.
    Well,
    /// A refusal.
    Refused,
    /// Nothing that could be used.
    Spoiled,
}

impl Told {
    /// Whether a scrape can be over with it.
    pub(crate) fn is_last(&self) -> bool {
        !matches!(self, Self::Library { .. } | Self::Well)
    }
}

/// Everything that a complete scrape found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) ids: BTreeSet<(Kind, String)>,
    /// How many there are of kinds that have no ids.
    pub(crate) unnamed: Vec<(Kind, u64)>,
    /// The kind of which none at all is in doubt.
    pub(crate) in_doubt: Option<Kind>,
    /// The faces of each collection.
    pub(crate) collections: BTreeMap<String, u64>,
    /// The days on which each service received requests, if any statistics were told.
    pub(crate) uses: Option<BTreeMap<(Kind, String), Vec<Day>>>,
    /// Whether there was a service whose statistics could be told.
    pub(crate) has_statistics: bool,
}

impl Found {
    /// Whether it may be that what holds the objects was not there: none of a kind, of which there was something.
    pub(crate) fn is_in_doubt(&self, before: &Totals) -> bool {
        self.in_doubt.is_some_and(|kind| before.current[kind] > 0 && self.unnamed.contains(&(kind, 0)))
    }
}

/// Where a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    Service,
    Endpoint,
}

/// What the consent file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    Yes,
    Missing,
    No,
}

/// What an answer, or none, means to whoever follows OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// The connection is served; a request is expected.
    Served,
    Delivered,
    Partial,
    Refused,
    /// To be tried again, not sooner than asked.
    Retry(Option<Duration>),
    /// The connection broke: to be tried again, at once if it had been used before.
    Broken,
    /// To be mended by the operator.
    Held,
    /// Only what other reports are answered tells whether this one is at fault, or the endpoint.
    Ambiguous,
    /// Stays in the outbox, one way or the other.
    Kept,
}

/// What the store holds.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) installation: Installation,
    pub(crate) totals: Totals,
    pub(crate) depth: u64,
    /// What was written into the audit since the last look.
    pub(crate) audit: Vec<AuditLine>,
    pub(crate) receipts: Vec<(InstallGuid, u64)>,
    pub(crate) failure: Option<String>,
}

/// Writes a journal. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Recorder {
    moments: Moments,
    clock: Arc<FlowingClock>,
    shared: Arc<Mutex<Recorded>>,
}

#[derive(Default)]
struct Recorded {
    entries: Vec<Entry>,
    slept: Duration,
}

impl Recorder {
    pub(crate) fn new(moments: Moments, clock: Arc<FlowingClock>) -> Self {
        Self { moments, clock, shared: Arc::default() }
    }

    pub(crate) fn write(&self, what: What) {
        let (awake, wall) = (self.moments.elapsed(), self.clock.now());
        let mut recorded = self.shared.lock().unwrap();
        let lived = awake + recorded.slept;
        recorded.entries.push(Entry { awake, lived, wall, what });
    }

    /// The machine sleeps, and no timer notices.
    pub(crate) fn sleep(&self, time: Duration) {
        self.clock.step_forward(time);
        self.shared.lock().unwrap().slept += time;
        self.write(What::Slept);
    }

    pub(crate) fn lived(&self) -> Duration {
        self.moments.elapsed() + self.shared.lock().unwrap().slept
    }

    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.shared.lock().unwrap().entries)
    }
}

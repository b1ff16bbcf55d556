//! What happened in one run, in its order.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use headcount::clock::{Clock as _, Timestamp};
use headcount::model::{InstallGuid, Totals};
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
    /// The service was asked.
    Asked { door: Option<Door>, grant: Option<String>, is_listed: bool },
    /// The service opened a session.
    Granted,
    /// The service answered.
    Served(Served),
    /// Somebody connected to the endpoint, or tried to.
    EndpointDialed(Answered),
    /// Somebody went to the endpoint past the proxy, or asked the proxy for a way to somewhere else.
    Strayed,
    /// A request arrived at the endpoint, and this is what it answers.
    Arrived { message: Bytes, connection: usize, answered: Answered },
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

//! Turns ids into keyed hashes at once, and hands them to the observer a few thousand at a time.

use std::sync::Arc;

use uuid::Uuid;

use super::decode::Stop;
use crate::model::{IdHash, Kind, ScrapeSink};

/// Hashes that go to the observer at once: few enough for a short transaction and 128 kB of memory, and enough that a
/// million of them pass through the pages of the staging file sixty times only.
const BATCH: usize = 16 * 1024;

/// Hashes of one kind on their way to the observer.
pub(super) struct Batch {
    observer: Arc<dyn ScrapeSink>,
    kind: Kind,
    hashes: Vec<IdHash>,
}

impl Batch {
    pub(super) fn new(observer: Arc<dyn ScrapeSink>, kind: Kind) -> Self {
        Self { observer, kind, hashes: Vec::new() }
    }

    /// Takes an id, and hands on what there is if that is enough.
    pub(super) fn push(&mut self, id: Uuid) -> Result<(), Stop> {
        if self.hashes.capacity() == 0 {
            // All of it at once: what is not written to takes no memory, where growing would leave holes behind.
            self.hashes.reserve_exact(BATCH);
        }
        self.hashes.push(hash(&*self.observer, self.kind, id));
        if self.hashes.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Hands on what there is.
    pub(super) fn flush(&mut self) -> Result<(), Stop> {
        if self.hashes.is_empty() {
            return Ok(());
        }
        let kept = self.observer.objects(self.kind, &mut self.hashes).map_err(Stop::Sink);
        self.hashes.clear();
        kept
    }
}

/// The hash of an id as the service writes it.
fn hash(observer: &dyn ScrapeSink, kind: Kind, id: Uuid) -> IdHash {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    observer.key().hash(kind, id.as_hyphenated().encode_lower(&mut text).as_bytes())
}

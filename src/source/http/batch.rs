//! Makes keyed hashes of ids at once, and passes them to the sink a thousand at a time.

use std::sync::Arc;

use crate::model::{IdHash, Kind, ScrapeSink, SinkError};

/// 8 kB of memory. The sink collects more of them before it sorts.
const BATCH: usize = 1024;

/// Hashes of one kind on their way to the sink.
#[derive(Debug)]
pub struct Batch {
    sink: Arc<dyn ScrapeSink>,
    kind: Kind,
    hashes: Vec<IdHash>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new(sink: Arc<dyn ScrapeSink>, kind: Kind) -> Self {
        Self { sink, kind, hashes: Vec::new() }
    }

    /// Takes the id of an object as the service writes it, and keeps its hash alone.
    ///
    /// # Errors
    /// If the hashes cannot be stored.
    pub fn push(&mut self, id: &[u8]) -> Result<(), SinkError> {
        self.push_hash(self.sink.key().hash(self.kind, id))
    }

    /// Takes the hash of an object's id.
    ///
    /// # Errors
    /// If the hashes cannot be stored.
    pub fn push_hash(&mut self, hash: IdHash) -> Result<(), SinkError> {
        if self.hashes.capacity() == 0 {
            // All of it at once: what is not written to takes no memory, where growing would leave holes behind.
            self.hashes.reserve_exact(BATCH);
        }
        self.hashes.push(hash);
        if self.hashes.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// Passes on the hashes that are left.
    ///
    /// # Errors
    /// If they cannot be stored.
    pub fn flush(&mut self) -> Result<(), SinkError> {
        if self.hashes.is_empty() {
            return Ok(());
        }
        let stored = self.sink.objects(self.kind, &mut self.hashes);
        self.hashes.clear();
        stored
    }
}

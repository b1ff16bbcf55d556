//! Hashes of ids on their way to the sink, each with its position in the document, so that an id that is there twice can be
//! named by its place.

use std::sync::Arc;

use super::problem::{ProblemKind, ProblemPath, Problems};
use crate::model::{IdHash, Kind, ScrapeSink, SinkError};
use crate::source::face_recognition::kinds;

/// 128 kB. Comparing a batch with a million ids takes about a millisecond.
const BATCH: usize = 4 * 1024;

/// Hashes that the sink has not taken yet, of all kinds.
#[derive(Debug)]
pub(super) struct IdBatch {
    sink: Arc<dyn ScrapeSink>,
    /// Kind, hash, and position in its list.
    ids: Vec<(Kind, IdHash, u64)>,
    /// What the sink takes of them.
    hashes: Vec<IdHash>,
}

impl IdBatch {
    pub(super) fn new(sink: Arc<dyn ScrapeSink>) -> Self {
        Self { sink, ids: Vec::new(), hashes: Vec::new() }
    }

    pub(super) fn push(&mut self, kind: Kind, hash: IdHash, index: u64) {
        if self.ids.capacity() == 0 {
            // All of it at once: what is not written to takes no memory, where growing would leave holes behind.
            self.ids.reserve_exact(BATCH);
            self.hashes.reserve_exact(BATCH);
        }
        self.ids.push((kind, hash, index));
    }

    pub(super) fn is_full(&self) -> bool {
        self.ids.len() >= BATCH
    }

    /// Passes on the hashes that are left. Repeated ids that the sink finds only now are a problem of their list.
    pub(super) fn finish(&mut self, problems: &mut Problems) -> Result<(), SinkError> {
        self.flush(problems)?;
        for kind in kinds::ALL {
            if self.sink.repeated(kind)? > 0 {
                problems.add(ProblemPath::list(kind), ProblemKind::RepeatedIds);
            }
        }
        Ok(())
    }

    /// Passes the hashes on. An id that the sink was given before is a problem.
    pub(super) fn flush(&mut self, problems: &mut Problems) -> Result<(), SinkError> {
        self.ids.sort_unstable();
        for ids in self.ids.chunk_by(|one, next| one.0 == next.0) {
            let Some(&(kind, ..)) = ids.first() else { continue };
            self.hashes.clear();
            self.hashes.extend(ids.iter().map(|(_, hash, _)| *hash));
            self.sink.objects(kind, &mut self.hashes)?;
            for index in positions(ids, &mut self.hashes) {
                problems.add(ProblemPath::id(kind, index), ProblemKind::RepeatedId);
            }
        }
        self.ids.clear();
        Ok(())
    }
}

/// Where the repeated hashes stand, in the order of the document. Of equal ones, those that come last are the repeated ones.
fn positions(ids: &[(Kind, IdHash, u64)], repeated: &mut [IdHash]) -> Vec<u64> {
    repeated.sort_unstable();
    let mut positions = Vec::new();
    for equal in repeated.chunk_by(|one, next| one == next) {
        let end = equal.first().map_or(0, |hash| ids.partition_point(|(_, other, _)| other <= hash));
        positions.extend(ids[end.saturating_sub(equal.len())..end].iter().map(|(.., index)| *index));
    }
    positions.sort_unstable();
    positions
}

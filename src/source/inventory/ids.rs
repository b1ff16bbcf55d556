//! Where the ids of a document go, as hashes: to the sink of a scrape, or to a check, which says where each repeated one is.

use std::io;
use std::sync::Arc;

use super::problem::{MOST_IDS, ProblemKind, ProblemPath, Problems};
use crate::model::{IdHash, IdKey, Kind, ScrapeSink, SinkError};
use crate::runs::{Runs, Space};
use crate::source::face_recognition::{FACES, kinds};
use crate::source::http::Batch;

/// Takes the ids of a document, up to a number.
#[derive(Debug)]
pub(super) struct Ids {
    pub(super) purpose: Purpose,
    pub(super) room: u64,
}

/// What the ids are read for.
#[derive(Debug)]
pub(super) enum Purpose {
    Scrape(Arc<dyn ScrapeSink>, Vec<Batch>),
    /// Each hash with the position of its object.
    Check(IdKey, Box<Runs<2>>),
}

impl Ids {
    /// Passes them to the sink of a scrape.
    pub(super) fn scraped(sink: Arc<dyn ScrapeSink>) -> Self {
        let batches = kinds::ALL.into_iter().map(|kind| Batch::new(Arc::clone(&sink), kind)).collect();
        Self { purpose: Purpose::Scrape(sink, batches), room: MOST_IDS }
    }

    /// Compares them with each other. There is no store, so they are sorted in memory that is no part of the process' own.
    pub(super) fn checked() -> Result<Self, SinkError> {
        let runs = Box::new(Runs::new(Space::in_memory().map_err(failed)?));
        // The hashes are dropped with this value, so that no one needs to be kept from making them again.
        Ok(Self { purpose: Purpose::Check(IdKey::from_bytes([0; 16]), runs), room: MOST_IDS })
    }

    pub(super) fn key(&self) -> &IdKey {
        match &self.purpose {
            Purpose::Scrape(sink, _) => sink.key(),
            Purpose::Check(key, _) => key,
        }
    }

    /// Takes the hash of the object at this position. False if there is no room for it.
    pub(super) fn push(&mut self, kind: Kind, hash: IdHash, index: u64) -> Result<bool, SinkError> {
        let Some(room) = self.room.checked_sub(1) else { return Ok(false) };
        self.room = room;
        match &mut self.purpose {
            Purpose::Scrape(_, batches) => batches[kind.index()].push_hash(hash)?,
            Purpose::Check(_, runs) => {
                runs.push(kind, [hash.0.cast_signed(), index.cast_signed()]).map_err(failed)?;
            }
        }
        Ok(true)
    }

    /// Takes the number of faces of a recognition service.
    pub(super) fn measure(&self, faces: u64) {
        if let Purpose::Scrape(sink, _) = &self.purpose {
            sink.measured(FACES, faces);
        }
    }

    /// Passes on what is left. Ids that are repeated are a problem of their list, or of each object that repeats one.
    pub(super) fn finish(self, problems: &mut Problems) -> Result<(), SinkError> {
        match self.purpose {
            Purpose::Scrape(sink, mut batches) => {
                batches.iter_mut().try_for_each(Batch::flush)?;
                for kind in kinds::ALL {
                    if sink.repeated(kind)? > 0 {
                        problems.add(ProblemPath::list(kind), ProblemKind::RepeatedIds);
                    }
                }
                Ok(())
            }
            Purpose::Check(_, mut runs) => {
                kinds::ALL.into_iter().try_for_each(|kind| list_repeated(kind, &mut runs, problems)).map_err(failed)
            }
        }
    }
}

/// Lists each object that has the id of an earlier one, in the order of the document.
fn list_repeated(kind: Kind, runs: &mut Runs<2>, problems: &mut Problems) -> io::Result<()> {
    let mut repeated = Runs::sharing(runs);
    let mut last = None;
    for item in runs.merged(kind)? {
        let [hash, index] = item?;
        if last.replace(hash) == Some(hash) {
            repeated.push(kind, [index])?;
        }
    }
    for item in repeated.merged(kind)? {
        let [index] = item?;
        problems.add(ProblemPath::id(kind, index.cast_unsigned()), ProblemKind::RepeatedId);
    }
    Ok(())
}

fn failed(error: io::Error) -> SinkError {
    SinkError(error.into())
}

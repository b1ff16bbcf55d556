//! Sorted runs of hashes in a file without a name: what a scrape found, in order, with memory that does not grow with it.
//!
//! Hashes are collected up to the size of a run, which is sorted and appended to the file. Reading merges the runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{MemfdFlags, memfd_create};

use crate::model::{IdHash, Kind, PerKind};

use super::StoreError;

/// Hashes in a run: 128 kB, so that a million hashes are sixty runs.
const RUN: usize = 16 * 1024;
/// Hashes that are written or read at once: 1 kB for each run that is merged.
const BLOCK: usize = 128;
const HASH_BYTES: usize = size_of::<i64>();

/// The file, and how much of it is used. Several [`Runs`] may share it.
#[derive(Debug)]
pub(super) struct Space {
    file: File,
    path: PathBuf,
    end: AtomicU64,
}

impl Space {
    /// An empty file that is open for reading and writing. The path is for messages.
    pub(super) fn new(file: File, path: &Path) -> Self {
        Self { file, path: path.to_owned(), end: AtomicU64::new(0) }
    }

    /// Memory in place of a file.
    pub(super) fn in_memory() -> Result<Self, StoreError> {
        let path = Path::new("memory");
        let file = memfd_create("staging", MemfdFlags::CLOEXEC);
        let file = file.map_err(|error| StoreError::from_io(path, error.into()))?;
        Ok(Self::new(file.into(), path))
    }

    fn failed(&self, error: io::Error) -> StoreError {
        StoreError::from_io(&self.path, error)
    }
}

/// A sorted run in the file.
#[derive(Debug, Clone, Copy)]
struct Run {
    at: u64,
    hashes: usize,
}

/// The hashes of one kind.
#[derive(Debug, Default)]
struct OfKind {
    collected: Vec<i64>,
    runs: Vec<Run>,
}

/// Hashes by kind, in SQL's order, which is that of signed numbers.
#[derive(Debug)]
pub(super) struct Runs {
    space: Arc<Space>,
    kinds: PerKind<OfKind>,
}

impl Runs {
    /// No hashes yet.
    pub(super) fn new(space: Space) -> Self {
        Self { space: Arc::new(space), kinds: PerKind::default() }
    }

    /// No hashes yet, in the same file.
    pub(super) fn sharing(other: &Self) -> Self {
        Self { space: Arc::clone(&other.space), kinds: PerKind::default() }
    }

    /// Takes a hash, in any order, and also again.
    pub(super) fn push(&mut self, kind: Kind, hash: IdHash) -> Result<(), StoreError> {
        let collected = &mut self.kinds[kind].collected;
        if collected.capacity() == 0 {
            // All of it at once: what is not written to takes no memory, where growing would leave holes behind.
            collected.reserve_exact(RUN);
        }
        collected.push(hash.0.cast_signed());
        if collected.len() >= RUN { self.end_run(kind) } else { Ok(()) }
    }

    /// Sorts what is collected of a kind, and appends it to the file.
    fn end_run(&mut self, kind: Kind) -> Result<(), StoreError> {
        let OfKind { collected, runs } = &mut self.kinds[kind];
        collected.sort_unstable();
        let bytes = (collected.len() * HASH_BYTES) as u64;
        let at = self.space.end.fetch_add(bytes, Ordering::Relaxed);
        let mut to = at;
        for block in collected.chunks(BLOCK) {
            let bytes: Vec<u8> = block.iter().flat_map(|hash| hash.to_le_bytes()).collect();
            self.space.file.write_all_at(&bytes, to).map_err(|error| self.space.failed(error))?;
            to += bytes.len() as u64;
        }
        runs.push(Run { at, hashes: collected.len() });
        collected.clear();
        Ok(())
    }

    /// Returns how many hashes of a kind were taken again.
    pub(super) fn repeated(&mut self, kind: Kind) -> Result<u64, StoreError> {
        let different = self.merged(kind)?.try_fold(0, |count, hash| hash.map(|_| count + 1))?;
        let taken = self.kinds[kind].runs.iter().map(|run| run.hashes as u64).sum::<u64>();
        Ok(taken - different)
    }

    /// Returns the hashes of a kind in order, each once.
    pub(super) fn merged(&mut self, kind: Kind) -> Result<Merged, StoreError> {
        if !self.kinds[kind].collected.is_empty() {
            self.end_run(kind)?;
        }
        // What is merged next to it needs a place of the same size.
        self.kinds[kind].collected = Vec::new();
        let mut merged =
            Merged { space: Arc::clone(&self.space), readers: Vec::new(), least: BinaryHeap::new(), last: None };
        for run in &self.kinds[kind].runs {
            merged.readers.push(Reader { run: *run, block: Vec::new().into_iter() });
            merged.advance(merged.readers.len() - 1)?;
        }
        Ok(merged)
    }
}

/// What is left of a run.
#[derive(Debug)]
struct Reader {
    run: Run,
    block: std::vec::IntoIter<i64>,
}

impl Reader {
    fn next(&mut self, space: &Space) -> Result<Option<i64>, StoreError> {
        if self.block.len() == 0 {
            let hashes = self.run.hashes.min(BLOCK);
            let mut bytes = vec![0; hashes * HASH_BYTES];
            space.file.read_exact_at(&mut bytes, self.run.at).map_err(|error| space.failed(error))?;
            self.run = Run { at: self.run.at + bytes.len() as u64, hashes: self.run.hashes - hashes };
            let (hashes, _) = bytes.as_chunks();
            self.block = hashes.iter().map(|hash| i64::from_le_bytes(*hash)).collect::<Vec<_>>().into_iter();
        }
        Ok(self.block.next())
    }
}

/// The hashes of one kind, from the least, each once.
pub(super) struct Merged {
    space: Arc<Space>,
    readers: Vec<Reader>,
    /// The next hash of each reader that has one.
    least: BinaryHeap<Reverse<(i64, usize)>>,
    last: Option<i64>,
}

impl Merged {
    fn advance(&mut self, reader: usize) -> Result<(), StoreError> {
        let next = self.readers[reader].next(&self.space)?;
        self.least.extend(next.map(|hash| Reverse((hash, reader))));
        Ok(())
    }
}

impl Iterator for Merged {
    type Item = Result<IdHash, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Reverse((hash, reader)) = self.least.pop()?;
            if let Err(error) = self.advance(reader) {
                return Some(Err(error));
            }
            if self.last.replace(hash) != Some(hash) {
                return Some(Ok(IdHash(hash.cast_unsigned())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(runs: &mut Runs, kind: Kind) -> Vec<i64> {
        runs.merged(kind).unwrap().map(|hash| hash.unwrap().0.cast_signed()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn merged_runs_are_the_sorted_set(first in 0..40_000usize, seed: u64, more in proptest::collection::vec(any::<u64>(), 0..600)) {
            let mut runs = Runs::new(Space::in_memory().unwrap());
            let mut other = Runs::sharing(&runs);
            let (kind, another) = (Kind::ALL[1], Kind::ALL[3]);
            // Some are there twice.
            let many = (0..first as u64).map(|number| (number / 2).wrapping_add(1).wrapping_mul(seed | 1));
            let all: Vec<_> = many.chain(more.iter().copied()).chain(more.iter().copied()).collect();
            for (number, hash) in all.iter().enumerate() {
                runs.push(kind, IdHash(*hash)).unwrap();
                if number % 3 == 0 {
                    other.push(another, IdHash(!hash)).unwrap();
                }
            }
            let set = |hashes: &mut dyn Iterator<Item = u64>| {
                hashes.map(u64::cast_signed).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>()
            };
            prop_assert_eq!(merged(&mut runs, kind), set(&mut all.iter().copied()));
            prop_assert_eq!(merged(&mut other, another), set(&mut all.iter().step_by(3).map(|hash| !hash)));
            let different = set(&mut all.iter().copied()).len() as u64;
            prop_assert_eq!(runs.repeated(kind).unwrap(), all.len() as u64 - different);
            // Reading takes nothing away, and what comes later is merged as well.
            runs.push(kind, IdHash(7)).unwrap();
            prop_assert_eq!(merged(&mut runs, kind), set(&mut all.iter().copied().chain([7])));
            prop_assert!(merged(&mut runs, another).is_empty());
        }
    }

    #[test]
    fn failed_write_is_the_stores_error() {
        let full = File::options().read(true).write(true).open("/dev/full").unwrap();
        let mut runs = Runs::new(Space::new(full, Path::new("/dev/full")));
        runs.push(Kind::ALL[0], IdHash(1)).unwrap();
        assert!(matches!(runs.merged(Kind::ALL[0]), Err(StoreError::Full(_))));
    }
}

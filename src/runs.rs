//! Sorts more than memory should hold, by kind: what is taken is collected up to the size of a run, which is sorted and appended
//! to a file without a name. Reading merges the runs, so that memory does not grow with them.
//!
//! Must not know what is sorted: items are so many numbers each, in SQL's order of integers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{MemfdFlags, memfd_create};

use crate::model::{Kind, PerKind};

/// Items in a run: 128 kB of hashes, so that a million are sixty runs.
const RUN: usize = 16 * 1024;
/// Items that are written or read at once: 1 kB of hashes for each run that is merged.
const BLOCK: usize = 128;
const NUMBER_BYTES: usize = size_of::<i64>();

/// The file, and how much of it is used. Several [`Runs`] may share it.
#[derive(Debug)]
pub struct Space {
    file: File,
    end: AtomicU64,
}

impl Space {
    /// An empty file that is open for reading and writing.
    #[must_use]
    pub const fn new(file: File) -> Self {
        Self { file, end: AtomicU64::new(0) }
    }

    /// Memory in place of a file, which is no part of the process' own.
    ///
    /// # Errors
    /// If the system has none.
    pub fn in_memory() -> io::Result<Self> {
        Ok(Self::new(memfd_create("staging", MemfdFlags::CLOEXEC)?.into()))
    }
}

/// A sorted run in the file.
#[derive(Debug, Clone, Copy)]
struct Run {
    at: u64,
    items: usize,
}

/// The items of one kind.
#[derive(Debug)]
struct OfKind<const N: usize> {
    collected: Vec<[i64; N]>,
    runs: Vec<Run>,
}

impl<const N: usize> Default for OfKind<N> {
    fn default() -> Self {
        Self { collected: Vec::new(), runs: Vec::new() }
    }
}

/// Items by kind.
#[derive(Debug)]
pub struct Runs<const N: usize> {
    space: Arc<Space>,
    kinds: PerKind<OfKind<N>>,
}

impl<const N: usize> Runs<N> {
    /// No items yet.
    #[must_use]
    pub fn new(space: Space) -> Self {
        Self { space: Arc::new(space), kinds: PerKind::default() }
    }

    /// No items yet, in the same file.
    #[must_use]
    pub fn sharing<const M: usize>(other: &Runs<M>) -> Self {
        Self { space: Arc::clone(&other.space), kinds: PerKind::default() }
    }

    /// Takes an item, in any order, and also again.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn push(&mut self, kind: Kind, item: [i64; N]) -> io::Result<()> {
        let collected = &mut self.kinds[kind].collected;
        if collected.capacity() == 0 {
            // All of it at once: what is not written to takes no memory, where growing would leave holes behind.
            collected.reserve_exact(RUN);
        }
        collected.push(item);
        if collected.len() >= RUN { self.end_run(kind) } else { Ok(()) }
    }

    /// Sorts what is collected of a kind, and appends it to the file.
    fn end_run(&mut self, kind: Kind) -> io::Result<()> {
        let OfKind { collected, runs } = &mut self.kinds[kind];
        collected.sort_unstable();
        let length = (collected.len() * N * NUMBER_BYTES) as u64;
        let at = self.space.end.fetch_add(length, Ordering::Relaxed);
        let mut to = at;
        for block in collected.chunks(BLOCK) {
            let bytes: Vec<u8> = block.as_flattened().iter().flat_map(|number| number.to_le_bytes()).collect();
            self.space.file.write_all_at(&bytes, to)?;
            to += bytes.len() as u64;
        }
        runs.push(Run { at, items: collected.len() });
        collected.clear();
        Ok(())
    }

    /// Returns how many items of a kind were taken again.
    ///
    /// # Errors
    /// If the file cannot be written or read.
    pub fn repeated(&mut self, kind: Kind) -> io::Result<u64> {
        let different = self.merged(kind)?.try_fold(0, |count, item| item.map(|_| count + 1))?;
        let taken = self.kinds[kind].runs.iter().map(|run| run.items as u64).sum::<u64>();
        Ok(taken - different)
    }

    /// Returns the items of a kind in order, each once.
    ///
    /// # Errors
    /// If the file cannot be written or read.
    pub fn merged(&mut self, kind: Kind) -> io::Result<Merged<N>> {
        if !self.kinds[kind].collected.is_empty() {
            self.end_run(kind)?;
        }
        // What is merged next to it needs a place of the same size.
        self.kinds[kind].collected = Vec::new();
        let mut merged =
            Merged { space: Arc::clone(&self.space), readers: Vec::new(), least: BinaryHeap::new(), last: None };
        for run in &self.kinds[kind].runs {
            let mut reader = RunReader { run: *run, block: Vec::new().into_iter() };
            let first = reader.next(&merged.space)?;
            merged.least.extend(first.map(|item| Reverse((item, merged.readers.len()))));
            merged.readers.push(reader);
        }
        Ok(merged)
    }
}

/// What is left of a run.
#[derive(Debug)]
struct RunReader<const N: usize> {
    run: Run,
    block: std::vec::IntoIter<[i64; N]>,
}

impl<const N: usize> RunReader<N> {
    fn next(&mut self, space: &Space) -> io::Result<Option<[i64; N]>> {
        if self.block.len() == 0 {
            let items = self.run.items.min(BLOCK);
            let mut bytes = vec![0; items * N * NUMBER_BYTES];
            space.file.read_exact_at(&mut bytes, self.run.at)?;
            self.run = Run { at: self.run.at + bytes.len() as u64, items: self.run.items - items };
            let numbers: Vec<_> = bytes.as_chunks().0.iter().map(|number| i64::from_le_bytes(*number)).collect();
            self.block = numbers.as_chunks().0.to_vec().into_iter();
        }
        Ok(self.block.next())
    }
}

/// The items of one kind, from the least, each once.
#[derive(Debug)]
pub struct Merged<const N: usize> {
    space: Arc<Space>,
    readers: Vec<RunReader<N>>,
    /// The next item of each reader that has one.
    least: BinaryHeap<Reverse<([i64; N], usize)>>,
    last: Option<[i64; N]>,
}

impl<const N: usize> Iterator for Merged<N> {
    type Item = io::Result<[i64; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // The next item takes the place of the least one: less work than to remove that one and insert this one.
            let mut least = self.least.peek_mut()?;
            let Reverse((item, reader)) = *least;
            match self.readers[reader].next(&self.space) {
                Ok(Some(next)) => *least = Reverse((next, reader)),
                Ok(None) => drop(PeekMut::pop(least)),
                Err(error) => return Some(Err(error)),
            }
            if self.last.replace(item) != Some(item) {
                return Some(Ok(item));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(runs: &mut Runs<1>, kind: Kind) -> Vec<i64> {
        runs.merged(kind).unwrap().map(|item| item.unwrap()[0]).collect()
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
                runs.push(kind, [hash.cast_signed()]).unwrap();
                if number % 3 == 0 {
                    other.push(another, [(!hash).cast_signed()]).unwrap();
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
            runs.push(kind, [7]).unwrap();
            prop_assert_eq!(merged(&mut runs, kind), set(&mut all.iter().copied().chain([7])));
            prop_assert!(merged(&mut runs, another).is_empty());
        }
    }

    #[test]
    fn items_of_two_numbers_are_sorted_by_the_first() {
        let mut runs = Runs::new(Space::in_memory().unwrap());
        let kind = Kind::ALL[0];
        let items = (0..40_000).map(|number| [number % 7 - 3, -number]);
        items.clone().for_each(|item| runs.push(kind, item).unwrap());
        let expected: std::collections::BTreeSet<_> = items.collect();
        assert!(runs.merged(kind).unwrap().map(Result::unwrap).eq(expected));
    }

    #[test]
    fn failed_write_is_an_error() {
        let full = File::options().read(true).write(true).open("/dev/full").unwrap();
        let mut runs = Runs::new(Space::new(full));
        runs.push(Kind::ALL[0], [1]).unwrap();
        assert_eq!(runs.merged(Kind::ALL[0]).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}

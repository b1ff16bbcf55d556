//! A check of the document: all of its problems, or what it lists. There is no store, so ids are compared in memory of a
//! fixed size.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Distribution, IdHash, IdKey, Kind, PerKind, ScrapeSink, SinkError};
use crate::source::CheckedPart;
use crate::source::face_recognition::kinds;

/// Their hashes take 8 MiB. Of a longer document a scrape compares the rest, on disk.
const MOST: usize = 1024 * 1024;

/// Compares ids with each other by their hashes, and keeps nothing else.
#[derive(Debug)]
pub(super) struct ComparedIds {
    key: IdKey,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Sorted. The kind is a part of each hash.
    hashes: Vec<IdHash>,
    most: usize,
    has_more: bool,
}

impl ComparedIds {
    pub(super) fn new() -> Self {
        Self::of(MOST)
    }

    fn of(most: usize) -> Self {
        // The hashes are dropped with this value, so that no one needs to be kept from making them again.
        Self { key: IdKey::from_bytes([0; 16]), known: Mutex::new(Known { most, ..Known::default() }) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found, and whether all of it was compared.
    pub(super) fn parts(&self, counts: &PerKind<u64>) -> Vec<CheckedPart> {
        let listed = kinds::ALL.map(|kind| counts[kind]);
        let [users, applications, detection, verification, recognition] = listed;
        let found = format!(
            "users {users}, applications {applications}, services: recognition {recognition}, \
             verification {verification}, detection {detection}"
        );
        let mut parts = vec![CheckedPart { name: "inventory", found }];
        let known = self.known();
        if known.has_more {
            let found = format!("the first {} were compared with each other; a scrape compares all", known.most);
            parts.push(CheckedPart { name: "ids", found });
        }
        parts
    }
}

impl ScrapeSink for ComparedIds {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, _: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        hashes.sort_unstable();
        self.known().take(hashes);
        Ok(())
    }

    fn counted(&self, _: Kind, _: u64) {}

    /// None: `objects` leaves each of them.
    fn repeated(&self, _: Kind) -> Result<u64, SinkError> {
        Ok(0)
    }

    fn measured(&self, _: Distribution, _: u64) {}

    fn active(&self, _: Kind, _: u64) {}
}

impl Known {
    /// Leaves those in the vector that are known already; the others are known from now on.
    fn take(&mut self, hashes: &mut Vec<IdHash>) {
        if self.hashes.capacity() == 0 {
            // All of it at once: what is not written to takes no memory, where growing would copy.
            self.hashes.reserve_exact(self.most);
        }
        let mut new = Vec::with_capacity(hashes.len());
        hashes.retain(|hash| {
            let is_known = new.last() == Some(hash) || self.hashes.binary_search(hash).is_ok();
            if !is_known {
                new.push(*hash);
            }
            is_known
        });
        let room = self.most - self.hashes.len();
        self.has_more |= new.len() > room;
        new.truncate(room);
        self.merge(&new);
    }

    /// Adds hashes that are sorted and not known, from the greatest down, so that each is moved once.
    fn merge(&mut self, new: &[IdHash]) {
        let (mut old, mut new) = (self.hashes.len(), new);
        self.hashes.resize(old + new.len(), IdHash(0));
        while let Some((greatest, rest)) = new.split_last() {
            let end = old + rest.len();
            if old > 0 && self.hashes[old - 1] > *greatest {
                self.hashes[end] = self.hashes[old - 1];
                old -= 1;
            } else {
                self.hashes[end] = *greatest;
                new = rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn take(ids: &ComparedIds, hashes: &[u64]) -> Vec<u64> {
        let mut hashes: Vec<_> = hashes.iter().copied().map(IdHash).collect();
        ids.objects(kinds::USER, &mut hashes).unwrap();
        hashes.into_iter().map(|hash| hash.0).collect()
    }

    #[test]
    fn ids_past_the_limit_are_not_compared_which_is_said() {
        let ids = ComparedIds::of(4);
        assert!(take(&ids, &[1, 2, 3, 4]).is_empty());
        assert_eq!(ids.parts(&PerKind::default()).len(), 1);
        assert_eq!(take(&ids, &[5, 4]), [4]);
        assert!(take(&ids, &[5]).is_empty());
        assert_eq!(ids.parts(&PerKind::default()).len(), 2);
    }

    proptest! {
        /// As a set says.
        #[test]
        fn repeated_ids_are_left(batches in proptest::collection::vec(proptest::collection::vec(0_u64..50, 0..20), 0..10)) {
            let (ids, mut set) = (ComparedIds::new(), std::collections::HashSet::new());
            for batch in batches {
                let mut repeated: Vec<_> = batch.iter().copied().filter(|hash| !set.insert(*hash)).collect();
                repeated.sort_unstable();
                prop_assert_eq!(take(&ids, &batch), repeated);
            }
        }
    }
}

//! The ledger: which ids are known, how many objects were created since the baseline, and how many there are.
//!
//! An id counts once for ever: deletion lowers nothing, reappearance raises nothing. All changes of one scrape are made in
//! the caller's one transaction, or none is.

use rusqlite::types::ValueRef;
use rusqlite::{Row, params};

use crate::clock::Timestamp;
use crate::model::{Buckets, Catalog, Distribution, Kind, PerKind, Range, Totals};

use super::sql_types::{amount, read_amount};
use super::{Snapshot, StoreError, Writer};

/// What is done with ids that were not known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// They are creations.
    Count,
    /// They are known from now on and never counted: the first complete scrape after being off.
    TakeAsKnown,
}

/// What a committed scrape did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The numbers from now on.
    pub totals: Totals,
    /// Whether this was the first complete scrape, whose ids are known and not counted.
    pub is_baseline: bool,
    /// Ids that were not known before, counted or not.
    pub new: PerKind<u64>,
}

/// What one complete scrape found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Found {
    pub(super) current: PerKind<u64>,
    pub(super) buckets: Buckets,
    pub(super) active: Option<PerKind<u64>>,
}

impl Found {
    /// A scrape is complete if each object of a distribution's kind was measured exactly once.
    pub(super) fn check(&self, catalog: &Catalog) -> Result<(), StoreError> {
        for (distribution, term) in catalog.distributions() {
            let (objects, measured) = (self.current[term.of], self.buckets.sum(distribution));
            if objects != measured {
                let noun = catalog.kinds.get(term.of.index()).map_or("", |kind| kind.noun);
                return Err(StoreError::Inconsistent { noun, objects, measured });
            }
        }
        Ok(())
    }
}

/// The numbers after a scrape, from those before it. `creations` is None before the baseline.
pub(super) fn advance(creations: Option<PerKind<u64>>, found: &Found, new: PerKind<u64>, counting: Counting) -> Totals {
    let mut creations = creations.map(|before| (before, counting == Counting::Count));
    if let Some((totals, true)) = &mut creations {
        for kind in Kind::ALL {
            totals[kind] = totals[kind].saturating_add(new[kind]);
        }
    }
    let creations = creations.map(|(totals, _)| totals).unwrap_or_default();
    Totals { creations, current: found.current, buckets: found.buckets, active: found.active }
}

impl Snapshot<'_> {
    /// The numbers of the latest complete scrape; all zero before the first one.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        let mut totals = Totals::default();
        let mut objects = self.connection.prepare("SELECT kind, creations, current, active FROM object")?;
        let read = |row: &Row<'_>| {
            let is_active_read = row.get_ref(3)? != ValueRef::Null;
            let active = is_active_read.then(|| read_amount(row, 3)).transpose()?;
            Ok((row.get(0)?, read_amount(row, 1)?, read_amount(row, 2)?, active))
        };
        for row in objects.query_map([], read)? {
            let (kind, creations, current, active): (Kind, _, _, Option<u64>) = row?;
            (totals.creations[kind], totals.current[kind]) = (creations, current);
            if let Some(active) = active {
                totals.active.get_or_insert_default()[kind] = active;
            }
        }
        let mut buckets = self.connection.prepare("SELECT distribution, range, current FROM bucket")?;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, read_amount(row, 2)?));
        for row in buckets.query_map([], read)? {
            let (distribution, range, current): (Distribution, Range, _) = row?;
            totals.buckets[(distribution, range)] = current;
        }
        Ok(totals)
    }

    /// Creations so far; None before the baseline.
    pub(super) fn creations(&self) -> Result<Option<PerKind<u64>>, StoreError> {
        let has_baseline = self.installation()?.baseline_at.is_some();
        if has_baseline { Ok(Some(self.totals()?.creations)) } else { Ok(None) }
    }
}

impl Writer<'_> {
    /// Writes the numbers of a scrape that was complete at that moment.
    pub(super) fn set_totals(
        &self,
        at: Timestamp,
        catalog: &Catalog,
        totals: &Totals,
        is_baseline: bool,
    ) -> Result<(), StoreError> {
        let connection = self.snapshot.connection;
        if is_baseline {
            let sql = "UPDATE installation SET baseline_at = ?1, start_hour = ?2";
            connection.execute(sql, params![at, at.hour()])?;
        }
        connection.execute("UPDATE installation SET last_scrape_at = ?1", [at])?;
        for kind in catalog.kinds() {
            let sql = "INSERT OR REPLACE INTO object (kind, creations, current, active) VALUES (?1, ?2, ?3, ?4)";
            let active = totals.active.map(|active| amount(active[kind]));
            let (creations, current) = (amount(totals.creations[kind]), amount(totals.current[kind]));
            connection.execute(sql, params![kind, creations, current, active])?;
        }
        for (distribution, term) in catalog.distributions() {
            for range in term.ranges() {
                let sql = "INSERT OR REPLACE INTO bucket (distribution, range, current) VALUES (?1, ?2, ?3)";
                let current = amount(totals.buckets[(distribution, range)]);
                connection.execute(sql, params![distribution, range, current])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::clock::Hour;
    use crate::model::{IdHash, IdKey, InstallGuid, ScrapeSink};
    use crate::source::compreface::{CONTRACT, FACES, kinds};
    use crate::store::{Staging, Store};

    fn key() -> IdKey {
        IdKey::from_bytes([7; 16])
    }

    fn moment(hour: u32) -> Timestamp {
        Timestamp::from_unix_seconds(i64::from(hour) * 3600 + 1799)
    }

    /// What a service holds: ids by kind, and the number of faces of each collection.
    #[derive(Debug, Clone)]
    struct Service {
        ids: BTreeSet<(usize, u8)>,
        faces: Vec<u64>,
    }

    impl Service {
        fn count(&self, kind: Kind) -> u64 {
            self.ids.iter().filter(|(number, _)| *number == kind.index()).count() as u64
        }

        fn faces(&self) -> impl Iterator<Item = u64> {
            let collections = usize::try_from(self.count(kinds::RECOGNITION)).unwrap();
            self.faces.iter().copied().cycle().take(collections)
        }

        /// As a source does: in batches that overlap, in no order.
        fn scraped(&self, staging: &Staging) {
            for kind in kinds::ALL {
                let mut hashes: Vec<_> = self
                    .ids
                    .iter()
                    .filter(|(number, _)| *number == kind.index())
                    .map(|(_, id)| staging.key().hash(kind, &[*id]))
                    .collect();
                let again = hashes.len() / 2;
                let mut second = hashes.split_off(again);
                second.extend_from_slice(&hashes);
                staging.objects(kind, &mut hashes).unwrap();
                staging.objects(kind, &mut second).unwrap();
                assert!(hashes.is_empty() && second.is_empty());
            }
            self.faces().for_each(|faces| staging.measured(FACES, faces));
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Scrape(Service, Counting),
        Preview(Service, Counting),
        /// Everything was found, but the process went down before the commit.
        Cut(Service),
        /// One collection was not read.
        Partial(Service),
        Restart,
        NewIdentity,
    }

    fn service() -> impl Strategy<Value = Service> {
        let faces = prop_oneof![Just(0), 1..=10u64, 11..2_000_000u64];
        (btree_set((0..5usize, 0..12u8), 0..30), vec(faces, 1..5)).prop_map(|(ids, faces)| Service { ids, faces })
    }

    fn step() -> impl Strategy<Value = Step> {
        let counting = || prop_oneof![3 => Just(Counting::Count), 1 => Just(Counting::TakeAsKnown)];
        prop_oneof![
            5 => (service(), counting()).prop_map(|(service, counting)| Step::Scrape(service, counting)),
            2 => (service(), counting()).prop_map(|(service, counting)| Step::Preview(service, counting)),
            1 => service().prop_map(Step::Cut),
            1 => service().prop_map(Step::Partial),
            1 => Just(Step::Restart),
            1 => Just(Step::NewIdentity),
        ]
    }

    /// The rules in a few lines, in memory.
    #[derive(Debug, Default)]
    struct Model {
        known: Option<BTreeSet<(usize, u8)>>,
        start: Option<Hour>,
        totals: Totals,
    }

    impl Model {
        fn after(&self, service: &Service, counting: Counting) -> Totals {
            let mut totals = Totals { creations: self.totals.creations, ..Totals::default() };
            for kind in kinds::ALL {
                totals.current[kind] = service.count(kind);
            }
            for faces in service.faces() {
                totals.buckets.count(&CONTRACT.catalog, FACES, faces);
            }
            if let (Some(known), Counting::Count) = (&self.known, counting) {
                for (kind, _) in service.ids.difference(known) {
                    totals.creations[Kind::ALL[*kind]] += 1;
                }
            }
            totals
        }

        fn scrape(&mut self, service: &Service, counting: Counting, hour: u32) {
            self.totals = self.after(service, counting);
            self.start.get_or_insert(Hour::from_unix_hours(hour));
            self.known.get_or_insert_default().extend(service.ids.iter().copied());
        }
    }

    fn play(store: &Store, model: &mut Model, step: &Step, hour: u32) {
        let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
        match step {
            Step::Scrape(service, counting) => {
                service.scraped(&staging);
                let committed = staging.commit(moment(hour), *counting).unwrap();
                assert_eq!(committed.is_baseline, model.known.is_none());
                model.scrape(service, *counting, hour);
                assert_eq!(committed.totals, model.totals);
            }
            Step::Preview(service, counting) => {
                let preview = store.staging_for_preview(&CONTRACT.catalog, key()).unwrap();
                service.scraped(&preview);
                assert_eq!(preview.totals(*counting).unwrap(), model.after(service, *counting));
                assert!(matches!(preview.commit(moment(hour), *counting), Err(StoreError::PreviewOnly)));
            }
            Step::Cut(service) => service.scraped(&staging),
            Step::Partial(service) => {
                service.scraped(&staging);
                staging.measured(FACES, 3);
                let error = staging.commit(moment(hour), Counting::Count).unwrap_err();
                assert!(matches!(error, StoreError::Inconsistent { .. }));
            }
            Step::Restart => {}
            Step::NewIdentity => {
                let guid = InstallGuid::from_random_bytes([u8::try_from(hour).unwrap(); 16]);
                let start = Hour::from_unix_hours(hour);
                store.write(|writer| writer.begin_series(guid, start)).unwrap();
                model.totals.creations = PerKind::default();
                model.start = Some(start);
                assert_eq!(store.read(|snapshot| snapshot.installation()).unwrap().install_guid, Some(guid));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_ledger_does_as_a_model_in_memory_does(steps in vec(step(), 1..14)) {
            let directory = tempfile::tempdir().unwrap();
            let mut store = Store::open(directory.path()).unwrap();
            let mut model = Model::default();
            for (step, hour) in steps.iter().zip(1u32..) {
                if matches!(step, Step::Restart) {
                    drop(store);
                    store = Store::open(directory.path()).unwrap();
                }
                // Before the first scrape there is no series that another could follow.
                if matches!(step, Step::NewIdentity) && model.known.is_none() {
                    continue;
                }
                play(&store, &mut model, step, hour);
                prop_assert_eq!(store.read(|snapshot| snapshot.totals()).unwrap(), model.totals);
                prop_assert_eq!(store.read(|snapshot| snapshot.installation()).unwrap().start, model.start);
            }
        }
    }

    #[test]
    fn any_64_bits_are_an_id() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let mut hashes: Vec<_> = [0, 1, u64::MAX, u64::MAX / 2, u64::MAX / 2 + 1].map(IdHash).to_vec();
        let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
        staging.objects(kinds::USER, &mut hashes).unwrap();
        assert_eq!(staging.commit(moment(1), Counting::Count).unwrap().new[kinds::USER], 5);
        // The same scrape again is no news.
        assert_eq!(staging.commit(moment(2), Counting::Count).unwrap().new[kinds::USER], 0);
    }

    #[test]
    fn a_commit_after_being_off_is_the_last_that_takes_as_known() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        store.staging(&CONTRACT.catalog, key()).unwrap().commit(moment(1), Counting::Count).unwrap();
        store.write(|writer| writer.set_take_as_known(true)).unwrap();
        store.staging(&CONTRACT.catalog, key()).unwrap().commit(moment(2), Counting::Count).unwrap();
        assert!(store.read(|snapshot| snapshot.installation()).unwrap().take_as_known);
        store.staging(&CONTRACT.catalog, key()).unwrap().commit(moment(3), Counting::TakeAsKnown).unwrap();
        assert!(!store.read(|snapshot| snapshot.installation()).unwrap().take_as_known);
    }

    #[test]
    fn objects_without_ids_are_counted_and_never_created() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        for (hour, number) in [(1, 3), (2, 7), (3, 0)] {
            let staging = store.staging(&CONTRACT.catalog, key()).unwrap();
            staging.counted(kinds::APPLICATION, number);
            let committed = staging.commit(moment(hour), Counting::Count).unwrap();
            assert_eq!(committed.totals.current[kinds::APPLICATION], number);
            assert_eq!(committed.totals.creations, PerKind::default());
        }
    }

    #[test]
    fn the_key_is_made_once_and_only_by_a_complete_scrape() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        drop(store.staging(&CONTRACT.catalog, key()).unwrap());
        let first = IdKey::from_bytes([1; 16]);
        store.staging(&CONTRACT.catalog, first.clone()).unwrap().commit(moment(1), Counting::Count).unwrap();
        let staging = store.staging(&CONTRACT.catalog, IdKey::from_bytes([2; 16])).unwrap();
        assert_eq!(staging.key().bytes(), first.bytes());
    }
}

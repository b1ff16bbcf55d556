//! Staging: where a scrape's ids wait, sorted, until the scrape is complete; then one short transaction merges them.
//!
//! The ids are in a file without a name in the state directory, so that neither memory nor the store's lock grows with the scrape.
//! Dropping a `Staging` deletes everything it took.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::clock::Timestamp;
use crate::model::{Buckets, Catalog, Distribution, IdHash, IdKey, Kind, PerKind, ScrapeSink, SinkError, Totals};

use super::connection::{Access, limit, truncate_log};
use super::ledger::{Committed, Counting, Found, advance};
use super::sql_types::read_amount;
use super::staging_file::{attach, in_memory, unnamed_file};
use super::{Snapshot, Store, StoreError, WriteGuard, Writer};

/// The name under which the store's file is attached to the staging file.
const STORE: &str = "store";

/// The staged ids of one kind that are not known.
const NEW: &str = "FROM main.staged AS s WHERE s.kind = ?1
    AND NOT EXISTS (SELECT 1 FROM store.known AS k WHERE k.kind = s.kind AND k.hash = s.hash)";

/// Takes what one scrape finds, from any thread.
pub struct Staging {
    catalog: &'static Catalog,
    key: IdKey,
    ledger: Ledger,
    taken: Mutex<Taken>,
}

/// What the ids are compared with.
enum Ledger {
    /// Nothing: there is no store.
    None,
    /// A store that may only be read.
    ToRead,
    /// The store they are merged into.
    ToWrite(WriteGuard),
}

struct Taken {
    connection: Connection,
    buckets: Buckets,
    /// Objects that have no ids.
    counted: PerKind<u64>,
}

impl Store {
    /// Begins a scrape that can be committed. It uses the stored key; where there is none yet, `fresh_key` is stored with
    /// the first commit, and must come from the system's random source.
    ///
    /// # Errors
    /// If the store cannot be read, or there is no room for the staging file.
    pub fn staging(&self, catalog: &'static Catalog, fresh_key: IdKey) -> Result<Staging, StoreError> {
        let key = self.key()?.unwrap_or(fresh_key);
        let connection = unnamed_file(&self.state_dir)?;
        attach(&connection, &self.state_dir, self.access)?;
        limit(&connection, STORE)?;
        Ok(Staging::new(catalog, key, Ledger::ToWrite(self.write_guard()), connection))
    }

    /// Begins a scrape that only says what a commit would give: it is staged in memory and changes nothing on disk. Where
    /// there is no key yet it uses `fresh_key`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn staging_for_preview(&self, catalog: &'static Catalog, fresh_key: IdKey) -> Result<Staging, StoreError> {
        let key = self.key()?.unwrap_or(fresh_key);
        let connection = in_memory()?;
        attach(&connection, &self.state_dir, if self.access == Access::Write { Access::Read } else { self.access })?;
        Ok(Staging::new(catalog, key, Ledger::ToRead, connection))
    }

    fn key(&self) -> Result<Option<IdKey>, StoreError> {
        let key = self.connection.query_row("SELECT id_key FROM installation", [], |row| row.get::<_, Option<_>>(0));
        Ok(key?.map(IdKey::from_bytes))
    }
}

impl Staging {
    /// Begins a scrape for a preview where there is no store yet.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn without_store(catalog: &'static Catalog, fresh_key: IdKey) -> Result<Self, StoreError> {
        Ok(Self::new(catalog, fresh_key, Ledger::None, in_memory()?))
    }

    fn new(catalog: &'static Catalog, key: IdKey, ledger: Ledger, connection: Connection) -> Self {
        Self {
            catalog,
            key,
            ledger,
            taken: Mutex::new(Taken { connection, buckets: Buckets::default(), counted: PerKind::default() }),
        }
    }

    /// A thread that panicked while it held the lock left a transaction that was rolled back, at most.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the scrape count, in one transaction: the ids are known, the totals are set, the first scrape is the baseline.
    /// `at` is when the scrape was complete. Committing the same staging again counts nothing again.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] if the scrape does not add up, [`StoreError::Erased`] if the store was erased
    /// meanwhile, or if it cannot be written. Nothing is changed then, and the staging is to be dropped.
    pub fn commit(&self, at: Timestamp, counting: Counting) -> Result<Committed, StoreError> {
        let Ledger::ToWrite(guard) = &self.ledger else {
            return Err(StoreError::PreviewOnly);
        };
        let taken = self.taken();
        let found = taken.found(self.catalog)?;
        let candidates = taken.candidates(self.catalog)?;
        let committed = guard.write(&taken.connection, |writer| {
            self.keep_key(writer)?;
            let creations = writer.creations()?;
            let new = merge(writer, self.catalog, candidates)?;
            let totals = advance(creations, &found, new, counting);
            let is_baseline = creations.is_none();
            writer.set_totals(at, self.catalog, &totals, is_baseline)?;
            if is_baseline || counting == Counting::TakeAsKnown {
                writer.set_take_as_known(false)?;
            }
            Ok::<_, StoreError>(Committed { totals, is_baseline, new })
        })?;
        // The log of a large merge would otherwise stay as large. Current readers are not waited for: it is retried after
        // the next scrape, and nothing depends on it.
        if let Err(error) = truncate_log(&taken.connection, Duration::ZERO) {
            tracing::debug!(%error, "the store's log could not be cut back");
        }
        Ok(committed)
    }

    /// What a commit would give now; changes nothing.
    ///
    /// # Errors
    /// As [`Staging::commit`].
    pub fn totals(&self, counting: Counting) -> Result<Totals, StoreError> {
        let taken = self.taken();
        let found = taken.found(self.catalog)?;
        if matches!(self.ledger, Ledger::None) {
            return Ok(advance(None, &found, PerKind::default(), counting));
        }
        let transaction = Transaction::new_unchecked(&taken.connection, TransactionBehavior::Deferred)?;
        let creations = Snapshot { connection: &transaction }.creations()?;
        Ok(advance(creations, &found, count_new(&transaction, self.catalog)?, counting))
    }

    /// The key of hashes that are known must be the one that the scrape was hashed with, and of the same service.
    fn keep_key(&self, writer: &Writer<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE installation SET id_key = ?1, service = ?2 WHERE id_key IS NULL";
        writer.connection.execute(sql, params![self.key.bytes(), self.catalog.service])?;
        writer.require_service(self.catalog.service)?;
        let stored: [u8; 16] = writer.connection.query_row("SELECT id_key FROM installation", [], |row| row.get(0))?;
        if IdKey::from_bytes(stored).bytes() == self.key.bytes() { Ok(()) } else { Err(StoreError::Erased) }
    }
}

impl ScrapeSink for Staging {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        // In the b-tree's order, a batch touches each page once.
        hashes.sort_unstable_by_key(|hash| hash.0.cast_signed());
        self.taken().stage(kind, hashes).map_err(|error| SinkError(Box::new(error)))?;
        hashes.clear();
        Ok(())
    }

    fn counted(&self, kind: Kind, number: u64) {
        self.taken().counted[kind] = number;
    }

    fn measured(&self, distribution: Distribution, size: u64) {
        self.taken().buckets.count(self.catalog, distribution, size);
    }
}

impl fmt::Debug for Staging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Staging")
    }
}

impl Taken {
    fn stage(&self, kind: Kind, hashes: &[IdHash]) -> Result<(), StoreError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)?;
        {
            let mut insert = transaction.prepare("INSERT OR IGNORE INTO main.staged (kind, hash) VALUES (?1, ?2)")?;
            for hash in hashes {
                insert.execute(params![kind, hash])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// What the scrape found, if it adds up.
    fn found(&self, catalog: &Catalog) -> Result<Found, StoreError> {
        let mut current = PerKind::default();
        for kind in catalog.kinds() {
            let sql = "SELECT count(*) FROM main.staged WHERE kind = ?1";
            let with_ids: u64 = self.connection.query_row(sql, [kind], |row| read_amount(row, 0))?;
            current[kind] = with_ids.saturating_add(self.counted[kind]);
        }
        let found = Found { current, buckets: self.buckets };
        found.check(catalog)?;
        Ok(found)
    }

    /// The table of ids that may be new. Those that are known are sifted out while the store is only read, so that it is
    /// locked for as long as the few new ones take; nothing makes an id unknown again but forgetting, which is noticed.
    fn candidates(&self, catalog: &Catalog) -> Result<&'static str, StoreError> {
        let is_empty = "SELECT NOT EXISTS (SELECT 1 FROM store.known)";
        if self.connection.query_row(is_empty, [], |row| row.get(0))? {
            return Ok("staged");
        }
        self.connection.execute("DELETE FROM main.sifted", [])?;
        // Both are read in the order of their keys, once, which takes less than half of what a look-up of each id would.
        let sql = "INSERT INTO main.sifted (kind, hash)
            SELECT kind, hash FROM main.staged WHERE kind = ?1
            EXCEPT SELECT kind, hash FROM store.known WHERE kind = ?1
            ORDER BY hash";
        for kind in catalog.kinds() {
            self.connection.execute(sql, [kind])?;
        }
        Ok("sifted")
    }
}

/// Makes the candidates known, in the order of both b-trees, and says how many were not.
fn merge(writer: &Writer<'_>, catalog: &Catalog, candidates: &'static str) -> Result<PerKind<u64>, StoreError> {
    let sql = format!(
        "INSERT OR IGNORE INTO store.known (kind, hash)
        SELECT kind, hash FROM main.{candidates} WHERE kind = ?1 ORDER BY hash"
    );
    let mut new = PerKind::default();
    for kind in catalog.kinds() {
        new[kind] = writer.connection.execute(&sql, [kind])? as u64;
    }
    Ok(new)
}

/// How many of the staged ids are not known.
fn count_new(connection: &Connection, catalog: &Catalog) -> Result<PerKind<u64>, StoreError> {
    let sql = format!("SELECT count(*) {NEW}");
    let mut new = PerKind::default();
    for kind in catalog.kinds() {
        new[kind] = connection.query_row(&sql, [kind], |row| read_amount(row, 0))?;
    }
    Ok(new)
}

//! Staging: where a scrape's ids wait, sorted, until the scrape is complete; then one short transaction merges them.
//!
//! The ids are in a file without a name in the state directory, so that neither memory nor the store's lock grows with the scrape.
//! Dropping a `Staging` deletes everything it took.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use rusqlite::{Connection, Transaction, TransactionBehavior, params, params_from_iter};

use crate::clock::Timestamp;
use crate::model::{Catalog, Distribution, IdHash, IdKey, Kind, PerKind, ScrapeSink, SinkError, Totals};
use crate::runs::{Runs, Space};

use super::connection::{self, Access, truncate_log};
use super::ledger::{Committed, Counting, Found, advance};
use super::sql_types::amount;
use super::{Snapshot, Store, StoreError, WriteGuard, Writer};

/// Takes what one scrape finds, from any thread.
pub struct Staging {
    catalog: &'static Catalog,
    key: IdKey,
    /// Where the ids are, for messages.
    path: PathBuf,
    taken: Mutex<Taken>,
}

/// What the ids are compared with.
enum Ledger {
    /// Nothing: there is no store.
    None,
    /// A store that may only be read.
    ToRead(Connection),
    /// The store they are merged into.
    ToWrite(Connection, WriteGuard),
}

struct Taken {
    ledger: Ledger,
    staged: Runs<1>,
    /// What was found besides ids: sizes, and numbers of objects that have no ids.
    plain: Found,
}

/// What a scrape found, compared with what is known.
struct Sifted {
    found: Found,
    new: PerKind<u64>,
    /// The ids that are not known.
    unknown: Runs<1>,
}

impl Store {
    /// Begins a scrape that can be committed. It uses the stored key; where there is none yet, `fresh_key` is stored with
    /// the first commit, and must come from the system's random source.
    ///
    /// # Errors
    /// If the store cannot be read, or there is no room for the staging file.
    pub fn staging(&self, catalog: &'static Catalog, fresh_key: IdKey) -> Result<Staging, StoreError> {
        let (file, path) = self.state_dir.unnamed_file()?;
        let ledger = Ledger::ToWrite(connection::open(&self.state_dir, self.access)?, self.write_guard());
        Ok(Staging::new(catalog, self.key()?.unwrap_or(fresh_key), ledger, (Space::new(file), path)))
    }

    /// Begins a scrape that only says what a commit would give: it is staged in memory and changes nothing on disk. Where
    /// there is no key yet it uses `fresh_key`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn staging_for_preview(&self, catalog: &'static Catalog, fresh_key: IdKey) -> Result<Staging, StoreError> {
        let access = if self.access == Access::Write { Access::Read } else { self.access };
        let ledger = Ledger::ToRead(connection::open(&self.state_dir, access)?);
        Ok(Staging::new(catalog, self.key()?.unwrap_or(fresh_key), ledger, memory()?))
    }

    fn key(&self) -> Result<Option<IdKey>, StoreError> {
        let key = self.connection.query_row("SELECT id_key FROM installation", [], |row| row.get::<_, Option<_>>(0));
        Ok(key?.map(IdKey::from_bytes))
    }
}

impl Staging {
    /// Begins a scrape where there is no store: everything would be the baseline.
    ///
    /// # Errors
    /// If there is no memory.
    pub fn without_store(catalog: &'static Catalog, fresh_key: IdKey) -> Result<Self, StoreError> {
        Ok(Self::new(catalog, fresh_key, Ledger::None, memory()?))
    }

    fn new(catalog: &'static Catalog, key: IdKey, ledger: Ledger, (space, path): (Space, &Path)) -> Self {
        let taken = Taken { ledger, staged: Runs::new(space), plain: Found::default() };
        Self { catalog, key, path: path.to_owned(), taken: Mutex::new(taken) }
    }

    /// The same, for a scrape that a report rests on: it also takes which objects are active.
    #[must_use]
    pub fn for_report(self) -> Self {
        self.taken().plain.active = Some(PerKind::default());
        self
    }

    /// A panic cannot leave it between two states: everything is checked when it is read.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: io::Error) -> StoreError {
        StoreError::from_io(&self.path, error)
    }

    /// Changes the ledger by a complete scrape: all at once, or not at all.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] if objects and sizes do not belong together, [`StoreError::PreviewOnly`] on a preview, and
    /// if the store cannot be written.
    pub fn commit(&self, at: Timestamp, counting: Counting) -> Result<Committed, StoreError> {
        let mut taken = self.taken();
        let Taken { ledger: Ledger::ToWrite(connection, guard), staged, plain } = &mut *taken else {
            return Err(StoreError::PreviewOnly);
        };
        let Sifted { found, mut unknown, .. } = self.sift(staged, *plain, Some(connection))?;
        let committed = guard.write(connection, |writer| {
            self.keep_key(writer)?;
            let creations = writer.creations()?;
            let new = self.merge(writer, &mut unknown)?;
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
        if let Err(error) = truncate_log(connection, Duration::ZERO) {
            tracing::debug!(%error, "the store's log could not be cut back");
        }
        Ok(committed)
    }

    /// What a commit would give; changes nothing.
    ///
    /// # Errors
    /// As [`Staging::commit`].
    pub fn totals(&self, counting: Counting) -> Result<Totals, StoreError> {
        let mut taken = self.taken();
        let Taken { ledger, staged, plain } = &mut *taken;
        let (Ledger::ToRead(connection) | Ledger::ToWrite(connection, _)) = ledger else {
            let found = self.sift(staged, *plain, None)?.found;
            return Ok(advance(None, &found, PerKind::default(), counting));
        };
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        let creations = Snapshot { connection: &transaction }.creations()?;
        let Sifted { found, new, .. } = self.sift(staged, *plain, Some(&transaction))?;
        Ok(advance(creations, &found, new, counting))
    }

    /// Stores the key and the service's name with the first commit. Both stay until everything is deleted.
    fn keep_key(&self, writer: &Writer<'_>) -> Result<(), StoreError> {
        let sql = "UPDATE installation SET id_key = ?1, service = ?2 WHERE id_key IS NULL";
        writer.connection.execute(sql, params![self.key.bytes(), self.catalog.service])?;
        writer.require_service(self.catalog.service)?;
        let stored: [u8; 16] = writer.connection.query_row("SELECT id_key FROM installation", [], |row| row.get(0))?;
        if IdKey::from_bytes(stored).bytes() == self.key.bytes() { Ok(()) } else { Err(StoreError::Erased) }
    }

    /// Counts the staged ids and those that are not known; without a connection, none is known. Both are read in order, once,
    /// which takes less than a look-up of each id would.
    fn sift(&self, staged: &mut Runs<1>, plain: Found, connection: Option<&Connection>) -> Result<Sifted, StoreError> {
        let mut unknown = Runs::sharing(staged);
        let (mut found, mut new) = (plain, PerKind::default());
        let sql = "SELECT hash FROM known WHERE kind = ?1 ORDER BY hash";
        let mut select = connection.map(|connection| connection.prepare(sql)).transpose()?;
        for kind in self.catalog.kinds() {
            let mut rows = select.as_mut().map(|select| select.query([kind])).transpose()?;
            let mut next = || match rows.as_mut().map_or(Ok(None), |rows| rows.next())? {
                Some(row) => Ok::<_, StoreError>(Some(row.get::<_, i64>(0)?)),
                None => Ok(None),
            };
            let mut known = next()?;
            for item in staged.merged(kind).map_err(|error| self.failed(error))? {
                let [hash] = item.map_err(|error| self.failed(error))?;
                found.current[kind] += 1;
                while known.is_some_and(|known| known < hash) {
                    known = next()?;
                }
                if known != Some(hash) {
                    new[kind] += 1;
                    unknown.push(kind, [hash]).map_err(|error| self.failed(error))?;
                }
            }
        }
        found.check(self.catalog)?;
        Ok(Sifted { found, new, unknown })
    }

    /// Makes the unknown ids known. Returns how many there were of each kind.
    fn merge(&self, writer: &Writer<'_>, unknown: &mut Runs<1>) -> Result<PerKind<u64>, StoreError> {
        let mut insert_all = writer.connection.prepare(&insert(ROWS))?;
        let mut new = PerKind::default();
        for kind in self.catalog.kinds() {
            let mut hashes = unknown.merged(kind).map_err(|error| self.failed(error))?;
            loop {
                let rows = hashes.by_ref().take(ROWS).collect::<Result<Vec<_>, _>>();
                let rows = rows.map_err(|error| self.failed(error))?;
                let hashes = rows.as_flattened().iter().copied();
                let values = params_from_iter(std::iter::once(amount(kind.index() as u64)).chain(hashes));
                new[kind] += match rows.len() {
                    0 => break,
                    ROWS => insert_all.execute(values)?,
                    rows => writer.connection.execute(&insert(rows), values)?,
                } as u64;
            }
        }
        Ok(new)
    }
}

impl ScrapeSink for Staging {
    fn key(&self) -> &IdKey {
        &self.key
    }

    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError> {
        let mut taken = self.taken();
        let staged = hashes.drain(..).try_for_each(|hash| taken.staged.push(kind, [hash.0.cast_signed()]));
        staged.map_err(|error| SinkError(Box::new(self.failed(error))))
    }

    fn counted(&self, kind: Kind, number: u64) {
        self.taken().plain.current[kind] = number;
    }

    fn repeated(&self, kind: Kind) -> Result<u64, SinkError> {
        self.taken().staged.repeated(kind).map_err(|error| SinkError(Box::new(self.failed(error))))
    }

    fn measured(&self, distribution: Distribution, size: u64) {
        self.taken().plain.buckets.count(self.catalog, distribution, size);
    }

    fn active(&self, kind: Kind, objects: u64) {
        if let Some(active) = &mut self.taken().plain.active {
            active[kind] = objects;
        }
    }
}

impl fmt::Debug for Staging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Staging")
    }
}

/// Memory in place of a staging file, with a name for messages.
fn memory() -> Result<(Space, &'static Path), StoreError> {
    let path = Path::new("memory");
    Ok((Space::in_memory().map_err(|error| StoreError::from_io(path, error))?, path))
}

/// Rows of one statement: with more, the time does not get shorter.
const ROWS: usize = 64;

/// The statement that inserts this many hashes of one kind.
fn insert(rows: usize) -> String {
    let values: Vec<_> = (0..rows).map(|row| format!("(?1, ?{})", row + 2)).collect();
    format!("INSERT OR IGNORE INTO known (kind, hash) VALUES {}", values.join(", "))
}

//! The schema, its versions, and whose file this is.

use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, state_dir::StateDir};

/// `application_id` of the file: "hdct". It tells our file from any other program's.
const APPLICATION_ID: i64 = 0x6864_6374;

/// The version that this program makes.
const VERSION: u8 = 5;

/// One step for each version of the schema; a store of version n has had the first n.
/// Another version needs a store of its own in tests/fixtures, where README.md says how it is written.
const MIGRATIONS: [&str; VERSION as usize] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

/// Times are seconds since 1970, hours are hours since 1970, hashes are 64 bits read as a signed number.
///
/// `report` keeps a report's bytes until it is delivered and, for the audit, until they are older than `--keep`.
/// `pending` is 0 for a report that has left the outbox, and 1 for a pending one. `sent_past_to` is the recipient that may
/// have a report that was sent past earlier ones.
/// `file_created` is when the file was made that the store was in last, in milliseconds since 1970.
/// AUTOINCREMENT: a number is never given twice, so that it orders what clocks cannot.
const VERSION_1: &str = "
CREATE TABLE installation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch BLOB NOT NULL,
    service TEXT,
    id_key BLOB,
    install_guid TEXT,
    start_hour INTEGER,
    baseline_at INTEGER,
    last_scrape_at INTEGER,
    next_report_at INTEGER,
    last_report INTEGER,
    last_report_hour INTEGER,
    last_report_made_at INTEGER,
    off_since INTEGER,
    take_as_known INTEGER NOT NULL DEFAULT 0,
    decision TEXT,
    contract TEXT,
    failure_at INTEGER,
    failure_code TEXT,
    failure TEXT,
    file_created INTEGER
) STRICT;
INSERT INTO installation (one, epoch) VALUES (1, randomblob(16));

CREATE TABLE known (
    kind INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    PRIMARY KEY (kind, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE object (
    kind INTEGER PRIMARY KEY,
    creations INTEGER NOT NULL,
    current INTEGER NOT NULL
) STRICT;

CREATE TABLE bucket (
    distribution INTEGER NOT NULL,
    range INTEGER NOT NULL,
    current INTEGER NOT NULL,
    PRIMARY KEY (distribution, range)
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
    report INTEGER PRIMARY KEY AUTOINCREMENT,
    install_guid TEXT NOT NULL,
    hour INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    sha256 BLOB NOT NULL,
    pending INTEGER NOT NULL DEFAULT 1,
    sent_past_to TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    overdue_since INTEGER,
    tried_overdue INTEGER NOT NULL DEFAULT 0,
    UNIQUE (install_guid, hour)
) STRICT;
CREATE INDEX pending ON report (report) WHERE pending;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    report INTEGER,
    sha256 BLOB
) STRICT;

CREATE TABLE receipt (
    install_guid TEXT NOT NULL,
    recipient TEXT NOT NULL,
    first_delivery INTEGER NOT NULL,
    last_delivery INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    PRIMARY KEY (install_guid, recipient)
) STRICT, WITHOUT ROWID;
";

/// `absent_for` is how many seconds scrapes have found no object of a kind of which there had been some, `absent_at` when one
/// found that last. Both are NULL unless that is in doubt.
const VERSION_2: &str = "
ALTER TABLE installation ADD COLUMN absent_for INTEGER;
ALTER TABLE installation ADD COLUMN absent_at INTEGER;
";

/// `active` is NULL if the latest scrape did not read it, since no report rests on that scrape.
const VERSION_3: &str = "ALTER TABLE object ADD COLUMN active INTEGER;";

/// The kind that `absent_for` is of. An absence without a kind is none.
const VERSION_4: &str = "ALTER TABLE installation ADD COLUMN absent_kind INTEGER;";

/// The code of what failed. Lines of earlier versions have none.
const VERSION_5: &str = "ALTER TABLE audit ADD COLUMN code TEXT;";

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing yet.
    Empty,
    /// A store of this version, not later than ours.
    Version(i64),
}

/// Looks what the file holds, and changes nothing.
pub(super) fn inspect(connection: &Connection, state_dir: &StateDir) -> Result<Content, StoreError> {
    let application_id = pragma(connection, "application_id")?;
    let version = pragma(connection, "user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let known = i64::from(VERSION);
    match (application_id, version) {
        (0, 0) if tables == 0 => Ok(Content::Empty),
        (APPLICATION_ID, found) if found > known => Err(StoreError::Newer { found, known }),
        (APPLICATION_ID, found) if found > 0 => Ok(Content::Version(found)),
        (APPLICATION_ID, _) => Err(StoreError::corrupt("it has no version")),
        _ => Err(StoreError::Foreign { path: state_dir.database() }),
    }
}

/// Accepts or refuses a version of the schema.
pub(super) type Require = fn(i64) -> Result<(), StoreError>;

/// Refuses a store that this program would have to migrate first.
pub(super) fn require_current(found: i64) -> Result<(), StoreError> {
    if found < i64::from(VERSION) { Err(StoreError::Older { found }) } else { Ok(()) }
}

/// Brings a file of our own to this program's version, in one transaction.
pub(super) fn migrate(connection: &Connection, state_dir: &StateDir) -> Result<(), StoreError> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::FileSystem("the journal mode stays as it was".into()));
    }
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let done = match inspect(&transaction, state_dir)? {
        Content::Empty => 0,
        Content::Version(found) => found,
    };
    for (step, version) in MIGRATIONS.iter().zip(1..).filter(|(_, version)| *version > done) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()?;
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_store_is_refused_without_migration() {
        assert!(require_current(VERSION.into()).is_ok());
        assert!(matches!(require_current(i64::from(VERSION) - 1), Err(StoreError::Older { found: 4 })));
    }

    #[test]
    fn store_of_version_1_is_migrated_with_its_rows() {
        let directory = tempfile::tempdir().unwrap();
        let (path, state_dir) = (directory.path().join("headcount.db"), StateDir::new(directory.path()));
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(VERSION_1).unwrap();
        connection.execute_batch("UPDATE installation SET baseline_at = 7; INSERT INTO known VALUES (0, 8)").unwrap();
        connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        migrate(&connection, &state_dir).unwrap();
        assert_eq!(inspect(&connection, &state_dir).unwrap(), Content::Version(VERSION.into()));
        let rows = "SELECT baseline_at, hash, absent_at FROM installation, known";
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        assert_eq!(connection.query_row(rows, [], read).unwrap(), (7, 8, None::<i64>));
        // Once more changes nothing.
        migrate(&connection, &state_dir).unwrap();
    }

    #[test]
    fn a_file_is_ours_by_its_application_id_and_its_version() {
        let connection = Connection::open_in_memory().unwrap();
        let state_dir = StateDir::new(std::path::Path::new("state"));
        let (ours, known) = (APPLICATION_ID, i64::from(VERSION));
        let look = |application_id: i64, version: i64| {
            connection.pragma_update(None, "application_id", application_id).unwrap();
            connection.pragma_update(None, "user_version", version).unwrap();
            inspect(&connection, &state_dir)
        };
        assert_eq!(look(0, 0).unwrap(), Content::Empty);
        assert_eq!(look(ours, known).unwrap(), Content::Version(known));
        assert!(matches!(look(ours, known + 1), Err(StoreError::Newer { found, .. }) if found == known + 1));
        assert!(matches!(look(ours, 0), Err(StoreError::Corrupt(_))));
        assert!(matches!(look(ours, -1), Err(StoreError::Corrupt(_))));
        assert!(matches!(look(0, known), Err(StoreError::Foreign { .. })));
        assert!(matches!(look(ours - 1, known), Err(StoreError::Foreign { .. })));
        connection.execute_batch("CREATE TABLE others (work)").unwrap();
        assert!(matches!(look(0, 0), Err(StoreError::Foreign { .. })));
    }
}

//! The database that a scrape is staged in: a file without a name, or memory; with the store's file attached to it.

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::StoreError;
use super::connection::{Access, configure, uri};
use super::state_dir::StateDir;

/// A database in a file that has lost its name: it is gone with the connection, also after `kill -9`. SQLite's own temporary
/// files would be the same, but it looks for a directory for them, and a container without /tmp has none.
pub(super) fn unnamed_file(state_dir: &StateDir) -> Result<Connection, StoreError> {
    let path = state_dir.make_staging()?;
    let opened = Connection::open_with_flags(
        uri(&path, Access::Write),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    );
    // SQLite may open a file only when it is first read.
    let connection = opened.map_err(StoreError::from).and_then(|connection| prepare(&connection).map(|()| connection));
    state_dir.remove_staging()?;
    connection
}

pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection =
        Connection::open_with_flags(":memory:", flags | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    prepare(&connection)?;
    Ok(connection)
}

/// What is staged need not outlive a crash: no journal, no waiting for the disk.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    configure(connection)?;
    connection.query_row("PRAGMA main.journal_mode = OFF", [], |_| Ok(())).optional()?;
    connection.query_row("PRAGMA main.locking_mode = EXCLUSIVE", [], |_| Ok(())).optional()?;
    connection.pragma_update(Some("main"), "synchronous", "OFF")?;
    connection.query_row("PRAGMA main.secure_delete = OFF", [], |_| Ok(())).optional()?;
    connection.execute_batch(
        "CREATE TABLE main.staged (
            kind INTEGER NOT NULL,
            hash INTEGER NOT NULL,
            PRIMARY KEY (kind, hash)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE main.sifted (
            kind INTEGER NOT NULL,
            hash INTEGER NOT NULL,
            PRIMARY KEY (kind, hash)
        ) STRICT, WITHOUT ROWID;",
    )?;
    Ok(())
}

pub(super) fn attach(connection: &Connection, state_dir: &StateDir, access: Access) -> Result<(), StoreError> {
    connection.execute("ATTACH ?1 AS store", [uri(&state_dir.database(), access)])?;
    Ok(())
}

//! Receipts: which recipient received reports under which install_guid. They remain after opting out, since without them the
//! operator could not ask the recipient to delete the reports.

use std::fmt;
use std::path::Path;

use rusqlite::{Row, params};
use serde::Serialize;

use crate::clock::Timestamp;
use crate::model::InstallGuid;

use super::connection::Access;
use super::sql_types::read_amount;
use super::{Snapshot, Store, StoreError, Writer};

/// What one recipient received under one install_guid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The install_guid in the reports.
    pub install_guid: InstallGuid,
    /// Who received them: `host:port`, or the name of a file.
    pub recipient: String,
    /// When the first one was delivered.
    pub first_delivery: Timestamp,
    /// When the latest one was.
    pub last_delivery: Timestamp,
    /// How many there were.
    pub reports: u64,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { install_guid, recipient, first_delivery, last_delivery, reports } = self;
        write!(f, "{reports} delivered to {recipient} as {install_guid}, {first_delivery} to {last_delivery}")
    }
}

impl Store {
    /// The receipts of a store of any version that this program can migrate: `erase` prints them before it deletes them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn receipts_in(directory: &Path) -> Result<Vec<Receipt>, StoreError> {
        // No version of the schema has changed this table.
        let store = Self::open_shared(directory, Access::Read, |_| Ok(()))?;
        store.map_or(Ok(Vec::new()), |store| store.read(|snapshot| snapshot.receipts()))
    }
}

impl Snapshot<'_> {
    /// All receipts, the earliest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn receipts(&self) -> Result<Vec<Receipt>, StoreError> {
        let sql = "SELECT install_guid, recipient, first_delivery, last_delivery, reports FROM receipt
            ORDER BY first_delivery, install_guid, recipient";
        let read = |row: &Row<'_>| {
            Ok(Receipt {
                install_guid: row.get(0)?,
                recipient: row.get(1)?,
                first_delivery: row.get(2)?,
                last_delivery: row.get(3)?,
                reports: read_amount(row, 4)?,
            })
        };
        let mut statement = self.connection.prepare(sql)?;
        let receipts = statement.query_map([], read)?.collect::<Result<_, _>>()?;
        Ok(receipts)
    }
}

impl Writer<'_> {
    pub(super) fn add_to_receipt(
        &self,
        install_guid: InstallGuid,
        recipient: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO receipt (install_guid, recipient, first_delivery, last_delivery, reports)
            VALUES (?1, ?2, ?3, ?3, 1)
            ON CONFLICT DO UPDATE SET last_delivery = excluded.last_delivery, reports = reports + 1";
        self.connection.execute(sql, params![install_guid, recipient, at])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipt_displays_recipient_guid_and_times() {
        let receipt = Receipt {
            install_guid: InstallGuid::from_random_bytes([1; 16]),
            recipient: "telemetry.example.org".to_owned(),
            first_delivery: Timestamp::from_unix_seconds(0),
            last_delivery: Timestamp::from_unix_seconds(3600),
            reports: 2,
        };
        let wanted = "2 delivered to telemetry.example.org as 01010101-0101-4101-8101-010101010101, \
            1970-01-01T00:00:00Z to 1970-01-01T01:00:00Z";
        assert_eq!(receipt.to_string(), wanted);
    }
}

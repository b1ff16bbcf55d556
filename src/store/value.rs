//! How the crate's words are written in SQL's, which has signed numbers and texts only.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::clock::{Hour, Timestamp};
use crate::inventory::{IdHash, InstallGuid, Kind};

use super::StoreError;

/// A number of things. Above 2^63 it would stay at the largest, which no number of things comes near.
pub(super) fn amount(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of things, read back from a column.
pub(super) fn read_amount(row: &Row<'_>, column: usize) -> Result<u64, rusqlite::Error> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// The number that stands for a kind.
pub(super) fn kind_number(kind: Kind) -> i64 {
    amount(kind.index() as u64)
}

/// Where a number that the store holds stands in an array.
pub(super) fn position(number: i64, length: usize) -> Result<usize, StoreError> {
    usize::try_from(number)
        .ok()
        .filter(|position| *position < length)
        .ok_or_else(|| StoreError::corrupt("a number is out of its range"))
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.unix_seconds().into())
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self::from_unix_seconds)
    }
}

impl ToSql for Hour {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.unix_hours().into())
    }
}

impl FromSql for Hour {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u32::column_result(value).map(Self::from_unix_hours)
    }
}

impl ToSql for IdHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.cast_signed().into())
    }
}

impl ToSql for InstallGuid {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for InstallGuid {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::parse(value.as_str()?).map_err(FromSqlError::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_within_the_array() {
        assert_eq!(position(0, 3).unwrap(), 0);
        assert_eq!(position(2, 3).unwrap(), 2);
        for outside in [3, -1, i64::MAX] {
            assert!(matches!(position(outside, 3), Err(StoreError::Corrupt(_))), "{outside}");
        }
    }
}

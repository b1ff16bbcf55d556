//! How the crate's words are written in SQL's, which has signed numbers and texts only.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::clock::{Hour, Timestamp};
use crate::model::{Distribution, IdHash, InstallGuid, Kind, Range};

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

/// What a number in the store stands for, of all that there can be.
pub(super) fn numbered<T: Copy>(number: i64, all: &[T]) -> Result<T, StoreError> {
    let found = usize::try_from(number).ok().and_then(|index| all.get(index));
    found.copied().ok_or_else(|| StoreError::corrupt("a number is out of its range"))
}

macro_rules! stored_by_number {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(amount(self.index() as u64).into())
            }
        }
    )*};
}

stored_by_number!(Kind, Distribution, Range);

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
    fn number_outside_of_all_is_corrupt() {
        assert_eq!(numbered(0, &Kind::ALL).unwrap(), Kind::ALL[0]);
        assert_eq!(numbered(2, &['a', 'b', 'c']).unwrap(), 'c');
        for outside in [3, -1, i64::MAX] {
            assert!(matches!(numbered(outside, &['a', 'b', 'c']), Err(StoreError::Corrupt(_))), "{outside}");
        }
    }
}

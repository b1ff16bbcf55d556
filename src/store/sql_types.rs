//! How the crate's words are written in SQL's, which has signed numbers and texts only.

use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::clock::{Hour, Timestamp};
use crate::model::{Distribution, IdHash, InstallGuid, Kind, Range};

/// A number of things. Above 2^63 it would stay at the largest, which no number of things comes near.
pub(super) fn amount(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of things, read back from a column.
pub(super) fn read_amount(row: &Row<'_>, column: usize) -> Result<u64, rusqlite::Error> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

// A number that stands for nothing there can be is an error.
macro_rules! stored_by_number {
    ($($name:ty),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(amount(self.index() as u64).into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let number = value.as_i64()?;
                let found = usize::try_from(number).ok().and_then(|index| Self::ALL.get(index));
                found.copied().ok_or(FromSqlError::OutOfRange(number))
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
    fn number_outside_of_all_is_refused() {
        let kind = |number| Kind::column_result(ValueRef::Integer(number));
        assert_eq!(kind(0).unwrap(), Kind::ALL[0]);
        assert_eq!(kind(15).unwrap(), Kind::ALL[15]);
        for outside in [16, -1, i64::MIN, i64::MAX] {
            assert!(matches!(kind(outside), Err(FromSqlError::OutOfRange(_))), "{outside}");
        }
    }
}

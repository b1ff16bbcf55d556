//! What is known of a document while it is read: the numbers of objects, the problems, and where the ids go.

use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess};

use super::ids::Ids;
use super::lenient::Expect;
use super::problem::{ID_BYTES, Listing, ProblemKind, ProblemPath, Problems};
use crate::model::{IdHash, Kind, PerKind, SinkError};
use crate::source::http::CurrentValue;
use crate::source::http::json_stream::{Compare, match_str};

/// A document that is being read.
pub(super) struct Reading {
    pub(super) current: Rc<CurrentValue>,
    pub(super) ids: Ids,
    pub(super) counts: PerKind<u64>,
    pub(super) problems: Problems,
    pub(super) has_other_version: bool,
    has_too_many: bool,
    /// Put aside, since serde's errors carry text alone.
    pub(super) unstored: Option<SinkError>,
}

impl Reading {
    /// Nothing of a document yet.
    pub(super) fn new(ids: Ids, listing: Listing) -> Self {
        Self {
            current: Rc::default(),
            ids,
            counts: PerKind::default(),
            problems: Problems::new(listing),
            has_other_version: false,
            has_too_many: false,
            unstored: None,
        }
    }

    pub(super) fn problem(&mut self, path: ProblemPath, kind: ProblemKind) {
        self.problems.add(path, kind);
    }

    /// The value, or a problem at its place.
    pub(super) fn checked<T>(&mut self, path: ProblemPath, value: Option<Result<T, ProblemKind>>) -> Option<T> {
        value.unwrap_or(Err(ProblemKind::NotString)).map_err(|kind| self.problem(path, kind)).ok()
    }

    /// Decodes a string that a function takes.
    pub(super) fn text<'de, T>(&self, take: impl FnOnce(&str) -> T) -> impl DeserializeSeed<'de, Value = Option<T>> {
        Expect { current: &self.current, first: b'"', visitor: Compare(take) }
    }

    /// Decodes an id of an object that is of one of these kinds.
    pub(super) fn id<'de, const N: usize>(
        &self,
        kinds: [Kind; N],
    ) -> impl DeserializeSeed<'de, Value = Option<Result<[IdHash; N], ProblemKind>>> {
        self.text(move |id| match id.len() {
            0..=ID_BYTES => Ok(kinds.map(|kind| self.ids.key().hash(kind, id.as_bytes()))),
            _ => Err(ProblemKind::TooLong),
        })
    }

    /// Counts an object of a list.
    pub(super) fn count<E: serde::de::Error>(&mut self, kind: Kind, hash: IdHash, index: u64) -> Result<(), E> {
        self.counts[kind] += 1;
        match self.ids.push(kind, hash, index) {
            Ok(false) if !self.has_too_many => {
                self.has_too_many = true;
                self.problem(ProblemPath::DOCUMENT, ProblemKind::TooManyIds);
            }
            Ok(_) => {}
            Err(error) => {
                self.unstored = Some(error);
                return Err(E::custom("stopped"));
            }
        }
        Ok(())
    }

    /// The next member that has one of these names for the first time. What stands between is skipped; a name that is met again
    /// is a problem.
    pub(super) fn next_member<'de, A: MapAccess<'de>, const N: usize>(
        &mut self,
        members: &mut A,
        names: &'static [&'static str; N],
        met: &mut [bool; N],
        path: impl Fn(&'static str) -> ProblemPath,
    ) -> Result<Option<&'static str>, A::Error> {
        while let Some(position) = members.next_key_seed(PositionOf(names))? {
            if let Some(position) = position {
                if !std::mem::replace(&mut met[position], true) {
                    return Ok(Some(names[position]));
                }
                self.problem(path(names[position]), ProblemKind::RepeatedMember);
            }
            members.next_value_seed(Skip(&self.current))?;
        }
        Ok(None)
    }
}

/// Skips a value.
struct Skip<'a>(&'a CurrentValue);

impl<'de> DeserializeSeed<'de> for Skip<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.skip(deserializer)
    }
}

/// Decodes a name by its position among those that are known.
struct PositionOf(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for PositionOf {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        match_str(deserializer, |name| self.0.iter().position(|known| *known == name))
    }
}

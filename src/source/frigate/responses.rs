//! What is read of Frigate's responses. Names of users are hashed where they stand; names of persons are the keys of an
//! object, and are only compared with the one name that is no person's.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::catalog::kinds;
use crate::model::ScrapeSink;
use crate::source::http::json_stream::{JsonReader, Stop, body_error, match_str};
use crate::source::http::{Batch, BodyError};

/// The folder of attempts that were assigned to no person.
const NO_PERSON: &str = "train";

/// `GET /api/version`: the first two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u32, u32);

impl Version {
    /// The first version that recognizes faces.
    pub const FIRST: Self = Self(0, 16);

    /// Reads `0.17.2-3d4dd3ac4`.
    pub(super) fn parse(text: &[u8]) -> Result<Self, BodyError> {
        let numbers = || {
            let mut parts = str::from_utf8(text).ok()?.trim_ascii().split('.');
            let (major, minor, _patch) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Self(major.parse().ok()?, minor.parse().ok()?))
        };
        numbers().ok_or(BodyError::Value { code: "not_a_version", what: "a text that is not a version" })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// `GET /api/profile`: whether the session may read everything.
#[derive(Debug, Deserialize)]
pub(super) struct Profile {
    #[serde(rename = "role", deserialize_with = "is_admin")]
    pub(super) is_admin: bool,
}

fn is_admin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match_str(deserializer, |role| role == "admin")
}

/// `GET /api/users`: the names, as hashes. Counts only with a sink.
pub(super) struct UserNames {
    batch: Option<Batch>,
    stop: Option<Stop>,
}

impl UserNames {
    pub(super) fn new(sink: Option<Arc<dyn ScrapeSink>>) -> Self {
        Self { batch: sink.map(|sink| Batch::new(sink, kinds::USER)), stop: None }
    }

    /// Decodes one array and nothing after it.
    pub(super) fn decode<R: Read>(mut self, json: &mut JsonReader<R>) -> Result<(), Stop> {
        let decoded = json.deserialize_seq(UserList(&mut self)).and_then(|()| json.end());
        match self.stop {
            Some(stop) => Err(stop),
            None => decoded.map_err(|error| Stop::Body(body_error(error))),
        }?;
        self.batch.map_or(Ok(()), |mut batch| Ok(batch.flush()?))
    }

    fn push(&mut self, name: &str) -> Result<(), &'static str> {
        let Some(batch) = &mut self.batch else { return Ok(()) };
        batch.push(name.as_bytes()).map_err(|error| {
            // serde's errors carry text alone.
            self.stop = Some(error.into());
            "stopped"
        })
    }
}

struct UserList<'a>(&'a mut UserNames);

impl<'de> Visitor<'de> for UserList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<(), A::Error> {
        while users.next_element_seed(UserObject(self.0))?.is_some() {}
        Ok(())
    }
}

struct UserObject<'a>(&'a mut UserNames);

impl<'de> DeserializeSeed<'de> for UserObject<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for UserObject<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a user")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = 0;
        while let Some(is_name) = members.next_key_seed(Is("username"))? {
            if is_name {
                names += 1;
                members.next_value_seed(UserName(self.0))?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        if names == 1 { Ok(()) } else { Err(A::Error::missing_field("username")) }
    }
}

struct UserName<'a>(&'a mut UserNames);

impl<'de> DeserializeSeed<'de> for UserName<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match_str(deserializer, |name| self.0.push(name))?.map_err(D::Error::custom)
    }
}

/// Compares a key without keeping it.
struct Is(&'static str);

impl<'de> DeserializeSeed<'de> for Is {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        match_str(deserializer, |key| key == self.0)
    }
}

/// `GET /api/faces`: how many persons there are, and how many faces all of them have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Library {
    pub(super) subjects: u64,
    pub(super) faces: u64,
}

impl Library {
    /// Decodes one object and nothing after it.
    pub(super) fn decode<R: Read>(json: &mut JsonReader<R>) -> Result<Self, Stop> {
        let decoded = json.deserialize_map(LibraryObject).and_then(|library| json.end().map(|()| library));
        decoded.map_err(|error| Stop::Body(body_error(error)))
    }
}

struct LibraryObject;

impl<'de> Visitor<'de> for LibraryObject {
    type Value = Library;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut folders: A) -> Result<Library, A::Error> {
        let mut library = Library::default();
        while let Some(is_no_person) = folders.next_key_seed(Is(NO_PERSON))? {
            let files: Vec<FileName> = folders.next_value()?;
            if !is_no_person {
                library.subjects += 1;
                library.faces += files.len() as u64;
            }
        }
        Ok(library)
    }
}

/// A file's name, which is not kept: a list of them takes no memory.
struct FileName;

impl<'de> Deserialize<'de> for FileName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |_| Self)
    }
}

#[cfg(test)]
mod tests;

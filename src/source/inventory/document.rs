//! What is read of a document: ids become keyed hashes where they stand, numbers of faces are passed on, all else is skipped.
//!
//! Must not know where the document comes from. Members may come in any order.

use std::io::Read;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess};

use super::ids::IdBatch;
use super::lenient::{Lenient, Place};
use super::problem::{ID_BYTES, Listing, ProblemKind, ProblemPath, Problems};
use super::services::ServiceList;
use crate::model::{IdHash, Kind, PerKind, ScrapeSink, SinkError};
use crate::source::face_recognition::{FACES, kinds};
use crate::source::http::json_stream::{JsonReader, RESPONSE_BYTES, Stop, body_error, match_str};

/// A longer document is not read: the disk must have room for the hashes of its ids. 13,000,000 UUIDs take as much.
pub(super) const DOCUMENT_BYTES: u64 = RESPONSE_BYTES;
/// The version of the document that is read.
const VERSION: u64 = 1;

/// A document that is being read, and in the end what was found in it.
#[derive(Debug)]
pub(super) struct Reading {
    sink: Arc<dyn ScrapeSink>,
    ids: IdBatch,
    counts: PerKind<u64>,
    problems: Problems,
    /// Put aside, since serde's errors carry text alone.
    unstored: Option<SinkError>,
}

impl Reading {
    pub(super) fn new(sink: Arc<dyn ScrapeSink>, listing: Listing) -> Self {
        let ids = IdBatch::new(Arc::clone(&sink));
        Self { sink, ids, counts: PerKind::default(), problems: Problems::new(listing), unstored: None }
    }

    /// Decodes a document and nothing after it. Returns the numbers of objects, or the problems if there is any.
    pub(super) fn decode<R: Read>(mut self, json: &mut JsonReader<R>) -> Result<Result<PerKind<u64>, Problems>, Stop> {
        let decoded = json.deserialize_any(Lenient(Root(&mut self))).and_then(|()| json.end());
        if let Some(error) = self.unstored {
            return Err(Stop::Sink(error));
        }
        decoded.map_err(|error| Stop::Body(body_error(error)))?;
        self.ids.finish(&mut self.problems)?;
        Ok(if self.problems.is_empty() { Ok(self.counts) } else { Err(self.problems) })
    }

    pub(super) fn problem(&mut self, path: ProblemPath, kind: ProblemKind) {
        self.problems.add(path, kind);
    }

    pub(super) fn count(&mut self, kind: Kind, hash: IdHash, index: u64) {
        self.counts[kind] += 1;
        self.ids.push(kind, hash, index);
    }

    /// Takes the number of faces of a recognition service.
    pub(super) fn measure(&self, faces: u64) {
        self.sink.measured(FACES, faces);
    }

    /// Passes ids on if there are many; called after each item.
    pub(super) fn make_room<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if !self.ids.is_full() {
            return Ok(());
        }
        self.ids.flush(&mut self.problems).map_err(|error| {
            self.unstored = Some(error);
            E::custom("stopped")
        })
    }
}

/// A member of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Inventory,
    Users,
    Applications,
    Services,
    Other,
}

impl Member {
    /// Those that a document must have.
    const REQUIRED: [Self; 4] = [Self::Inventory, Self::Users, Self::Applications, Self::Services];

    const fn path(self) -> ProblemPath {
        ProblemPath::member(match self {
            Self::Inventory => "inventory",
            Self::Users => "users",
            Self::Applications => "applications",
            Self::Services => "services",
            Self::Other => "",
        })
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |name| match name {
            "inventory" => Self::Inventory,
            "users" => Self::Users,
            "applications" => Self::Applications,
            "services" => Self::Services,
            _ => Self::Other,
        })
    }
}

/// The document itself.
struct Root<'a>(&'a mut Reading);

impl<'de> Place<'de> for Root<'_> {
    type Found = ();

    fn other(self) {
        self.0.problem(ProblemPath::DOCUMENT, ProblemKind::NotObject);
    }

    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let reading = self.0;
        let mut met = Vec::with_capacity(Member::REQUIRED.len());
        while let Some(member) = members.next_key::<Member>()? {
            let is_repeated = met.contains(&member);
            if is_repeated {
                reading.problem(member.path(), ProblemKind::RepeatedMember);
            } else if member != Member::Other {
                met.push(member);
            }
            match member {
                Member::Inventory if !is_repeated => members.next_value_seed(Lenient(VersionPlace(reading)))?,
                Member::Users if !is_repeated => {
                    members.next_value_seed(Lenient(IdList { reading, member, kind: kinds::USER }))?;
                }
                Member::Applications if !is_repeated => {
                    members.next_value_seed(Lenient(IdList { reading, member, kind: kinds::APPLICATION }))?;
                }
                Member::Services if !is_repeated => members.next_value_seed(Lenient(ServiceList(reading)))?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        for member in Member::REQUIRED.into_iter().filter(|member| !met.contains(member)) {
            reading.problem(member.path(), ProblemKind::Missing);
        }
        Ok(())
    }
}

/// The version of the document.
struct VersionPlace<'a>(&'a mut Reading);

impl Place<'_> for VersionPlace<'_> {
    type Found = ();

    fn other(self) {
        self.0.problem(Member::Inventory.path(), ProblemKind::NotNumber);
    }

    fn number(self, number: Result<u64, ProblemKind>) {
        if number != Ok(VERSION) {
            self.0.problem(Member::Inventory.path(), ProblemKind::UnknownVersion);
        }
    }
}

/// A list of ids.
struct IdList<'a> {
    reading: &'a mut Reading,
    member: Member,
    kind: Kind,
}

impl<'de> Place<'de> for IdList<'_> {
    type Found = ();

    fn other(self) {
        self.reading.problem(self.member.path(), ProblemKind::NotArray);
    }

    fn array<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { reading, member, kind } = self;
        let mut index = 0;
        loop {
            let id = IdPlace { reading: &mut *reading, kinds: [kind], path: member.path().item(index) };
            match items.next_element_seed(Lenient(id))? {
                Some(Some([hash])) => reading.count(kind, hash, index),
                Some(None) => {}
                None => return Ok(()),
            }
            reading.make_room()?;
            index += 1;
        }
    }
}

/// An id of an object that is of one of these kinds. It is hashed for each of them, since a service's type may follow its id.
pub(super) struct IdPlace<'a, const N: usize> {
    pub(super) reading: &'a mut Reading,
    pub(super) kinds: [Kind; N],
    pub(super) path: ProblemPath,
}

impl<const N: usize> Place<'_> for IdPlace<'_, N> {
    type Found = Option<[IdHash; N]>;

    fn other(self) -> Self::Found {
        self.reading.problem(self.path, ProblemKind::NotString);
        None
    }

    fn text(self, id: &str) -> Self::Found {
        if id.len() > ID_BYTES {
            self.reading.problem(self.path, ProblemKind::TooLong);
            return None;
        }
        Some(self.kinds.map(|kind| self.reading.sink.key().hash(kind, id.as_bytes())))
    }
}

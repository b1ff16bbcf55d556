//! What is read of a document: ids become keyed hashes where they stand, numbers of faces are passed on, all else is skipped.
//!
//! Must not know where the document comes from. Members may come in any order.

use std::fmt;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed as _, MapAccess, SeqAccess, Visitor};

use super::ids::Ids;
use super::lenient::{Expect, WholeNumber};
use super::problem::{Listing, ProblemKind, ProblemPath, Problems};
use super::reading::Reading;
use crate::model::{Kind, PerKind};
use crate::source::face_recognition::kinds;
use crate::source::http::BodyError;
use crate::source::http::json_stream::{RESPONSE_BYTES, Stop, body_error, watched};

/// A longer document is not read. 13,000,000 UUIDs take as much.
pub(super) const DOCUMENT_BYTES: u64 = RESPONSE_BYTES;
/// The version of the document that is read.
const VERSION: u64 = 1;
/// The members that a document must have.
const MEMBERS: [&str; 4] = ["inventory", "users", "applications", "services"];
/// The members of a service.
const SERVICE_MEMBERS: [&str; 3] = ["id", "type", "faces"];
/// The kinds that a service's type can stand for. Its id is hashed for each of them, since the type may follow it.
const SERVICE_KINDS: [Kind; 3] = [kinds::RECOGNITION, kinds::VERIFICATION, kinds::DETECTION];
/// Some editors and servers write it before JSON.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What was found in a document: the numbers of objects, or the problems if there is any.
pub(super) type Found = Result<PerKind<u64>, Problems>;

/// Decodes a document and nothing after it.
pub(super) fn decode(bytes: impl Read, ids: Ids, listing: Listing) -> Result<Found, Stop> {
    let mut reading = Reading::new(ids, listing);
    let current = Rc::clone(&reading.current);
    let bytes = without_mark(bytes).map_err(|_| Stop::Body(BodyError::Truncated))?;
    let mut json = watched(bytes, Rc::clone(&current));
    let root = Expect { current: &current, first: b'{', visitor: Root(&mut reading) };
    let decoded = root.deserialize(&mut json).and_then(|found| json.end().map(|()| found));
    if let Some(error) = reading.unstored {
        return Err(Stop::Sink(error));
    }
    if decoded.map_err(|error| Stop::Body(body_error(error)))?.is_none() {
        reading.problem(ProblemPath::DOCUMENT, ProblemKind::NotObject);
    }
    let Reading { ids, counts, mut problems, has_other_version, .. } = reading;
    if has_other_version {
        // What else would be a problem in version 1 may be none in another.
        problems = Problems::new(listing);
        problems.add(ProblemPath::member(MEMBERS[0]), ProblemKind::UnknownVersion);
    } else {
        ids.finish(&mut problems)?;
    }
    Ok(if problems.is_empty() { Ok(counts) } else { Err(problems) })
}

/// Passes bytes on, without a byte order mark at their start.
fn without_mark(mut bytes: impl Read) -> io::Result<impl Read> {
    let mut start = Vec::with_capacity(BYTE_ORDER_MARK.len());
    bytes.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut start)?;
    if start == BYTE_ORDER_MARK {
        start.clear();
    }
    Ok(Cursor::new(start).chain(bytes))
}

/// The document itself.
struct Root<'a>(&'a mut Reading);

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (current, reading) = (Rc::clone(&self.0.current), self.0);
        let mut met = [false; MEMBERS.len()];
        while let Some(name) = reading.next_member(&mut members, &MEMBERS, &mut met, ProblemPath::member)? {
            let kind = match name {
                "inventory" => {
                    match members.next_value_seed(WholeNumber(&current))? {
                        Ok(VERSION) => {}
                        Err(ProblemKind::NotNumber) => {
                            reading.problem(ProblemPath::member(name), ProblemKind::NotNumber);
                        }
                        _ => reading.has_other_version = true,
                    }
                    continue;
                }
                "users" => Some(kinds::USER),
                "applications" => Some(kinds::APPLICATION),
                _ => None,
            };
            let list = Expect { current: &current, first: b'[', visitor: List { reading: &mut *reading, kind } };
            if members.next_value_seed(list)?.is_none() {
                reading.problem(ProblemPath::member(name), ProblemKind::NotArray);
            }
        }
        for (name, _) in MEMBERS.into_iter().zip(met).filter(|(_, met)| !met) {
            reading.problem(ProblemPath::member(name), ProblemKind::Missing);
        }
        Ok(())
    }
}

/// A list of ids of a kind, or the list of services.
struct List<'a> {
    reading: &'a mut Reading,
    kind: Option<Kind>,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let (current, reading) = (Rc::clone(&self.reading.current), self.reading);
        for index in 0.. {
            if let Some(kind) = self.kind {
                let Some(id) = items.next_element_seed(reading.id([kind]))? else { break };
                if let Some([hash]) = reading.checked(ProblemPath::id(kind, index), id) {
                    reading.count(kind, hash, index)?;
                }
            } else {
                let service = ServiceItem { reading: &mut *reading, index };
                let service = Expect { current: &current, first: b'{', visitor: service };
                match items.next_element_seed(service)? {
                    Some(Some(())) => {}
                    Some(None) => reading.problem(ProblemPath::service(index, ""), ProblemKind::NotObject),
                    None => break,
                }
            }
        }
        Ok(())
    }
}

/// One service.
struct ServiceItem<'a> {
    reading: &'a mut Reading,
    index: u64,
}

impl<'de> Visitor<'de> for ServiceItem<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (current, reading) = (Rc::clone(&self.reading.current), self.reading);
        let path = |name| ProblemPath::service(self.index, name);
        let (mut hashes, mut kind, mut faces) = (None, None, None);
        let mut met = [false; SERVICE_MEMBERS.len()];
        while let Some(name) = reading.next_member(&mut members, &SERVICE_MEMBERS, &mut met, path)? {
            match name {
                "id" => {
                    let id = members.next_value_seed(reading.id(SERVICE_KINDS))?;
                    hashes = reading.checked(path(name), id);
                }
                "type" => {
                    let word = members.next_value_seed(reading.text(service_kind))?;
                    kind = reading.checked(path(name), word);
                }
                _ => {
                    let number = members.next_value_seed(WholeNumber(&current))?;
                    faces = reading.checked(path(name), Some(number));
                }
            }
        }
        let [.., has_faces] = met;
        let is_recognition = kind.map(|kind| kind == kinds::RECOGNITION);
        for (name, met) in SERVICE_MEMBERS.into_iter().zip(met) {
            if !met && (name != "faces" || is_recognition == Some(true)) {
                reading.problem(path(name), ProblemKind::Missing);
            }
        }
        if has_faces && is_recognition == Some(false) {
            reading.problem(path("faces"), ProblemKind::FacesElsewhere);
        }
        if let (Some(faces), Some(true)) = (faces, is_recognition) {
            reading.ids.measure(faces);
        }
        let hash = SERVICE_KINDS.into_iter().zip(hashes.into_iter().flatten()).find(|(other, _)| Some(*other) == kind);
        hash.map_or(Ok(()), |(kind, hash)| reading.count(kind, hash, self.index))
    }
}

fn service_kind(word: &str) -> Result<Kind, ProblemKind> {
    match word {
        "recognition" => Ok(kinds::RECOGNITION),
        "verification" => Ok(kinds::VERIFICATION),
        "detection" => Ok(kinds::DETECTION),
        _ => Err(ProblemKind::UnknownType),
    }
}

#[cfg(test)]
mod tests;

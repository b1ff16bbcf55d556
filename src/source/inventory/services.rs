//! What is read of a document's list of services: ids as keyed hashes, types, and numbers of faces.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess};

use super::document::{IdPlace, Reading};
use super::lenient::{Lenient, Place};
use super::problem::{ProblemKind, ProblemPath};
use crate::model::{IdHash, Kind};
use crate::source::face_recognition::kinds;
use crate::source::http::json_stream::match_str;

/// The list itself.
const SERVICES: ProblemPath = ProblemPath::member("services");

/// The list of services.
pub(super) struct ServiceList<'a>(pub(super) &'a mut Reading);

impl<'de> Place<'de> for ServiceList<'_> {
    type Found = ();

    fn other(self) {
        self.0.problem(SERVICES, ProblemKind::NotArray);
    }

    fn array<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let reading = self.0;
        let mut index = 0;
        while items.next_element_seed(Lenient(ServicePlace { reading: &mut *reading, index }))?.is_some() {
            reading.make_room()?;
            index += 1;
        }
        Ok(())
    }
}

/// The kinds that a service's type can stand for, in the order of their hashes.
const SERVICE_KINDS: [Kind; 3] = [kinds::RECOGNITION, kinds::VERIFICATION, kinds::DETECTION];

/// A member of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ServiceMember {
    Id,
    Type,
    Faces,
    Other,
}

impl ServiceMember {
    const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Type => "type",
            Self::Faces => "faces",
            Self::Other => "",
        }
    }
}

impl<'de> Deserialize<'de> for ServiceMember {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |name| match name {
            "id" => Self::Id,
            "type" => Self::Type,
            "faces" => Self::Faces,
            _ => Self::Other,
        })
    }
}

/// One service.
struct ServicePlace<'a> {
    reading: &'a mut Reading,
    index: u64,
}

/// What was found of a service. A member is absent, or it is there and may be invalid, which is a problem already.
#[derive(Default)]
struct ServiceParts {
    id: Option<Option<[IdHash; 3]>>,
    kind: Option<Option<Kind>>,
    faces: Option<Option<u64>>,
}

impl ServicePlace<'_> {
    fn problem(&mut self, member: ServiceMember, kind: ProblemKind) {
        self.reading.problem(self.path(member), kind);
    }

    const fn path(&self, member: ServiceMember) -> ProblemPath {
        SERVICES.item(self.index).of_item(member.name())
    }

    fn take(mut self, parts: &ServiceParts) {
        if parts.id.is_none() {
            self.problem(ServiceMember::Id, ProblemKind::Missing);
        }
        match parts.kind {
            None => self.problem(ServiceMember::Type, ProblemKind::Missing),
            Some(Some(kinds::RECOGNITION)) if parts.faces.is_none() => {
                self.problem(ServiceMember::Faces, ProblemKind::Missing);
            }
            Some(Some(kind)) if kind != kinds::RECOGNITION && parts.faces.is_some() => {
                self.problem(ServiceMember::Faces, ProblemKind::FacesElsewhere);
            }
            Some(_) => {}
        }
        let (Some(Some(hashes)), Some(Some(kind))) = (parts.id, parts.kind) else { return };
        if let Some((_, hash)) = SERVICE_KINDS.into_iter().zip(hashes).find(|(other, _)| *other == kind) {
            self.reading.count(kind, hash, self.index);
        }
        if let (kinds::RECOGNITION, Some(Some(faces))) = (kind, parts.faces) {
            self.reading.measure(faces);
        }
    }
}

impl<'de> Place<'de> for ServicePlace<'_> {
    type Found = ();

    fn other(self) {
        self.reading.problem(SERVICES.item(self.index), ProblemKind::NotObject);
    }

    fn object<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        let mut parts = ServiceParts::default();
        while let Some(member) = members.next_key::<ServiceMember>()? {
            let path = self.path(member);
            match member {
                ServiceMember::Id if parts.id.is_none() => {
                    let id = IdPlace { reading: &mut *self.reading, kinds: SERVICE_KINDS, path };
                    parts.id = Some(members.next_value_seed(Lenient(id))?);
                }
                ServiceMember::Type if parts.kind.is_none() => {
                    parts.kind =
                        Some(members.next_value_seed(Lenient(TypePlace { reading: &mut *self.reading, path }))?);
                }
                ServiceMember::Faces if parts.faces.is_none() => {
                    parts.faces =
                        Some(members.next_value_seed(Lenient(FacesPlace { reading: &mut *self.reading, path }))?);
                }
                ServiceMember::Other => {
                    members.next_value::<IgnoredAny>()?;
                }
                _ => {
                    self.problem(member, ProblemKind::RepeatedMember);
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.take(&parts);
        Ok(())
    }
}

/// The type of a service.
struct TypePlace<'a> {
    reading: &'a mut Reading,
    path: ProblemPath,
}

impl Place<'_> for TypePlace<'_> {
    type Found = Option<Kind>;

    fn other(self) -> Option<Kind> {
        self.reading.problem(self.path, ProblemKind::NotString);
        None
    }

    fn text(self, word: &str) -> Option<Kind> {
        match word {
            "recognition" => Some(kinds::RECOGNITION),
            "verification" => Some(kinds::VERIFICATION),
            "detection" => Some(kinds::DETECTION),
            _ => {
                self.reading.problem(self.path, ProblemKind::UnknownType);
                None
            }
        }
    }
}

/// The number of faces of a recognition service.
struct FacesPlace<'a> {
    reading: &'a mut Reading,
    path: ProblemPath,
}

impl Place<'_> for FacesPlace<'_> {
    type Found = Option<u64>;

    fn other(self) -> Option<u64> {
        self.reading.problem(self.path, ProblemKind::NotNumber);
        None
    }

    fn number(self, number: Result<u64, ProblemKind>) -> Option<u64> {
        number.map_err(|kind| self.reading.problem(self.path, kind)).ok()
    }
}

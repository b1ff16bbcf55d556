//! What is read of CompreFace's responses. Names, email addresses and other keys are skipped without being built.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::Deserializer;
use uuid::Uuid;

use super::catalog::kinds;
use super::check::Role;
use super::secrets::{ApiKey, canonical_uuid};
use crate::model::ScrapeSink;
use crate::source::http::json_stream::{ItemSink, Stop, match_str};
use crate::source::http::{Batch, BodyError};

/// An id or key in another form.
const NOT_A_UUID: BodyError =
    BodyError::Value { code: "not_a_uuid", what: "an id or key that is not a UUID in lower case" };
/// A service that is not counted.
const UNKNOWN_TYPE: BodyError =
    BodyError::Value { code: "unknown_type", what: "a type of service that headcount does not support" };

/// The objects that every installation starts with, left out of every count: the application and its three services.
const DEMO: [Uuid; 3] = [DEMO_APPLICATION, Uuid::from_u128(3), Uuid::from_u128(4)];
/// The application that every installation is born with; its recognition service has the same id.
pub(super) const DEMO_APPLICATION: Uuid = Uuid::from_u128(1);

/// Applications, and recognition services, that one scrape can request one by one; and their ids are held until
/// then. 200 applications take 3 s, so that many more could not be read within a scrape's time limit; and a response of the
/// largest size would otherwise make 200 MB of ids.
pub(super) const MOST_REQUESTED: usize = 16 * 1024;

/// Whether one more object can be held, to be requested by itself.
pub(super) const fn room_after(held: usize) -> Result<(), BodyError> {
    if held < MOST_REQUESTED { Ok(()) } else { Err(BodyError::TooMany(MOST_REQUESTED)) }
}

fn is_demo(id: Uuid) -> bool {
    DEMO.contains(&id)
}

/// Adds the id of an object as the service writes it.
pub(super) fn push(batch: &mut Batch, id: Uuid) -> Result<(), Stop> {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    Ok(batch.push(id.as_hyphenated().encode_lower(&mut text).as_bytes())?)
}

/// An id as it was found; none if it is no UUID.
#[derive(Debug)]
struct Id(Option<Uuid>);

impl Id {
    fn uuid(&self) -> Result<Uuid, Stop> {
        self.0.ok_or(Stop::Body(NOT_A_UUID))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |text| Self(canonical_uuid(text)))
    }
}

/// `GET /admin/user/me`: the account's own id.
#[derive(Debug, Deserialize)]
pub(super) struct Account {
    #[serde(rename = "userId")]
    id: Id,
}

impl Account {
    pub(super) fn id(&self) -> Result<Uuid, BodyError> {
        self.id.0.ok_or(NOT_A_UUID)
    }
}

/// `GET /api/v1/recognition/faces`: the number of faces, whatever the page holds.
#[derive(Debug, Deserialize)]
pub(super) struct FaceCount {
    #[serde(rename = "total_elements")]
    pub(super) total: u64,
}

/// `GET /admin/user/roles`: counts users, and finds the account's own role.
pub(super) struct Users {
    own: Uuid,
    role: Option<GlobalRole>,
    batch: Option<Batch>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    #[serde(rename = "userId")]
    id: Id,
    role: GlobalRole,
}

#[derive(Debug, Clone, Copy)]
struct GlobalRole(Option<Role>);

impl<'de> Deserialize<'de> for GlobalRole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |word| {
            Self(match word {
                "OWNER" => Some(Role::Owner),
                "ADMINISTRATOR" => Some(Role::Administrator),
                _ => None,
            })
        })
    }
}

impl Users {
    /// Finds the role of the account with this id; counts users only with a sink.
    pub(super) fn new(own: Uuid, sink: Option<Arc<dyn ScrapeSink>>) -> Self {
        Self { own, role: None, batch: sink.map(|sink| Batch::new(sink, kinds::USER)) }
    }

    /// What the account may do: nothing known if it is not among the users, or a role that sees too little.
    pub(super) fn role(&self) -> Option<Option<Role>> {
        self.role.map(|role| role.0)
    }
}

impl ItemSink for Users {
    type Item = User;

    fn take(&mut self, user: User) -> Result<(), Stop> {
        let id = user.id.uuid()?;
        if id == self.own {
            self.role = Some(user.role);
        }
        match &mut self.batch {
            Some(batch) if !is_demo(id) => push(batch, id),
            _ => Ok(()),
        }
    }

    fn is_done(&self) -> bool {
        self.batch.is_none() && self.role.is_some()
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.batch.as_mut().map_or(Ok(()), |batch| Ok(batch.flush()?))
    }
}

/// `GET /admin/apps`: ids of applications, each once.
#[derive(Debug, Default)]
pub(super) struct Applications {
    ids: Vec<Uuid>,
    has_demo: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Application {
    id: Id,
}

impl Applications {
    pub(super) fn into_ids(self) -> Vec<Uuid> {
        self.ids
    }

    pub(super) fn has_demo(&self) -> bool {
        self.has_demo
    }
}

impl ItemSink for Applications {
    type Item = Application;

    fn take(&mut self, application: Application) -> Result<(), Stop> {
        let id = application.id.uuid()?;
        if is_demo(id) {
            self.has_demo |= id == DEMO_APPLICATION;
        } else {
            room_after(self.ids.len()).map_err(Stop::Body)?;
            self.ids.push(id);
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.ids.sort_unstable();
        self.ids.dedup();
        Ok(())
    }
}

/// A recognition service and the key to its collection.
#[derive(Debug, Clone)]
pub(super) struct Recognition {
    pub(super) id: Uuid,
    pub(super) key: ApiKey,
}

/// `GET /admin/app/{id}/models`: counts detection and verification services, and keeps the recognition ones.
#[derive(Debug)]
pub(super) struct Services {
    recognition: Vec<Recognition>,
    others: Option<[Batch; 2]>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ServiceObject {
    id: Id,
    #[serde(rename = "apiKey")]
    key: Key,
    #[serde(rename = "type")]
    kind: ServiceType,
}

/// A key as it was found; dropped with its element if the service is of another kind.
#[derive(Debug)]
struct Key(Option<ApiKey>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |text| Self(ApiKey::parse(text)))
    }
}

#[derive(Debug, Clone, Copy)]
enum ServiceType {
    Detection,
    Verification,
    Recognition,
    Unknown,
}

impl<'de> Deserialize<'de> for ServiceType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match_str(deserializer, |word| match word {
            "DETECTION" => Self::Detection,
            "VERIFY" => Self::Verification,
            "RECOGNITION" => Self::Recognition,
            _ => Self::Unknown,
        })
    }
}

impl Services {
    /// Counts only with a sink.
    pub(super) fn new(sink: Option<&Arc<dyn ScrapeSink>>) -> Self {
        let batch = |sink: &Arc<dyn ScrapeSink>, kind| Batch::new(Arc::clone(sink), kind);
        let others = sink.map(|sink| [batch(sink, kinds::DETECTION), batch(sink, kinds::VERIFICATION)]);
        Self { recognition: Vec::new(), others }
    }

    pub(super) fn into_recognition(self) -> Vec<Recognition> {
        self.recognition
    }
}

impl ServiceObject {
    /// The service with its key, if it is a recognition service.
    pub(super) fn into_recognition(self) -> Result<Option<Recognition>, Stop> {
        let id = self.id.uuid()?;
        match self.kind {
            ServiceType::Recognition => {
                let key = self.key.0.ok_or(Stop::Body(NOT_A_UUID))?;
                Ok(Some(Recognition { id, key }))
            }
            ServiceType::Unknown => Err(Stop::Body(UNKNOWN_TYPE)),
            ServiceType::Detection | ServiceType::Verification => Ok(None),
        }
    }
}

impl ItemSink for Services {
    type Item = ServiceObject;

    fn take(&mut self, service: ServiceObject) -> Result<(), Stop> {
        let id = service.id.uuid()?;
        if is_demo(id) {
            return Ok(());
        }
        let other = match service.kind {
            ServiceType::Detection => 0,
            ServiceType::Verification => 1,
            ServiceType::Recognition | ServiceType::Unknown => {
                if let Some(recognition) = service.into_recognition()? {
                    room_after(self.recognition.len()).map_err(Stop::Body)?;
                    self.recognition.push(recognition);
                }
                return Ok(());
            }
        };
        self.others.as_mut().map_or(Ok(()), |others| push(&mut others[other], id))
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.others.iter_mut().flatten().try_for_each(|batch| Ok(batch.flush()?))
    }
}

#[cfg(test)]
mod tests;

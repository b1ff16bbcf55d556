//! What is read of CompreFace's responses. Names, email addresses and other keys are skipped without being built.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::Deserializer;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::secrets::canonical_uuid;
use crate::model::ScrapeSink;
use crate::source::face_recognition::kinds;
use crate::source::http::json_stream::{ItemSink, Stop, match_str};
use crate::source::http::{Batch, BodyError};

/// An id or key in another form.
pub(super) const NOT_A_UUID: BodyError =
    BodyError::Value { code: "not_a_uuid", what: "an id or key that is not a UUID in lower case" };
/// The objects that every installation starts with, left out of every count: the application and its three services.
const DEMO: [Uuid; 3] = [DEMO_APPLICATION, Uuid::from_u128(3), Uuid::from_u128(4)];
/// The application that every installation is born with; its recognition service has the same id.
pub(super) const DEMO_APPLICATION: Uuid = Uuid::from_u128(1);

/// Applications, and services, that one scrape can request one by one; and their ids are held until
/// then. 200 applications take 3 s, so that many more could not be read within a scrape's time limit; and a response of the
/// largest size would otherwise make 200 MB of ids.
pub(super) const MOST_REQUESTED: usize = 16 * 1024;

/// Whether one more object can be held, to be requested by itself.
pub(super) const fn room_after(held: usize) -> Result<(), BodyError> {
    if held < MOST_REQUESTED { Ok(()) } else { Err(BodyError::TooMany(MOST_REQUESTED)) }
}

pub(super) fn is_demo(id: Uuid) -> bool {
    DEMO.contains(&id)
}

/// The id of an object as the service writes it.
pub(super) fn written(id: Uuid) -> [u8; Hyphenated::LENGTH] {
    let mut text = [0; Hyphenated::LENGTH];
    id.as_hyphenated().encode_lower(&mut text);
    text
}

/// An id as it was found; none if it is no UUID.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Uuid>, D::Error> {
    match_str(deserializer, canonical_uuid)
}

/// `GET /admin/user/me`: the account's own id.
#[derive(Debug, Deserialize)]
pub(super) struct Account {
    #[serde(rename = "userId", deserialize_with = "id")]
    pub(super) id: Option<Uuid>,
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
    /// Its role, if the account is among the users.
    role: Option<Option<Role>>,
    batch: Option<Batch>,
}

#[derive(Debug, Deserialize)]
pub(super) struct User {
    #[serde(rename = "userId", deserialize_with = "id")]
    id: Option<Uuid>,
    #[serde(deserialize_with = "role")]
    role: Option<Role>,
}

/// What an account may do: only these two see every application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The owner of the whole installation.
    Owner,
    /// An administrator of the whole installation.
    Administrator,
}

fn role<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Role>, D::Error> {
    match_str(deserializer, |word| match word {
        "OWNER" => Some(Role::Owner),
        "ADMINISTRATOR" => Some(Role::Administrator),
        _ => None,
    })
}

impl Users {
    /// Finds the role of the account with this id; counts users only with a sink.
    pub(super) fn new(own: Uuid, sink: Option<Arc<dyn ScrapeSink>>) -> Self {
        Self { own, role: None, batch: sink.map(|sink| Batch::new(sink, kinds::USER)) }
    }

    /// What the account may do: nothing known if it is not among the users, or a role that sees too little.
    pub(super) const fn role(&self) -> Option<Option<Role>> {
        self.role
    }
}

impl ItemSink for Users {
    type Item = User;

    fn take(&mut self, user: User) -> Result<(), Stop> {
        let id = user.id.ok_or(NOT_A_UUID)?;
        if id == self.own {
            self.role = Some(user.role);
        }
        match &mut self.batch {
            Some(batch) if !is_demo(id) => Ok(batch.push(&written(id))?),
            _ => Ok(()),
        }
    }

    fn is_stored(&self) -> bool {
        self.batch.is_some()
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
    #[serde(deserialize_with = "id")]
    id: Option<Uuid>,
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
        let id = application.id.ok_or(NOT_A_UUID)?;
        if is_demo(id) {
            self.has_demo |= id == DEMO_APPLICATION;
        } else {
            room_after(self.ids.len())?;
            self.ids.push(id);
        }
        Ok(())
    }

    fn is_stored(&self) -> bool {
        false
    }

    fn finish(&mut self) -> Result<(), Stop> {
        self.ids.sort_unstable();
        self.ids.dedup();
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! What is read of the services of an application, and of the statistics of one service.
//!
//! Must not know what the numbers are for. Names and other keys are skipped without being built.

use serde::Deserialize;
use serde::de::Deserializer;
use uuid::Uuid;

use super::responses::{NOT_A_UUID, id, is_demo, room_after};
use super::secrets::ApiKey;
use crate::clock::Day;
use crate::model::{ACTIVE_DAYS, Kind};
use crate::source::face_recognition::kinds;
use crate::source::http::BodyError;
use crate::source::http::json_stream::{ItemSink, Stop, match_str};

/// A service that is not counted.
pub(super) const UNKNOWN_TYPE: BodyError =
    BodyError::Value { code: "unknown_type", what: "a type of service that headcount does not support" };

/// A day in another form.
const NOT_A_DATE: BodyError =
    BodyError::Value { code: "not_a_date", what: "a day that is not a date such as 2026-01-31" };

/// A recognition service and the key to its collection.
#[derive(Debug, Clone)]
pub(super) struct Recognition {
    pub(super) id: Uuid,
    pub(super) key: ApiKey,
}

/// `GET /admin/app/{id}/models`: keeps the services, since each is requested by itself.
#[derive(Debug, Default)]
pub(super) struct Services {
    recognition: Vec<Recognition>,
    others: Vec<(Kind, Uuid)>,
}

/// A service as it was found. Its key is dropped with it if it is of another kind than recognition.
#[derive(Debug, Deserialize)]
pub(super) struct ServiceObject {
    #[serde(deserialize_with = "id")]
    id: Option<Uuid>,
    #[serde(rename = "apiKey", deserialize_with = "key")]
    key: Option<ApiKey>,
    #[serde(rename = "type", deserialize_with = "kind")]
    kind: Option<Kind>,
}

fn key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ApiKey>, D::Error> {
    match_str(deserializer, ApiKey::parse)
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Kind>, D::Error> {
    match_str(deserializer, |word| match word {
        "DETECTION" => Some(kinds::DETECTION),
        "VERIFY" => Some(kinds::VERIFICATION),
        "RECOGNITION" => Some(kinds::RECOGNITION),
        _ => None,
    })
}

impl Services {
    pub(super) fn into_recognition(self) -> Vec<Recognition> {
        self.recognition
    }

    /// The recognition services, and the others.
    pub(super) fn into_all(self) -> (Vec<Recognition>, Vec<(Kind, Uuid)>) {
        (self.recognition, self.others)
    }
}

impl ServiceObject {
    /// The service's own id.
    pub(super) fn id(&self) -> Result<Uuid, Stop> {
        Ok(self.id.ok_or(NOT_A_UUID)?)
    }

    /// The service with its key, if it is a recognition service.
    pub(super) fn into_recognition(self) -> Result<Option<Recognition>, Stop> {
        let id = self.id()?;
        match self.kind {
            None => Err(UNKNOWN_TYPE.into()),
            Some(kinds::RECOGNITION) => Ok(Some(Recognition { id, key: self.key.ok_or(NOT_A_UUID)? })),
            Some(_) => Ok(None),
        }
    }
}

impl ItemSink for Services {
    type Item = ServiceObject;

    fn take(&mut self, service: ServiceObject) -> Result<(), Stop> {
        let id = service.id()?;
        if is_demo(id) {
            return Ok(());
        }
        room_after(self.recognition.len() + self.others.len())?;
        match service.kind {
            Some(kind) if kind != kinds::RECOGNITION => self.others.push((kind, id)),
            _ => self.recognition.extend(service.into_recognition()?),
        }
        Ok(())
    }

    fn is_stored(&self) -> bool {
        false
    }
}

/// `GET /admin/app/{app}/model/{model}/statistics`: the UTC days on which a service received requests, and how many. A day
/// without requests is left out.
#[derive(Debug)]
pub(super) struct Statistics {
    report: Option<Day>,
    is_active: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct DayCount {
    #[serde(rename = "requestCount")]
    requests: u64,
    #[serde(rename = "createdDate", deserialize_with = "day")]
    day: Option<Day>,
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    match_str(deserializer, |text| text.parse().ok())
}

impl Statistics {
    /// Of a service that is active, or not, in a report of this day.
    pub(super) const fn before(report: Day) -> Self {
        Self { report: Some(report), is_active: false }
    }

    /// Without any report.
    pub(super) const fn unused() -> Self {
        Self { report: None, is_active: false }
    }

    /// Whether there was a request on any of the days that count.
    pub(super) const fn is_active(&self) -> bool {
        self.is_active
    }
}

impl ItemSink for Statistics {
    type Item = DayCount;

    fn take(&mut self, count: DayCount) -> Result<(), Stop> {
        let day = count.day.ok_or(NOT_A_DATE)?;
        let counts = |report: Day| (1..=i64::from(ACTIVE_DAYS)).contains(&report.days_after(day));
        self.is_active |= count.requests > 0 && self.report.is_some_and(counts);
        Ok(())
    }

    fn is_stored(&self) -> bool {
        false
    }
}

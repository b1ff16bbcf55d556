//! What is read of the services of an application, and of the statistics of one service.
//!
//! Must not know what the numbers are for. Names and other keys are skipped without being built.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::Deserializer;
use uuid::Uuid;

use super::responses::{NOT_A_UUID, id, is_demo, push, room_after};
use super::secrets::ApiKey;
use crate::clock::Day;
use crate::model::{ACTIVE_DAYS, Kind, ScrapeSink};
use crate::source::face_recognition::kinds;
use crate::source::http::json_stream::{ItemSink, Stop, match_str};
use crate::source::http::{Batch, BodyError};

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

/// `GET /admin/app/{id}/models`: keeps the recognition services. Detection and verification services are requested one by
/// one only before a report.
#[derive(Debug)]
pub(super) struct Services {
    recognition: Vec<Recognition>,
    others: Others,
}

/// What is done with detection and verification services.
#[derive(Debug)]
enum Others {
    /// Nothing.
    Skip,
    /// They are counted at once.
    Count([Batch; 2]),
    /// They are kept.
    Keep(Vec<(Kind, Uuid)>),
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
    /// Keeps the recognition services alone.
    pub(super) const fn of_recognition() -> Self {
        Self { recognition: Vec::new(), others: Others::Skip }
    }

    /// Keeps the recognition services, and counts the others.
    pub(super) fn counted(sink: &Arc<dyn ScrapeSink>) -> Self {
        let others = [kinds::DETECTION, kinds::VERIFICATION].map(|kind| Batch::new(Arc::clone(sink), kind));
        Self { recognition: Vec::new(), others: Others::Count(others) }
    }

    /// Keeps all services.
    pub(super) const fn kept() -> Self {
        Self { recognition: Vec::new(), others: Others::Keep(Vec::new()) }
    }

    pub(super) fn into_recognition(self) -> Vec<Recognition> {
        self.recognition
    }

    /// The recognition services, and the others that were kept.
    pub(super) fn into_all(self) -> (Vec<Recognition>, Vec<(Kind, Uuid)>) {
        let others = if let Others::Keep(others) = self.others { others } else { Vec::new() };
        (self.recognition, others)
    }
}

impl Others {
    fn take(&mut self, kind: Kind, id: Uuid) -> Result<(), Stop> {
        match self {
            Self::Skip => Ok(()),
            Self::Count([detection, _]) if kind == kinds::DETECTION => push(detection, id),
            Self::Count([_, verification]) => push(verification, id),
            Self::Keep(kept) => {
                room_after(kept.len())?;
                kept.push((kind, id));
                Ok(())
            }
        }
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
        match service.kind {
            Some(kind) if kind != kinds::RECOGNITION => self.others.take(kind, id),
            _ => {
                if let Some(recognition) = service.into_recognition()? {
                    room_after(self.recognition.len())?;
                    self.recognition.push(recognition);
                }
                Ok(())
            }
        }
    }

    fn finish(&mut self) -> Result<(), Stop> {
        match &mut self.others {
            Others::Count(batches) => batches.iter_mut().try_for_each(|batch| Ok(batch.flush()?)),
            Others::Skip | Others::Keep(_) => Ok(()),
        }
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
}

//! A photo gallery: a service of another shape than the first one. An API key in a header instead of a session; one kind and
//! no applications; people's names are the ids, and the keys of one JSON object, whose values are the people's photos.

use std::fmt;
use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use headcount::clock::Day;
use headcount::config::{Accepts, BaseUrl, DefaultValue, Group, Invalid, Setting, SettingsReader, Typed};
use headcount::consent::ReadPermit;
use headcount::contract::{Contract, Instrument, InstrumentKind, Number, RequestTemplate};
use headcount::error_chain::{Describe, Description};
use headcount::model::{Catalog, Distribution, DistributionTerm, Kind, KindTerm, Range, ScrapeSink};
use headcount::net::Dialer;
use headcount::source::http::json_stream::{self, JsonReader, RESPONSE_BYTES, Stop};
use headcount::source::http::{
    self as source_http, Batch, Client, HttpError, Requested, TrustedCertificates, secret_header,
};
use headcount::source::{
    CheckedPart, Definition, Emptied, OpenService, Retry, Service, ServiceCall, ServiceError, SourceError,
};
use http::header::USER_AGENT;
use http::{HeaderValue, StatusCode};
use http_body_util::Full;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The gallery, for a registry.
pub(crate) static DEFINITION: Definition =
    Definition { title: "Gallery", contract: &CONTRACT, settings: SETTINGS, configure };

static SETTINGS: &[&Setting] = &[&GALLERY_URL.setting, &GALLERY_KEY.setting];

static GALLERY_URL: Typed<BaseUrl> = Typed {
    setting: Setting {
        variable: "HEADCOUNT_GALLERY_URL",
        flag: Some("gallery-url"),
        group: Group::Service("Gallery"),
        value: "URL",
        default: DefaultValue::Required,
        accepts: Accepts::Form("a URL such as http://127.0.0.1:8080"),
        help: "Address of the gallery",
        ..Setting::NEW
    },
    parse: |_, text| BaseUrl::parse(text).map_err(Invalid::from),
};

static GALLERY_KEY: Typed<SecretString> = Typed {
    setting: Setting {
        variable: "HEADCOUNT_GALLERY_KEY",
        group: Group::Service("Gallery"),
        help: "API key of the gallery",
        ..Setting::NEW
    },
    parse: |_, text| Ok(SecretString::from(text)),
};

fn configure(reader: &mut SettingsReader<'_>) -> Option<OpenService> {
    let (url, key) = (reader.read(&GALLERY_URL), reader.read(&GALLERY_KEY));
    for (is_set, setting) in [(url.is_set(), &GALLERY_URL.setting), (key.is_set(), &GALLERY_KEY.setting)] {
        if !is_set {
            reader.require(setting);
        }
    }
    let (url, key) = (url.valid()?, key.valid()?);
    Some(OpenService::new(move |dialer, _| Box::new(Gallery { url: url.clone(), key: key.clone(), dialer })))
}

const PERSON: Kind = Kind::ALL[0];
const PHOTOS: Distribution = Distribution::ALL[0];
const PEOPLE: RequestTemplate =
    RequestTemplate { method: "GET", path: "/api/people", why: "names of people, as hashes; numbers of photos" };
/// A folder among the people that is nobody's.
const NO_PERSON: &str = "train";

/// Contract 1 of the gallery.
pub(crate) static CONTRACT: Contract = Contract {
    scope: "headcount.gallery",
    version: "1",
    user_agent: "headcount.gallery/1",
    catalog: Catalog {
        service: "gallery",
        kinds: &[KindTerm { noun: "person" }],
        distributions: &[DistributionTerm { of: PERSON, noun: "people", measure: "photos", upper_ends: &[0, 10] }],
    },
    instruments: &[
        Instrument {
            name: "gallery.person.creations",
            kind: InstrumentKind::Sum,
            unit: "{person}",
            number: Number::Creations(PERSON),
            counts: "people created since the start time",
        },
        sized("gallery.person.photos.0", 0, "people without a photo"),
        sized("gallery.person.photos.1_10", 1, "people with 1 to 10 photos"),
        sized("gallery.person.photos.11_or_more", 2, "people with 11 photos or more"),
    ],
    requests: &[PEOPLE],
    max_bytes: 1024,
    earlier: &[],
};

const fn sized(name: &'static str, range: usize, counts: &'static str) -> Instrument {
    let number = Number::Sized(PHOTOS, Range::ALL[range]);
    Instrument { name, kind: InstrumentKind::Gauge, unit: "{person}", number, counts }
}

/// A gallery that is read.
struct Gallery {
    url: BaseUrl,
    key: SecretString,
    dialer: Dialer,
}

impl fmt::Debug for Gallery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gallery")
    }
}

/// Why the gallery could not be read.
#[derive(Debug, thiserror::Error)]
enum GalleryError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("the gallery rejected the API key")]
    Key,
    #[error("the gallery returned {0}")]
    Status(StatusCode),
}

impl Describe for GalleryError {
    fn describe(&self) -> Description {
        match self {
            Self::Http(error) => error.describe(),
            Self::Key => Description::new("key_rejected").remedy("check HEADCOUNT_GALLERY_KEY"),
            Self::Status(_) => Description::new("gallery_failed"),
        }
    }
}

impl From<GalleryError> for SourceError {
    fn from(error: GalleryError) -> Self {
        match error {
            GalleryError::Http(HttpError::Sink(error)) => Self::Sink(error),
            error @ GalleryError::Http(HttpError::NotListening { .. }) => {
                Self::NotReady(ServiceError::new(error, Retry::Usual))
            }
            error => Self::Failed(ServiceError::new(error, Retry::Usual)),
        }
    }
}

impl Gallery {
    /// Passes the people to the sink; without one, only counts them.
    async fn people(&self, sink: Option<Arc<dyn ScrapeSink>>) -> Result<u64, GalleryError> {
        let requested = Requested { template: PEOPLE, setting: GALLERY_URL.setting.variable };
        let trusted = TrustedCertificates { is_tls: self.url.is_tls(), file: None, setting: "" };
        let client = Client::new(trusted, self.dialer.clone())?;
        let unbuildable = |source: http::Error| HttpError::Unbuildable { requested, source: source.into() };
        let key = self.key.expose_secret().as_bytes();
        let request = http::Request::get(self.url.join(PEOPLE.path).map_err(unbuildable)?)
            .header(USER_AGENT, HeaderValue::from_static(CONTRACT.user_agent))
            .header("x-api-key", secret_header(&[key]).map_err(unbuildable)?)
            .body(Full::new(Bytes::new()))
            .map_err(unbuildable)?;
        let response = client.send(requested, request).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED => return Err(GalleryError::Key),
            other => return Err(GalleryError::Status(other)),
        }
        let body = source_http::json(requested, response)?;
        let people = People { batch: sink.map(|sink| (Batch::new(Arc::clone(&sink), PERSON), sink)), seen: 0 };
        Ok(json_stream::read(requested, body, RESPONSE_BYTES, |json| people.decode(json)).await?)
    }
}

impl Service for Gallery {
    fn scrape(
        &mut self,
        permit: &ReadPermit,
        _: Option<Day>,
        sink: Arc<dyn ScrapeSink>,
    ) -> ServiceCall<'_, Option<Emptied>> {
        let permit = permit.clone();
        Box::pin(async move {
            tokio::select! {
                biased;
                () = permit.revoked() => Err(SourceError::Revoked),
                read = self.people(Some(sink)) => Ok(read.map(|_| None)?),
            }
        })
    }

    fn check(&mut self, _: &ReadPermit) -> ServiceCall<'_, Vec<CheckedPart>> {
        Box::pin(async move {
            let people = self.people(None).await?;
            Ok(vec![CheckedPart { name: "gallery", found: format!("lists {people} people") }])
        })
    }
}

/// Visits the object whose keys are names: each name is hashed where it stands, and never kept.
struct People {
    batch: Option<(Batch, Arc<dyn ScrapeSink>)>,
    seen: u64,
}

impl People {
    fn decode<R: Read>(mut self, json: &mut JsonReader<R>) -> Result<u64, Stop> {
        let mut stop = None;
        let decoded = json.deserialize_map(Entries { people: &mut self, stop: &mut stop }).and_then(|()| json.end());
        if let Some(stop) = stop {
            return Err(stop);
        }
        decoded.map_err(|error| Stop::Body(json_stream::body_error(error)))?;
        if let Some((batch, _)) = &mut self.batch {
            batch.flush()?;
        }
        Ok(self.seen)
    }

    fn take(&mut self, photos: u64) {
        self.seen += 1;
        if let Some((_, sink)) = &self.batch {
            sink.measured(PHOTOS, photos);
        }
    }
}

struct Entries<'a> {
    people: &'a mut People,
    stop: &'a mut Option<Stop>,
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(is_person) = entries.next_key_seed(Name(self.people))? {
            let is_person = is_person.map_err(|stop| {
                *self.stop = Some(stop);
                A::Error::custom("stopped")
            })?;
            let Count(photos) = entries.next_value()?;
            if is_person {
                self.people.take(photos);
            }
        }
        Ok(())
    }
}

/// Hashes a key without keeping it. Returns whether it is a person's.
struct Name<'a>(&'a mut People);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Result<bool, Stop>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        json_stream::match_str(deserializer, |name| {
            if name == NO_PERSON {
                return Ok(false);
            }
            if let Some((batch, _)) = &mut self.0.batch {
                batch.push(name.as_bytes())?;
            }
            Ok(true)
        })
    }
}

/// The number of items of an array, which are not held.
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while items.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_seq(Items)
    }
}

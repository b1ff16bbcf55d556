//! What face-recognition services have in common: kinds of objects, ranges of numbers of faces, and the metrics by the names
//! under which a recipient adds up what several services report.
//!
//! Must not know any one service. A change of a name, a unit or a number is another version of each contract that has it.

use crate::contract::{Instrument, InstrumentKind, Number};
use crate::model::{Distribution, DistributionTerm, KindTerm, Range};
use kinds::{APPLICATION, DETECTION, RECOGNITION, USER, VERIFICATION};

/// The kinds of objects of a server with applications, by the numbers that the store keeps.
pub mod kinds {
    use crate::model::Kind;

    /// A person who may sign in to the service.
    pub const USER: Kind = Kind::ALL[0];
    /// An application, which has or uses services.
    pub const APPLICATION: Kind = Kind::ALL[1];
    /// A face detection service.
    pub const DETECTION: Kind = Kind::ALL[2];
    /// A face verification service.
    pub const VERIFICATION: Kind = Kind::ALL[3];
    /// A face recognition service; each has one collection of faces.
    pub const RECOGNITION: Kind = Kind::ALL[4];
    /// All of them, in order.
    pub const ALL: [Kind; 5] = [USER, APPLICATION, DETECTION, VERIFICATION, RECOGNITION];
}

/// The nouns of these kinds, in order.
pub(super) const KINDS: &[KindTerm] = &[
    KindTerm { noun: "user" },
    KindTerm { noun: "application" },
    KindTerm { noun: "detection service" },
    KindTerm { noun: "verification service" },
    KindTerm { noun: "recognition service" },
];

/// The number of faces of a collection.
pub const FACES: Distribution = Distribution::ALL[0];

/// The collections of recognition services.
pub(super) const COLLECTIONS: &[DistributionTerm] =
    &[DistributionTerm { of: RECOGNITION, noun: "collections", measure: "faces", upper_ends: UPPER_ENDS }];

/// The greatest number of faces in each range but the last.
pub(super) const UPPER_ENDS: &[u64] = &[0, 10, 50, 200, 500, 2_000, 10_000, 50_000, 200_000, 1_000_000];

macro_rules! creations {
    ($kind:expr, $name:literal, $unit:literal, $nouns:literal) => {
        Instrument::creations($kind, $name, $unit, concat!($nouns, " created since the start time"))
    };
}

macro_rules! current {
    ($kind:expr, $name:literal, $unit:literal, $nouns:literal) => {
        Instrument::current(
            $kind,
            $name,
            $unit,
            concat!("current number of ", $nouns, ", rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …"),
        )
    };
}

macro_rules! active {
    ($kind:expr, $name:literal, $nouns:literal) => {
        Instrument {
            name: $name,
            kind: InstrumentKind::Gauge,
            unit: "{service}",
            counts: concat!(
                $nouns,
                " with a request on any of the 30 days (UTC) before the report's day, rounded down to 0, 1, 2, 5, 10, 20, …"
            ),
            number: Number::Active($kind),
        }
    };
}

/// All rows of a contract in their order: those before the collections, the collections by their number of faces, those after
/// them. The range is part of the name, so that the install_guid is the only attribute.
macro_rules! instruments {
    ([$($before:expr),* $(,)?], $collection:literal, [$($after:expr),* $(,)?]) => {
        &[
            $($before,)*
            sized(0, "face_recognition.collection.faces.0", concat!($collection, " has no face")),
            sized(1, "face_recognition.collection.faces.1_10", concat!($collection, " has 1 to 10 faces")),
            sized(2, "face_recognition.collection.faces.11_50", concat!($collection, " has 11 to 50 faces")),
            sized(3, "face_recognition.collection.faces.51_200", concat!($collection, " has 51 to 200 faces")),
            sized(4, "face_recognition.collection.faces.201_500", concat!($collection, " has 201 to 500 faces")),
            sized(5, "face_recognition.collection.faces.501_2000", concat!($collection, " has 501 to 2,000 faces")),
            sized(6, "face_recognition.collection.faces.2001_10000", concat!($collection, " has 2,001 to 10,000 faces")),
            sized(7, "face_recognition.collection.faces.10001_50000", concat!($collection, " has 10,001 to 50,000 faces")),
            sized(8, "face_recognition.collection.faces.50001_200000", concat!($collection, " has 50,001 to 200,000 faces")),
            sized(9, "face_recognition.collection.faces.200001_1000000", concat!($collection, " has 200,001 to 1,000,000 faces")),
            sized(10, "face_recognition.collection.faces.1000001_or_more", concat!($collection, " has 1,000,001 faces or more")),
            $($after,)*
        ]
    };
}

pub(super) use {creations, current, instruments};

pub(super) const fn sized(range: usize, name: &'static str, counts: &'static str) -> Instrument {
    let number = Number::Sized(FACES, Range::ALL[range]);
    Instrument { name, kind: InstrumentKind::Gauge, unit: "{collection}", counts, number }
}

/// The metrics of a server with applications, without those of active services.
pub(super) const SERVER: &[Instrument] = SERVER_WITH_ACTIVE.split_at(20).0;

/// The metrics of a server with applications.
pub(super) const SERVER_WITH_ACTIVE: &[Instrument] = instruments!(
    [
        creations!(USER, "face_recognition.user.creations", "{user}", "users"),
        creations!(APPLICATION, "face_recognition.application.creations", "{application}", "applications"),
        creations!(DETECTION, "face_recognition.service.detection.creations", "{service}", "detection services"),
        creations!(
            VERIFICATION,
            "face_recognition.service.verification.creations",
            "{service}",
            "verification services"
        ),
        creations!(RECOGNITION, "face_recognition.service.recognition.creations", "{service}", "recognition services"),
        current!(USER, "face_recognition.user.current", "{user}", "users"),
        current!(APPLICATION, "face_recognition.application.current", "{application}", "applications"),
        current!(DETECTION, "face_recognition.service.detection.current", "{service}", "detection services"),
        current!(VERIFICATION, "face_recognition.service.verification.current", "{service}", "verification services"),
    ],
    "recognition services whose collection",
    [
        active!(DETECTION, "face_recognition.service.detection.active", "detection services"),
        active!(VERIFICATION, "face_recognition.service.verification.active", "verification services"),
        active!(RECOGNITION, "face_recognition.service.recognition.active", "recognition services"),
    ]
);

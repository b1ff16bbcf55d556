//! What CompreFace has that is counted, and the contract: the metrics of a report and the requests that are made for them.
//!
//! A change of anything here but `counts` and `why` is another version of the contract.

use super::requests::REQUESTS;
use crate::contract::{Contract, Instrument, InstrumentKind, Number};
use crate::model::{Catalog, Distribution, DistributionTerm, Kind, KindTerm, Range};

/// The kinds of objects, by the numbers that the store keeps.
pub mod kinds {
    use crate::model::Kind;

    /// A person who may sign in to the service.
    pub const USER: Kind = Kind::ALL[0];
    /// An application, which owns services.
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

/// The number of faces of each recognition service's collection.
pub const FACES: Distribution = Distribution::ALL[0];

const KINDS: &[KindTerm] = &[
    KindTerm { noun: "user" },
    KindTerm { noun: "application" },
    KindTerm { noun: "detection service" },
    KindTerm { noun: "verification service" },
    KindTerm { noun: "recognition service" },
];

const DISTRIBUTIONS: &[DistributionTerm] = &[DistributionTerm {
    of: kinds::RECOGNITION,
    noun: "collections",
    measure: "faces",
    upper_ends: &[0, 10, 50, 200, 500, 2_000, 10_000, 50_000, 200_000, 1_000_000],
}];

/// The name that requests carry on the wire.
pub(super) const USER_AGENT: &str = "headcount/2";

/// Contract 2 of CompreFace.
pub static CONTRACT: Contract = Contract {
    scope: "headcount",
    version: "2",
    user_agent: USER_AGENT,
    catalog: Catalog { service: "compreface", kinds: KINDS, distributions: DISTRIBUTIONS },
    instruments: INSTRUMENTS,
    requests: REQUESTS,
    // A report has 3,238, since all that varies in it has a fixed width.
    max_bytes: 4 * 1024,
    earlier: &[&CONTRACT_1],
};

/// Contract 1: the same without what is active.
static CONTRACT_1: Contract = Contract {
    scope: "headcount",
    version: "1",
    user_agent: "headcount/1",
    catalog: Catalog { service: "compreface", kinds: KINDS, distributions: DISTRIBUTIONS },
    instruments: INSTRUMENTS.split_at(20).0,
    requests: REQUESTS.split_at(7).0,
    max_bytes: 3 * 1024,
    earlier: &[],
};

const fn active(kind: Kind, name: &'static str, counts: &'static str) -> Instrument {
    Instrument { name, kind: InstrumentKind::Gauge, unit: "{service}", counts, number: Number::Active(kind) }
}

/// The range is part of the name, so that the install_guid is the only attribute.
const fn collections(range: usize, name: &'static str, counts: &'static str) -> Instrument {
    let number = Number::Sized(FACES, Range::ALL[range]);
    Instrument { name, kind: InstrumentKind::Gauge, unit: "{collection}", counts, number }
}

const INSTRUMENTS: &[Instrument] = &[
    Instrument::creations(
        kinds::USER,
        "face_recognition.user.creations",
        "{user}",
        "users created since the start time",
    ),
    Instrument::creations(
        kinds::APPLICATION,
        "face_recognition.application.creations",
        "{application}",
        "applications created since the start time",
    ),
    Instrument::creations(
        kinds::DETECTION,
        "face_recognition.service.detection.creations",
        "{service}",
        "detection services created since the start time",
    ),
    Instrument::creations(
        kinds::VERIFICATION,
        "face_recognition.service.verification.creations",
        "{service}",
        "verification services created since the start time",
    ),
    Instrument::creations(
        kinds::RECOGNITION,
        "face_recognition.service.recognition.creations",
        "{service}",
        "recognition services created since the start time",
    ),
    Instrument::current(
        kinds::USER,
        "face_recognition.user.current",
        "{user}",
        "current number of users, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    Instrument::current(
        kinds::APPLICATION,
        "face_recognition.application.current",
        "{application}",
        "current number of applications, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    Instrument::current(
        kinds::DETECTION,
        "face_recognition.service.detection.current",
        "{service}",
        "current number of detection services, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    Instrument::current(
        kinds::VERIFICATION,
        "face_recognition.service.verification.current",
        "{service}",
        "current number of verification services, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    collections(0, "face_recognition.collection.faces.0", "recognition services whose collection has no face"),
    collections(1, "face_recognition.collection.faces.1_10", "recognition services whose collection has 1 to 10 faces"),
    collections(
        2,
        "face_recognition.collection.faces.11_50",
        "recognition services whose collection has 11 to 50 faces",
    ),
    collections(
        3,
        "face_recognition.collection.faces.51_200",
        "recognition services whose collection has 51 to 200 faces",
    ),
    collections(
        4,
        "face_recognition.collection.faces.201_500",
        "recognition services whose collection has 201 to 500 faces",
    ),
    collections(
        5,
        "face_recognition.collection.faces.501_2000",
        "recognition services whose collection has 501 to 2,000 faces",
    ),
    collections(
        6,
        "face_recognition.collection.faces.2001_10000",
        "recognition services whose collection has 2,001 to 10,000 faces",
    ),
    collections(
        7,
        "face_recognition.collection.faces.10001_50000",
        "recognition services whose collection has 10,001 to 50,000 faces",
    ),
    collections(
        8,
        "face_recognition.collection.faces.50001_200000",
        "recognition services whose collection has 50,001 to 200,000 faces",
    ),
    collections(
        9,
        "face_recognition.collection.faces.200001_1000000",
        "recognition services whose collection has 200,001 to 1,000,000 faces",
    ),
    collections(
        10,
        "face_recognition.collection.faces.1000001_or_more",
        "recognition services whose collection has 1,000,001 faces or more",
    ),
    active(
        kinds::DETECTION,
        "face_recognition.service.detection.active",
        "detection services with a request on any of the 30 days (UTC) before the report's day, rounded down to 0, 1, 2, 5, 10, 20, …",
    ),
    active(
        kinds::VERIFICATION,
        "face_recognition.service.verification.active",
        "verification services with a request on any of the 30 days (UTC) before the report's day, rounded down to 0, 1, 2, 5, 10, 20, …",
    ),
    active(
        kinds::RECOGNITION,
        "face_recognition.service.recognition.active",
        "recognition services with a request on any of the 30 days (UTC) before the report's day, rounded down to 0, 1, 2, 5, 10, 20, …",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::ACTIVE_DAYS;

    const SIZES: &DistributionTerm = &DISTRIBUTIONS[0];

    #[test]
    fn user_agent_is_scope_and_version() {
        assert_eq!(CONTRACT.user_agent, format!("{}/{}", CONTRACT.scope, CONTRACT.version));
    }

    #[test]
    fn kinds_and_distributions_have_the_numbers_of_their_terms() {
        assert!(CONTRACT.catalog.kinds().eq(kinds::ALL));
        assert!(CONTRACT.catalog.distributions().map(|(distribution, _)| distribution).eq([FACES]));
    }

    /// The syntax of the OpenTelemetry specification (Metrics API, "Instrument name syntax" and "Instrument unit").
    #[test]
    fn names_and_units_are_legal() {
        for instrument in INSTRUMENTS {
            let name = instrument.name;
            assert!(name.len() <= 255 && name.starts_with(|first: char| first.is_ascii_alphabetic()), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-/".contains(c)), "{name}");
            // Stricter than the syntax: what Prometheus would fold into `_` collides there.
            assert!(!name.contains(['-', '/']), "{name}");
            let unit = instrument.unit;
            assert!(unit.len() <= 63 && unit.is_ascii() && unit.starts_with('{') && unit.ends_with('}'), "{unit}");
        }
    }

    /// Prometheus' translation: every run of other characters becomes one `_`; monotonic sums end in `_total`; a unit
    /// in braces is an annotation and is dropped.
    fn prometheus_name(instrument: &Instrument) -> String {
        let words: Vec<_> =
            instrument.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let total = if instrument.kind == InstrumentKind::Sum { "_total" } else { "" };
        format!("{}{total}", words.join("_"))
    }

    #[test]
    fn names_are_unique_here_and_in_prometheus() {
        let names: BTreeSet<_> = INSTRUMENTS.iter().map(|instrument| instrument.name.to_ascii_lowercase()).collect();
        assert_eq!(names.len(), INSTRUMENTS.len());
        let translated: BTreeSet<_> = INSTRUMENTS.iter().map(prometheus_name).collect();
        assert_eq!(translated.len(), INSTRUMENTS.len());
        assert!(translated.contains("face_recognition_user_creations_total"));
        assert!(translated.contains("face_recognition_collection_faces_1_10"));
    }

    /// OpenMetrics reserves these ends for parts of other metrics.
    #[test]
    fn no_name_ends_in_a_reserved_suffix() {
        for instrument in INSTRUMENTS {
            for suffix in ["total", "created", "count", "sum", "bucket", "info"] {
                let last = instrument.name.rsplit(['.', '_']).next().unwrap();
                assert_ne!(last, suffix, "{}", instrument.name);
            }
        }
    }

    #[test]
    fn every_number_is_there_once_and_in_order() {
        let expected: Vec<_> = (kinds::ALL.into_iter().map(Number::Creations))
            // Recognition services are not among the current ones: the collections add up to them.
            .chain(kinds::ALL.into_iter().filter(|kind| *kind != kinds::RECOGNITION).map(Number::Current))
            .chain(SIZES.ranges().map(|range| Number::Sized(FACES, range)))
            .chain([kinds::DETECTION, kinds::VERIFICATION, kinds::RECOGNITION].map(Number::Active))
            .collect();
        let numbers: Vec<_> = INSTRUMENTS.iter().map(|instrument| instrument.number).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn names_units_and_kinds_follow_from_the_numbers() {
        for instrument in INSTRUMENTS {
            let (kind, end) = match instrument.number {
                Number::Creations(kind) => (Some(kind), "creations".to_owned()),
                Number::Current(kind) => (Some(kind), "current".to_owned()),
                Number::Active(kind) => (Some(kind), "active".to_owned()),
                Number::Sized(_, range) => (
                    None,
                    match (SIZES.least(range), SIZES.greatest(range)) {
                        (0, _) => "faces.0".to_owned(),
                        (least, Some(greatest)) => format!("faces.{least}_{greatest}"),
                        (least, None) => format!("faces.{least}_or_more"),
                    },
                ),
            };
            let (middle, unit) = match kind {
                Some(kinds::USER) => ("user", "{user}"),
                Some(kinds::APPLICATION) => ("application", "{application}"),
                Some(kinds::DETECTION) => ("service.detection", "{service}"),
                Some(kinds::VERIFICATION) => ("service.verification", "{service}"),
                Some(kinds::RECOGNITION) => ("service.recognition", "{service}"),
                None => ("collection", "{collection}"),
                Some(other) => panic!("{other:?} has no name"),
            };
            assert_eq!(instrument.name, format!("face_recognition.{middle}.{end}"));
            assert_eq!(instrument.unit, unit);
            let is_sum = matches!(instrument.number, Number::Creations(_));
            assert_eq!(instrument.kind == InstrumentKind::Sum, is_sum);
        }
    }

    #[test]
    fn what_is_active_names_the_days() {
        let active: Vec<_> = INSTRUMENTS.iter().filter(|row| matches!(row.number, Number::Active(_))).collect();
        assert_eq!(active.len(), 3);
        for instrument in active {
            assert!(instrument.counts.contains(&format!("any of the {ACTIVE_DAYS} days")), "{}", instrument.counts);
        }
    }

    #[test]
    fn what_a_collection_counts_names_its_range() {
        for instrument in INSTRUMENTS {
            let Number::Sized(_, range) = instrument.number else { continue };
            let digits = instrument.counts.replace(',', "");
            for end in [Some(SIZES.least(range)), SIZES.greatest(range)].into_iter().flatten().filter(|end| *end > 0) {
                assert!(digits.split(' ').any(|word| word == end.to_string()), "{}", instrument.counts);
            }
        }
    }
}

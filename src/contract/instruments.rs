//! The table of instruments, in the order in which a report has them.
//!
//! Knows what each number is and where it comes from, not how a report is written.

use crate::inventory::{FacesRange, Kind};

/// What kind of metric an instrument makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstrumentKind {
    /// A sum, cumulative and monotonic, from the start time on.
    Sum,
    /// A gauge: how it is now.
    Gauge,
}

/// Where an instrument's number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Objects of that kind that came into being since the start time.
    Creations(Kind),
    /// Objects of that kind that there are now, rounded down to 0, or to 1, 2 or 5 times a power of ten.
    Current(Kind),
    /// Recognition services whose collection's number of faces is in that range now.
    Collections(FacesRange),
}

/// One of the numbers that may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instrument {
    /// The metric's name.
    pub name: &'static str,
    /// The metric's kind.
    pub kind: InstrumentKind,
    /// The unit: an annotation in braces, as UCUM writes what is counted.
    pub unit: &'static str,
    /// What it counts, for people.
    pub counts: &'static str,
    /// Where the number comes from.
    pub number: Number,
}

impl Instrument {
    /// Whether the number is rounded down before it leaves.
    #[must_use]
    pub const fn is_rounded(&self) -> bool {
        matches!(self.number, Number::Current(_))
    }
}

const fn creations(kind: Kind, name: &'static str, unit: &'static str, counts: &'static str) -> Instrument {
    Instrument { name, kind: InstrumentKind::Sum, unit, counts, number: Number::Creations(kind) }
}

const fn current(kind: Kind, name: &'static str, unit: &'static str, counts: &'static str) -> Instrument {
    Instrument { name, kind: InstrumentKind::Gauge, unit, counts, number: Number::Current(kind) }
}

/// The range is part of the name, so that the install_guid is truly the only attribute.
const fn collections(range: usize, name: &'static str, counts: &'static str) -> Instrument {
    let number = Number::Collections(FacesRange::ALL[range]);
    Instrument { name, kind: InstrumentKind::Gauge, unit: "{collection}", counts, number }
}

/// Every number that may leave, in the order of the wire.
pub const INSTRUMENTS: [Instrument; 20] = [
    creations(
        Kind::User,
        "face_recognition.user.creations",
        "{user}",
        "users that came into being since the start time",
    ),
    creations(
        Kind::Application,
        "face_recognition.application.creations",
        "{application}",
        "applications that came into being since the start time",
    ),
    creations(
        Kind::Detection,
        "face_recognition.service.detection.creations",
        "{service}",
        "detection services that came into being since the start time",
    ),
    creations(
        Kind::Verification,
        "face_recognition.service.verification.creations",
        "{service}",
        "verification services that came into being since the start time",
    ),
    creations(
        Kind::Recognition,
        "face_recognition.service.recognition.creations",
        "{service}",
        "recognition services that came into being since the start time",
    ),
    current(
        Kind::User,
        "face_recognition.user.current",
        "{user}",
        "users there are now, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    current(
        Kind::Application,
        "face_recognition.application.current",
        "{application}",
        "applications there are now, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    current(
        Kind::Detection,
        "face_recognition.service.detection.current",
        "{service}",
        "detection services there are now, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    current(
        Kind::Verification,
        "face_recognition.service.verification.current",
        "{service}",
        "verification services there are now, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    collections(0, "face_recognition.collection.faces.0", "recognition services whose collection holds no face now"),
    collections(
        1,
        "face_recognition.collection.faces.1_10",
        "recognition services whose collection holds 1 to 10 faces now",
    ),
    collections(
        2,
        "face_recognition.collection.faces.11_50",
        "recognition services whose collection holds 11 to 50 faces now",
    ),
    collections(
        3,
        "face_recognition.collection.faces.51_200",
        "recognition services whose collection holds 51 to 200 faces now",
    ),
    collections(
        4,
        "face_recognition.collection.faces.201_500",
        "recognition services whose collection holds 201 to 500 faces now",
    ),
    collections(
        5,
        "face_recognition.collection.faces.501_2000",
        "recognition services whose collection holds 501 to 2,000 faces now",
    ),
    collections(
        6,
        "face_recognition.collection.faces.2001_10000",
        "recognition services whose collection holds 2,001 to 10,000 faces now",
    ),
    collections(
        7,
        "face_recognition.collection.faces.10001_50000",
        "recognition services whose collection holds 10,001 to 50,000 faces now",
    ),
    collections(
        8,
        "face_recognition.collection.faces.50001_200000",
        "recognition services whose collection holds 50,001 to 200,000 faces now",
    ),
    collections(
        9,
        "face_recognition.collection.faces.200001_1000000",
        "recognition services whose collection holds 200,001 to 1,000,000 faces now",
    ),
    collections(
        10,
        "face_recognition.collection.faces.1000001_or_more",
        "recognition services whose collection holds 1,000,001 faces or more now",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The syntax of the OpenTelemetry specification (Metrics API, "Instrument name syntax" and "Instrument unit").
    #[test]
    fn names_and_units_are_legal() {
        for instrument in &INSTRUMENTS {
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
        for instrument in &INSTRUMENTS {
            for suffix in ["total", "created", "count", "sum", "bucket", "info"] {
                let last = instrument.name.rsplit(['.', '_']).next().unwrap();
                assert_ne!(last, suffix, "{}", instrument.name);
            }
        }
    }

    #[test]
    fn every_number_is_there_once_and_in_order() {
        let expected: Vec<_> = (Kind::ALL.into_iter().map(Number::Creations))
            // Recognition services are not among the current ones: the collections add up to them.
            .chain(Kind::ALL.into_iter().filter(|kind| *kind != Kind::Recognition).map(Number::Current))
            .chain(FacesRange::all().map(Number::Collections))
            .collect();
        let numbers: Vec<_> = INSTRUMENTS.iter().map(|instrument| instrument.number).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn names_units_and_kinds_follow_from_the_numbers() {
        for instrument in &INSTRUMENTS {
            let (kind, end) = match instrument.number {
                Number::Creations(kind) => (Some(kind), "creations".to_owned()),
                Number::Current(kind) => (Some(kind), "current".to_owned()),
                Number::Collections(range) => (
                    None,
                    match (range.least(), range.greatest()) {
                        (0, _) => "faces.0".to_owned(),
                        (least, Some(greatest)) => format!("faces.{least}_{greatest}"),
                        (least, None) => format!("faces.{least}_or_more"),
                    },
                ),
            };
            let (middle, unit) = match kind {
                Some(Kind::User) => ("user", "{user}"),
                Some(Kind::Application) => ("application", "{application}"),
                Some(Kind::Detection) => ("service.detection", "{service}"),
                Some(Kind::Verification) => ("service.verification", "{service}"),
                Some(Kind::Recognition) => ("service.recognition", "{service}"),
                None => ("collection", "{collection}"),
            };
            assert_eq!(instrument.name, format!("face_recognition.{middle}.{end}"));
            assert_eq!(instrument.unit, unit);
            let is_sum = matches!(instrument.number, Number::Creations(_));
            assert_eq!(instrument.kind == InstrumentKind::Sum, is_sum);
        }
    }

    #[test]
    fn what_a_collection_counts_names_its_range() {
        for instrument in &INSTRUMENTS {
            let Number::Collections(range) = instrument.number else { continue };
            let digits = instrument.counts.replace(',', "");
            for end in [Some(range.least()), range.greatest()].into_iter().flatten().filter(|end| *end > 0) {
                assert!(digits.split(' ').any(|word| word == end.to_string()), "{}", instrument.counts);
            }
        }
    }
}

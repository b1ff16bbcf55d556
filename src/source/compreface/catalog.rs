//! What CompreFace has that is counted, and the contract: the metrics of a report and the requests that are made for them.
//!
//! A change of anything here but `why` is another version of the contract.

use crate::contract::{Contract, RequestTemplate};
use crate::model::Catalog;
use crate::source::face_recognition::{COLLECTIONS, KINDS, SERVER, SERVER_WITH_ACTIVE};

/// The name that requests carry on the wire.
pub(super) const USER_AGENT: &str = "headcount/2";

/// Contract 2 of CompreFace.
pub static CONTRACT: Contract = Contract {
    scope: "headcount",
    version: "2",
    user_agent: USER_AGENT,
    catalog: CATALOG,
    instruments: SERVER_WITH_ACTIVE,
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
    catalog: CATALOG,
    instruments: SERVER,
    requests: REQUESTS.split_at(7).0,
    max_bytes: 3 * 1024,
    earlier: &[],
};

const CATALOG: Catalog = Catalog { service: "compreface", kinds: KINDS, distributions: COLLECTIONS };

pub(super) const SIGN_IN: RequestTemplate = RequestTemplate::new("POST", "/admin/oauth/token", "sign in, refresh");
pub(super) const SIGN_OUT: RequestTemplate = RequestTemplate::new("DELETE", "/admin/oauth/token", "sign out");
pub(super) const ME: RequestTemplate = RequestTemplate::new("GET", "/admin/user/me", "its own role");
pub(super) const ROLES: RequestTemplate =
    RequestTemplate::new("GET", "/admin/user/roles", "its own role; the ids of users");
pub(super) const APPLICATIONS: RequestTemplate = RequestTemplate::new("GET", "/admin/apps", "ids of applications");
pub(super) const SERVICES: RequestTemplate =
    RequestTemplate::new("GET", "/admin/app/{id}/models", "ids, types and, for recognition, keys of services");
pub(super) const FACE_COUNT: RequestTemplate =
    RequestTemplate::new("GET", "/api/v1/recognition/faces?page=0&size=1", "the number of faces of one collection");
pub(super) const STATISTICS: RequestTemplate = RequestTemplate::new(
    "GET",
    "/admin/app/{app}/model/{model}/statistics",
    "the days on which one service received requests; before a report only",
);

/// Every request that can be made to the service, in the order of the contract.
const REQUESTS: &[RequestTemplate] = &[SIGN_IN, SIGN_OUT, ME, ROLES, APPLICATIONS, SERVICES, FACE_COUNT, STATISTICS];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::contract::{Instrument, InstrumentKind, Number};
    use crate::model::{ACTIVE_DAYS, DistributionTerm};
    use crate::source::face_recognition::{FACES, kinds};

    const SIZES: &DistributionTerm = &COLLECTIONS[0];
    const INSTRUMENTS: &[Instrument] = CONTRACT.instruments;

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

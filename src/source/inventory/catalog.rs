//! What an inventory document has that is counted, and the contract: the metrics of a report and the one request.
//!
//! A change of anything here but `counts` and `why` is another version of the contract.

use super::fetch::DOCUMENT;
use crate::contract::{Contract, Instrument, InstrumentKind, Number};
use crate::model::{Catalog, Distribution, DistributionTerm, KindTerm, Range};

/// The kinds of objects, by the numbers that the store keeps.
pub mod kinds {
    use crate::model::Kind;

    /// A person who may use the service.
    pub const USER: Kind = Kind::ALL[0];
    /// An application, which uses services.
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

/// The name that the request carries on the wire.
pub(super) const USER_AGENT: &str = "headcount.inventory/1";

/// Contract 1 of the inventory document.
pub static CONTRACT: Contract = Contract {
    scope: "headcount.inventory",
    version: "1",
    user_agent: USER_AGENT,
    catalog: Catalog { service: "inventory", kinds: KINDS, distributions: DISTRIBUTIONS },
    instruments: INSTRUMENTS,
    requests: &[DOCUMENT],
    // A report has 2,838, since all that varies in it has a fixed width.
    max_bytes: 3 * 1024,
    earlier: &[],
};

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
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agent_is_scope_and_version() {
        assert_eq!(CONTRACT.user_agent, format!("{}/{}", CONTRACT.scope, CONTRACT.version));
    }

    #[test]
    fn kinds_and_distributions_have_the_numbers_of_their_terms() {
        assert!(CONTRACT.catalog.kinds().eq(kinds::ALL));
        assert!(CONTRACT.catalog.distributions().map(|(distribution, _)| distribution).eq([FACES]));
    }
}

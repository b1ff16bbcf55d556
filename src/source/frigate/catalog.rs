//! What Frigate has that is counted, and the contract: the metrics of a report and the requests that are made for them.
//!
//! A change of anything here but `counts` and `why` is another version of the contract. The sizes are those of the one library
//! as a whole, never of a person: they would tell how many people a household has enrolled.

use super::requests::REQUESTS;
use crate::contract::{Contract, Instrument, InstrumentKind, Number};
use crate::model::{Catalog, Distribution, DistributionTerm, KindTerm, Range};

/// The kinds of objects, by the numbers that the store keeps.
pub mod kinds {
    use crate::model::Kind;

    /// A person who may sign in to the service.
    pub const USER: Kind = Kind::ALL[0];
    /// A person whose faces are in the library. A name is all that tells them apart, so that they have no creations.
    pub const SUBJECT: Kind = Kind::ALL[1];
    /// The library of faces. Each installation has one.
    pub const COLLECTION: Kind = Kind::ALL[2];
    /// All of them, in order.
    pub const ALL: [Kind; 3] = [USER, SUBJECT, COLLECTION];
}

/// The number of faces in the library.
pub const FACES: Distribution = Distribution::ALL[0];

const KINDS: &[KindTerm] = &[KindTerm { noun: "user" }, KindTerm { noun: "subject" }, KindTerm { noun: "collection" }];

const DISTRIBUTIONS: &[DistributionTerm] = &[DistributionTerm {
    of: kinds::COLLECTION,
    noun: "collections",
    measure: "faces",
    upper_ends: &[0, 10, 50, 200, 500, 2_000, 10_000, 50_000, 200_000, 1_000_000],
}];

/// The name that requests carry on the wire.
pub(super) const USER_AGENT: &str = "headcount.frigate/1";

/// Contract 1 of Frigate.
pub static CONTRACT: Contract = Contract {
    scope: "headcount.frigate",
    version: "1",
    user_agent: USER_AGENT,
    catalog: Catalog { service: "frigate", kinds: KINDS, distributions: DISTRIBUTIONS },
    instruments: INSTRUMENTS,
    requests: REQUESTS,
    // A report has 1,945, since all that varies in it has a fixed width.
    max_bytes: 2 * 1024,
    earlier: &[],
};

/// The range is part of the name, so that the install_guid is the only attribute.
const fn library(range: usize, name: &'static str, counts: &'static str) -> Instrument {
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
    Instrument::current(
        kinds::USER,
        "face_recognition.user.current",
        "{user}",
        "current number of users, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    Instrument::current(
        kinds::SUBJECT,
        "face_recognition.subject.current",
        "{subject}",
        "current number of persons with a folder of faces, rounded down to 0, 1, 2, 5, 10, 20, 50, 100, …",
    ),
    library(0, "face_recognition.collection.faces.0", "1 if the library has no face"),
    library(1, "face_recognition.collection.faces.1_10", "1 if the library has 1 to 10 faces"),
    library(2, "face_recognition.collection.faces.11_50", "1 if the library has 11 to 50 faces"),
    library(3, "face_recognition.collection.faces.51_200", "1 if the library has 51 to 200 faces"),
    library(4, "face_recognition.collection.faces.201_500", "1 if the library has 201 to 500 faces"),
    library(5, "face_recognition.collection.faces.501_2000", "1 if the library has 501 to 2,000 faces"),
    library(6, "face_recognition.collection.faces.2001_10000", "1 if the library has 2,001 to 10,000 faces"),
    library(7, "face_recognition.collection.faces.10001_50000", "1 if the library has 10,001 to 50,000 faces"),
    library(8, "face_recognition.collection.faces.50001_200000", "1 if the library has 50,001 to 200,000 faces"),
    library(9, "face_recognition.collection.faces.200001_1000000", "1 if the library has 200,001 to 1,000,000 faces"),
    library(10, "face_recognition.collection.faces.1000001_or_more", "1 if the library has 1,000,001 faces or more"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::compreface;

    #[test]
    fn user_agent_is_scope_and_version() {
        assert_eq!(CONTRACT.user_agent, format!("{}/{}", CONTRACT.scope, CONTRACT.version));
    }

    #[test]
    fn kinds_and_distributions_have_the_numbers_of_their_terms() {
        assert!(CONTRACT.catalog.kinds().eq(kinds::ALL));
        assert!(CONTRACT.catalog.distributions().map(|(distribution, _)| distribution).eq([FACES]));
    }

    #[test]
    fn every_number_is_there_once_and_in_order() {
        let (user, subject) = (kinds::USER, kinds::SUBJECT);
        let numbers = [Number::Creations(user), Number::Current(user), Number::Current(subject)];
        let sizes = DISTRIBUTIONS[0].ranges().map(|range| Number::Sized(FACES, range));
        assert!(INSTRUMENTS.iter().map(|instrument| instrument.number).eq(numbers.into_iter().chain(sizes)));
        assert_eq!(INSTRUMENTS.len(), 14);
    }

    /// A recipient adds up what several services report under one name.
    #[test]
    fn what_another_service_has_too_is_named_and_measured_alike() {
        let metrics = |contract: &Contract| {
            let text = contract.terms().canonical_text();
            text.lines().filter(|line| line.starts_with("[\"metric\"")).map(str::to_owned).collect::<Vec<_>>()
        };
        let (own, others) = (metrics(&CONTRACT), metrics(&compreface::CONTRACT));
        let only_here: Vec<_> = own.iter().filter(|metric| !others.contains(metric)).collect();
        assert!(only_here.len() == 1 && only_here[0].contains("face_recognition.subject.current"), "{only_here:?}");
    }
}

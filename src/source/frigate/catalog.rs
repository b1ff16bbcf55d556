//! What Frigate has that is counted, and the contract: the metrics of a report and the requests that are made for them.
//!
//! A change of anything here but `why` is another version of the contract. The sizes are those of the one library
//! as a whole, never of a person: they would tell how many people a household has enrolled.

use crate::contract::{Contract, Instrument, RequestTemplate};
use crate::model::{Catalog, DistributionTerm, KindTerm};
use crate::source::face_recognition::{UPPER_ENDS, creations, current, instruments, sized};

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

const KINDS: &[KindTerm] = &[KindTerm { noun: "user" }, KindTerm { noun: "subject" }, KindTerm { noun: "collection" }];

const DISTRIBUTIONS: &[DistributionTerm] =
    &[DistributionTerm { of: kinds::COLLECTION, noun: "collections", measure: "faces", upper_ends: UPPER_ENDS }];

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

const INSTRUMENTS: &[Instrument] = instruments!(
    [
        creations!(kinds::USER, "face_recognition.user.creations", "{user}", "users"),
        current!(kinds::USER, "face_recognition.user.current", "{user}", "users"),
        current!(kinds::SUBJECT, "face_recognition.subject.current", "{subject}", "persons with a folder of faces"),
    ],
    "1 if the library",
    []
);

pub(super) const SIGN_IN: RequestTemplate = RequestTemplate::new("POST", "/api/login", "sign in, if an account is set");
pub(super) const VERSION: RequestTemplate = RequestTemplate::new("GET", "/api/version", "the service's version");
pub(super) const PROFILE: RequestTemplate = RequestTemplate::new("GET", "/api/profile", "its own role");
pub(super) const USERS: RequestTemplate = RequestTemplate::new("GET", "/api/users", "names of users, as hashes");
pub(super) const LIBRARY: RequestTemplate =
    RequestTemplate::new("GET", "/api/faces", "the numbers of persons and of all their faces");

/// Every request that can be made to the service, in the order of the contract.
const REQUESTS: &[RequestTemplate] = &[SIGN_IN, VERSION, PROFILE, USERS, LIBRARY];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Number;
    use crate::source::compreface;
    use crate::source::face_recognition::FACES;

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

//! The contract of an inventory document: the metrics of a report and the one request.
//!
//! A change of anything here but `why` is another version of the contract.

use super::settings::INVENTORY_URL;
use crate::contract::{Contract, RequestTemplate};
use crate::model::Catalog;
use crate::source::face_recognition::{COLLECTIONS, KINDS, SERVER};
use crate::source::http::Requested;

/// All that is requested: the document, from a server or from a file.
pub(super) const DOCUMENT: RequestTemplate = RequestTemplate::new(
    "GET",
    "{HEADCOUNT_INVENTORY_URL}",
    "by the URL or from the file that it names: ids of users and applications; ids, types and numbers of faces of services",
);

/// The request, with the setting that says where it goes.
pub(super) fn requested() -> Requested {
    Requested { template: DOCUMENT, setting: INVENTORY_URL.variable }
}

/// The name that the request carries on the wire.
pub(super) const USER_AGENT: &str = "headcount.inventory/1";

/// Contract 1 of the inventory document.
pub static CONTRACT: Contract = Contract {
    scope: "headcount.inventory",
    version: "1",
    user_agent: USER_AGENT,
    catalog: Catalog { service: "inventory", kinds: KINDS, distributions: COLLECTIONS },
    instruments: SERVER,
    requests: &[DOCUMENT],
    // A report has 2,838, since all that varies in it has a fixed width.
    max_bytes: 3 * 1024,
    earlier: &[],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::face_recognition::{FACES, kinds};

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

//! An inventory document, from a server or in a file: what people do at a service that offers one, and what may be wrong with
//! the document itself.

mod document_faults;
pub(super) mod file;
mod life;
pub(super) mod server;

use headcount::source::inventory::kinds;

use crate::journal::Found;
use crate::support::inventory::Installation;

/// What a complete reading finds.
fn found(installation: &Installation) -> Found {
    let mut found = Found::default();
    found.ids.extend(installation.users.iter().map(|id| (kinds::USER, id.clone())));
    found.ids.extend(installation.applications.iter().map(|id| (kinds::APPLICATION, id.clone())));
    for service in &installation.services {
        let kind = match service.kind {
            "detection" => kinds::DETECTION,
            "verification" => kinds::VERIFICATION,
            _ => kinds::RECOGNITION,
        };
        found.ids.insert((kind, service.id.clone()));
        found.collections.extend(service.faces.map(|faces| (service.id.clone(), faces)));
    }
    found
}

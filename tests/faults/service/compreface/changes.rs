//! What people do at the service between two requests of a scrape.

use crate::support::compreface::{DEMO, GlobalRole, Model, Simulated};
use crate::support::world::Seeded;
use headcount::source::compreface::kinds;

/// More requests than a scrape makes: of two changes of the role that are undone within one scrape, nothing can be seen.
const SCRAPE: u64 = 160;

/// Demotions and promotions in turn, each before any request of a scrape.
pub(super) fn change_roles(service: &Simulated, random: &Seeded) {
    let mut nth = 1 + random.next() % 12;
    for _ in 0..6 {
        service.before_any(nth, |model| match model.role() {
            Some(GlobalRole::User) => model.set_role(GlobalRole::Administrator),
            Some(_) => model.set_role(GlobalRole::User),
            None => {}
        });
        nth += SCRAPE + random.next() % 12;
    }
}

pub(super) fn renew_keys(model: &mut Model) {
    let services = model.applications.iter().flat_map(|application| &application.services);
    let ids: Vec<_> = services.map(|service| service.id).filter(|id| id.as_u128() > 4).collect();
    ids.into_iter().for_each(|id| model.renew_key(id));
}

pub(super) fn delete_something(model: &mut Model) {
    let Some(application) = model.applications.iter_mut().rfind(|application| application.id != DEMO) else { return };
    if application.services.pop().is_none() {
        let id = application.id;
        model.remove_application(id);
    }
}

pub(super) fn create_something(model: &mut Model) {
    model.add_user();
    let application = model.add_application();
    model.add_service(application, kinds::RECOGNITION, 7);
    model.add_service(application, kinds::DETECTION, 0);
}

//! CompreFace, as it was recorded.

mod changes;
mod faults;
mod life;

use std::sync::Arc;

use headcount::clock::Timestamp;
use headcount::net::Dialer;

use self::faults::ServiceFault;
use self::life::Life;
use super::{Change, Counted, Fault, HOST, Surroundings};
use crate::journal::What;
use crate::support::compreface::{self, EMAIL, Health, PASSWORD, Simulated, Version};
use crate::support::world::Seeded;

/// Every fault that it can have.
pub(super) fn faults() -> Vec<Fault> {
    ServiceFault::all().map(|fault| Fault(fault.name())).into()
}

pub(super) struct CompreFace {
    simulated: Simulated,
    life: Life,
    version: Version,
}

impl CompreFace {
    pub(super) fn new(surroundings: &Surroundings<'_>) -> Self {
        let observe = Arc::clone(&surroundings.observer);
        let observer: compreface::Observer = Arc::new(move |event| {
            observe(match event {
                compreface::Event::Dialed => What::ServiceDialed,
                compreface::Event::Asked(requested) => {
                    let is_listed = requested.is_listed();
                    What::Asked { door: requested.door, grant: requested.grant, is_listed }
                }
                compreface::Event::Granted => What::Granted,
                compreface::Event::Served(served) => What::Served(served),
            });
        });
        Self {
            simulated: Simulated::seeded(surroundings.recipe.seed, surroundings.moments, observer),
            life: Life::new(Arc::clone(&surroundings.random)),
            version: surroundings.recipe.version,
        }
    }
}

impl Counted for CompreFace {
    fn dialer(&self) -> Dialer {
        self.simulated.dialer()
    }

    fn variables(&self, scheme: &str, authority: Option<String>) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("HEADCOUNT_COMPREFACE_URL", format!("{scheme}://{HOST}:8080")),
            ("HEADCOUNT_COMPREFACE_EMAIL", EMAIL.to_owned()),
            ("HEADCOUNT_COMPREFACE_PASSWORD", PASSWORD.to_owned()),
        ];
        variables.extend(authority.map(|authority| ("HEADCOUNT_COMPREFACE_CERTIFICATE", authority)));
        variables
    }

    fn populate(&mut self) {
        let version = self.version;
        self.simulated.change(|model| {
            model.version = version;
            model.populate(3, 2, 1);
        });
    }

    fn live(&mut self, now: Timestamp) {
        let life = &mut self.life;
        self.simulated.change(|model| life.goes_on(model, now));
    }

    fn begin<'a>(&'a mut self, fault: Fault, random: &'a Seeded) -> Change<'a> {
        Box::pin(ServiceFault::of(fault.0).begin(&self.simulated, random))
    }

    fn end(&mut self) -> Change<'_> {
        Box::pin(faults::end(&self.simulated))
    }

    fn set_up(&mut self, is_up: bool) -> Change<'_> {
        Box::pin(self.simulated.set_health(if is_up { Health::Up } else { Health::Down }))
    }

    fn open_sessions(&self) -> usize {
        self.simulated.open_sessions()
    }

    fn most_at_once(&self) -> usize {
        self.simulated.most_at_once()
    }
}

//! The agent's clock, which tells when it is read: where no peer sees what else the agent does, the world looks soon after.

use std::fmt;
use std::sync::Arc;

use headcount::clock::{Clock, Timestamp};

use super::World;
use crate::look::Looker;
use crate::service::ServiceKind;
use crate::support::world::FlowingClock;

struct Watched {
    clock: Arc<FlowingClock>,
    looker: Looker,
}

impl World {
    /// The clock that the agent is given.
    pub(super) fn watched_clock(&self) -> Arc<dyn Clock> {
        let clock = Arc::clone(&self.clock);
        match self.recipe.service {
            ServiceKind::DocumentFile => Arc::new(Watched { clock, looker: self.looker.clone() }),
            _ => clock,
        }
    }
}

impl Clock for Watched {
    fn now(&self) -> Timestamp {
        self.looker.want();
        self.clock.now()
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched")
    }
}

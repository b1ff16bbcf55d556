//! What the agent is given instead of taking it: clock, connections, randomness.

use std::sync::Arc;

use crate::clock::{Clock, SystemClock};
use crate::connect::Dialer;
use crate::randomness::{Randomness, SystemRandomness};

/// The outside world, as tests may replace it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// How connections are opened.
    pub dialer: Dialer,
    /// Where random bytes come from.
    pub randomness: Arc<dyn Randomness>,
}

impl Surroundings {
    /// The real ones.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), dialer: Dialer::system(), randomness: Arc::new(SystemRandomness) }
    }
}

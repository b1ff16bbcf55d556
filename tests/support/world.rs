//! A clock that moves only when told, and randomness that a seed repeats.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use headcount::agent::Surroundings;
use headcount::clock::{Clock, Timestamp};
use headcount::connect::Dialer;
use headcount::randomness::{Randomness, RandomnessError};

/// A wall clock that stands still until it is moved.
#[derive(Debug)]
pub struct SteppedClock(Mutex<Timestamp>);

impl SteppedClock {
    /// A clock that shows this time (RFC 3339).
    pub fn at(time: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time.parse().unwrap())))
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(by);
    }

    /// Sets it, in either direction.
    pub fn set(&self, time: Timestamp) {
        *self.0.lock().unwrap() = time;
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Random bytes that a seed repeats (SplitMix64).
#[derive(Debug)]
pub struct Seeded(Mutex<u64>);

impl Seeded {
    /// The sequence of this seed.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(seed)))
    }

    /// The next number of the sequence.
    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Randomness for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomnessError> {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Surroundings with this clock, this seed and real connections.
pub fn surroundings(clock: Arc<SteppedClock>, seed: u64) -> Surroundings {
    Surroundings { clock, dialer: Dialer::system(), randomness: Seeded::new(seed) }
}

/// A wall clock that goes with tokio's time, paused or not, and can be stepped beside it.
#[derive(Debug)]
pub struct FlowingClock {
    origin: tokio::time::Instant,
    start: Mutex<Timestamp>,
}

impl FlowingClock {
    /// A clock that shows this time (RFC 3339) now.
    pub fn at(time: &str) -> Arc<Self> {
        Arc::new(Self { origin: tokio::time::Instant::now(), start: Mutex::new(time.parse().unwrap()) })
    }

    /// Steps it forward, without any timer noticing.
    pub fn step_forward(&self, by: Duration) {
        let mut start = self.start.lock().unwrap();
        *start = start.plus(by);
    }

    /// Steps it back, without any timer noticing.
    pub fn step_back(&self, by: Duration) {
        let mut start = self.start.lock().unwrap();
        *start = start.minus(by);
    }
}

impl Clock for FlowingClock {
    fn now(&self) -> Timestamp {
        self.start.lock().unwrap().plus(self.origin.elapsed())
    }
}

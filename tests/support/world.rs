//! A clock that moves only when told, and randomness that a seed repeats.

#![allow(dead_code, unreachable_pub, reason = "each of those who share this uses a part")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use headcount::clock::{Clock, Timestamp};
use headcount::context::Context;
use headcount::file_watcher::SystemWatcher;
use headcount::net::Dialer;
use headcount::random::{Random, RandomError};
use tokio::time::{Instant, advance, sleep_until};

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

    /// A number below this one.
    pub fn below(&self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    /// One of these.
    pub fn pick<T: Copy>(&self, among: &[T]) -> T {
        among[self.below(among.len())]
    }

    /// Whether something happens that does so often of a hundred times.
    pub fn percent(&self, often: usize) -> bool {
        self.below(100) < often
    }

    /// A time between the two, in whole seconds.
    pub fn between(&self, least: Duration, most: Duration) -> Duration {
        Duration::from_secs(least.as_secs() + self.next() % (most.as_secs() - least.as_secs() + 1))
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

impl Random for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Moments on tokio's paused time that are never those of another parity: what a simulation lets happen at even milliseconds
/// is over before what it lets happen at odd ones, since paused time stands still while a thread works.
#[derive(Debug, Clone, Copy)]
pub struct Moments {
    origin: Instant,
}

impl Moments {
    /// Counts from now.
    pub fn from_now() -> Self {
        Self { origin: Instant::now() }
    }

    /// How much time has passed.
    pub fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Waits at least so long, until an even millisecond: for answers.
    pub async fn even(&self, wait: Duration) {
        sleep_until(self.next(wait, 0)).await;
    }

    /// Waits at least so long, until an odd millisecond: for those who look, and for what changes from outside.
    pub async fn odd(&self, wait: Duration) {
        sleep_until(self.next(wait, 1)).await;
    }

    fn next(&self, wait: Duration, parity: u64) -> Instant {
        let after = u64::try_from((self.elapsed() + wait).as_millis()).unwrap() + 1;
        self.origin + Duration::from_millis(after + (after + parity) % 2)
    }
}

/// So much time passes at once where tokio's paused time would stand still, since a thread waits for what is to come.
const STRIDE: Duration = Duration::from_secs(1);
/// Whoever has something to do at that moment has done it after so many turns.
const TURNS: usize = 6;

/// Lets paused time pass although a thread is at work, in strides. For one that only waits, such as a decoder in the middle
/// of a body that goes on later.
pub async fn pass(time: Duration) {
    let end = Instant::now() + time;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        advance(left.min(STRIDE)).await;
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
    }
}

/// Context with this clock, this seed and real connections.
pub fn context(clock: Arc<SteppedClock>, seed: u64) -> Context {
    Context { clock, dialer: Dialer::system(), random: Seeded::new(seed), file_watcher: Arc::new(SystemWatcher) }
}

/// A wall clock that goes with tokio's time, paused or not, and can be stepped beside it.
#[derive(Debug)]
pub struct FlowingClock {
    origin: Instant,
    start: Mutex<Timestamp>,
}

impl FlowingClock {
    /// A clock that shows this time (RFC 3339) now.
    pub fn at(time: &str) -> Arc<Self> {
        Arc::new(Self { origin: Instant::now(), start: Mutex::new(time.parse().unwrap()) })
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

//! When to retry: exponential delays with jitter, never sooner than the endpoint's Retry-After.
//!
//! Must not know how an attempt is made. Randomness is passed in, as a seed.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::classify::MAX_RETRY_AFTER;

/// The first delay, before jitter: a receiver that restarts needs a moment.
pub const MIN_DELAY: Duration = Duration::from_secs(1);
/// No delay is longer: reports are hours apart at least, and an endpoint that is back should not wait for days.
pub const MAX_DELAY: Duration = Duration::from_secs(3600);
/// Jitter adds as much as the delay itself, so the sequence doubles up to half of the longest.
const MAX_DELAY_BEFORE_JITTER: Duration = Duration::from_secs(1800);

/// The delays between the attempts to deliver one report: 1 s, 2 s, 4 s and so on up to 30 min, each with up to as much
/// again at random, so that installations that failed together do not come back together.
#[derive(Debug)]
pub struct RetryBackoff {
    delays: ExponentialBackoff,
}

impl RetryBackoff {
    /// A new sequence; `seed` decides the jitter.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let delays = ExponentialBuilder::new()
            .with_min_delay(MIN_DELAY)
            .with_max_delay(MAX_DELAY_BEFORE_JITTER)
            .with_jitter()
            .with_jitter_seed(seed)
            .without_max_times()
            .build();
        Self { delays }
    }

    /// How long to wait before the next attempt: the next delay of the sequence, or the endpoint's if that is longer (an hour
    /// at most).
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let delay = self.delays.next().unwrap_or(MAX_DELAY).min(MAX_DELAY);
        delay.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_with_jitter_up_to_an_hour() {
        let mut backoff = RetryBackoff::new(1);
        let mut least = MIN_DELAY;
        for _ in 0..40 {
            let delay = backoff.next(None);
            assert!(delay >= least && delay <= least * 2, "{delay:?} after {least:?}");
            least = (least * 2).min(MAX_DELAY_BEFORE_JITTER);
        }
        assert_eq!(least * 2, MAX_DELAY);
    }

    #[test]
    fn seeds_part_installations() {
        let delays = |seed| {
            let mut backoff = RetryBackoff::new(seed);
            std::array::from_fn::<_, 8, _>(|_| backoff.next(None))
        };
        assert_eq!(delays(1), delays(1));
        assert_ne!(delays(1), delays(2));
    }

    #[test]
    fn retry_after_is_followed_up_to_an_hour() {
        let mut backoff = RetryBackoff::new(1);
        assert_eq!(backoff.next(Some(Duration::from_secs(600))), Duration::from_secs(600));
        assert_eq!(backoff.next(Some(Duration::MAX)), MAX_RETRY_AFTER);
        assert!(backoff.next(Some(Duration::ZERO)) >= MIN_DELAY * 4);
    }
}

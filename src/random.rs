//! Random bytes, passed in, so that a test repeats what a seed led to. Must not know what they are for.

use std::fmt;

use crate::error_chain::{Describe, Description};

/// The system gave no random bytes; without them there is no identity, no key and no schedule.
#[derive(Debug, thiserror::Error)]
#[error("the system returned no random bytes")]
pub struct RandomError(#[source] getrandom::Error);

impl Describe for RandomError {
    fn describe(&self) -> Description {
        Description::new("no_random_bytes").remedy("check the system's kernel log")
    }
}

/// A source of random bytes.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills the buffer.
    ///
    /// # Errors
    /// If the source returns none.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError>;
}

/// Sixteen random bytes: a key, or an install_guid.
///
/// # Errors
/// If the source returns none.
pub fn sixteen_bytes(random: &dyn Random) -> Result<[u8; 16], RandomError> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// A random number.
///
/// # Errors
/// If the source returns none.
pub fn number(random: &dyn Random) -> Result<u64, RandomError> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// The system's random source, fit for keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(buffer).map_err(RandomError)
    }
}

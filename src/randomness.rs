//! Randomness as something passed in, so that tests can repeat what a seed did.

use std::fmt;

/// The system gave no random bytes; without them there is no identity, no key and no schedule.
#[derive(Debug, thiserror::Error)]
#[error("the system gave no random bytes; look at its kernel log")]
pub struct RandomnessError(#[source] getrandom::Error);

/// A source of random bytes.
pub trait Randomness: Send + Sync + fmt::Debug {
    /// Fills the buffer.
    ///
    /// # Errors
    /// If the source gives nothing.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomnessError>;
}

/// Sixteen random bytes: a key, or an install_guid.
///
/// # Errors
/// If the source gives nothing.
pub fn sixteen_bytes(randomness: &dyn Randomness) -> Result<[u8; 16], RandomnessError> {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes)?;
    Ok(bytes)
}

/// A random number.
///
/// # Errors
/// If the source gives nothing.
pub fn number(randomness: &dyn Randomness) -> Result<u64, RandomnessError> {
    let mut bytes = [0; 8];
    randomness.fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// The system's random source, fit for keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomnessError> {
        getrandom::fill(buffer).map_err(RandomnessError)
    }
}

//! What is counted, by number: kinds, distributions and their ranges, totals, and ids as keyed hashes.
//!
//! Must not know the words of a service, HTTP, SQL or OTLP.

mod catalog;

use std::fmt;
use std::hash::Hasher;
use std::ops::{Index, IndexMut};

use serde::{Serialize, Serializer};
use siphasher::sip::SipHasher24;
use uuid::Uuid;
use zeroize::ZeroizeOnDrop;

pub use catalog::{Catalog, DistributionTerm, KindTerm};

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident, $most:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(u8);

        impl $name {
            /// All that there can be, in order.
            pub const ALL: [Self; $most] = {
                let mut all = [Self(0); $most];
                let mut number = 0;
                while number < $most {
                    all[number as usize] = Self(number);
                    number += 1;
                }
                all
            };

            /// Its number, from 0. The store keeps it, so that it never changes.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

numbered! {
    /// A kind of object that a service holds and that is counted.
    Kind, 16
}
numbered! {
    /// A size that each object of one kind has, such as how much a collection holds.
    Distribution, 4
}
numbered! {
    /// A range of the sizes of a distribution, from the smallest.
    Range, 16
}

/// One value for each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerKind<T>([T; Kind::ALL.len()]);

impl<T: Copy + Default, const N: usize> From<[T; N]> for PerKind<T> {
    /// The values of the first kinds; those that follow have the default.
    fn from(first: [T; N]) -> Self {
        const { assert!(N <= Kind::ALL.len(), "more values than kinds") };
        let mut values = [T::default(); Kind::ALL.len()];
        values[..N].copy_from_slice(&first);
        Self(values)
    }
}

impl<T> Index<Kind> for PerKind<T> {
    type Output = T;

    fn index(&self, kind: Kind) -> &T {
        &self.0[kind.index()]
    }
}

impl<T> IndexMut<Kind> for PerKind<T> {
    fn index_mut(&mut self, kind: Kind) -> &mut T {
        &mut self.0[kind.index()]
    }
}

/// How many objects have a size in each range of each distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Buckets([[u64; Range::ALL.len()]; Distribution::ALL.len()]);

impl Buckets {
    /// Counts an object of this size.
    pub fn count(&mut self, catalog: &Catalog, distribution: Distribution, size: u64) {
        if let Some(term) = catalog.distributions.get(distribution.index()) {
            self[(distribution, term.range(size))] += 1;
        }
    }

    /// Objects of a distribution, of any size.
    #[must_use]
    pub fn sum(&self, distribution: Distribution) -> u64 {
        self.0[distribution.index()].iter().sum()
    }
}

impl Index<(Distribution, Range)> for Buckets {
    type Output = u64;

    fn index(&self, (distribution, range): (Distribution, Range)) -> &u64 {
        &self.0[distribution.index()][range.index()]
    }
}

impl IndexMut<(Distribution, Range)> for Buckets {
    fn index_mut(&mut self, (distribution, range): (Distribution, Range)) -> &mut u64 {
        &mut self.0[distribution.index()][range.index()]
    }
}

/// All the numbers that a report is made of, before any rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Objects that were created since the start of the series.
    pub creations: PerKind<u64>,
    /// Current numbers of objects.
    pub current: PerKind<u64>,
    /// Current numbers of objects by their size.
    pub buckets: Buckets,
    /// Current numbers of objects that were used on any of the [`ACTIVE_DAYS`] days before the report's. None if no report
    /// may rest on these numbers, since the scrape did not read it.
    pub active: Option<PerKind<u64>>,
}

/// An object is active if it was used on any of so many UTC days before the day of the report.
pub const ACTIVE_DAYS: u8 = 30;

/// What a data point is tagged with: a random (version 4) UUID that stands for one installation and says nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InstallGuid(Uuid);

/// Why a text is no install_guid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstallGuidError {
    /// It is no UUID in its usual form of 36 characters.
    #[error("is not a UUID")]
    Malformed,
    /// It is a UUID of another version.
    #[error("is not a random UUID (version 4), and other versions may contain a time")]
    NotRandom,
}

impl InstallGuid {
    /// What `preview` shows where there is no install_guid yet.
    pub const PLACEHOLDER: Self = Self(Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0000));

    /// A guid of these random bytes; six of the 128 bits are fixed by the format.
    #[must_use]
    pub fn from_random_bytes(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }

    /// Reads a version 4 UUID in its usual form; upper case is accepted and made lower.
    pub fn parse(text: &str) -> Result<Self, InstallGuidError> {
        let usual = Some(text).filter(|text| text.len() == 36);
        let uuid = usual.and_then(|text| Uuid::try_parse(text).ok()).ok_or(InstallGuidError::Malformed)?;
        let is_random = uuid.get_version_num() == 4 && uuid.get_variant() == uuid::Variant::RFC4122;
        if is_random { Ok(Self(uuid)) } else { Err(InstallGuidError::NotRandom) }
    }
}

impl fmt::Display for InstallGuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl Serialize for InstallGuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The random key of one installation, without which a hash cannot be tied to an id.
#[derive(Clone, ZeroizeOnDrop)]
pub struct IdKey([u8; 16]);

impl IdKey {
    /// A key of bytes from the system's random source, or of those that are stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, for the store alone.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The keyed hash (SipHash-2-4) of an object's id.
    #[must_use]
    pub fn hash(&self, kind: Kind, id: &[u8]) -> IdHash {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write_u8(kind.0);
        hasher.write(id);
        IdHash(hasher.finish())
    }
}

impl fmt::Debug for IdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdKey(redacted)")
    }
}

/// What is kept of an id: 64 bits that only this installation's key can make again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdHash(pub u64);

/// Takes what a scrape finds. Called from the threads that decode responses, so that a call may block for a moment.
pub trait ScrapeSink: Send + Sync + fmt::Debug {
    /// The key that turns ids into hashes.
    fn key(&self) -> &IdKey;

    /// Takes the hashes of objects that exist now, and leaves the vector empty. After an error the scrape fails as a whole.
    fn objects(&self, kind: Kind, hashes: &mut Vec<IdHash>) -> Result<(), SinkError>;

    /// Takes how many objects of a kind there are now, if nothing tells them apart for good. Their creations are not known.
    fn counted(&self, kind: Kind, number: u64);

    /// Returns how many hashes of a kind were given again, for services that must list each object once.
    fn repeated(&self, kind: Kind) -> Result<u64, SinkError>;

    /// Takes the size of one object of a distribution's kind. Each such object must be measured exactly once.
    fn measured(&self, distribution: Distribution, size: u64);

    /// Takes how many of a kind's objects are active, once for each kind, in a scrape that a report rests on.
    fn active(&self, kind: Kind, objects: u64);
}

/// What was found could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SinkError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_random_uuids_are_install_guids() {
        let text = "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30";
        assert_eq!(InstallGuid::parse(&text.to_uppercase()).unwrap().to_string(), text);
        for version_or_variant in ["0b9e7c1a-5d3f-1c86-9a41-7f2e8d6c5b30", "0b9e7c1a-5d3f-4c86-ca41-7f2e8d6c5b30"] {
            assert_eq!(InstallGuid::parse(version_or_variant), Err(InstallGuidError::NotRandom));
        }
        assert_eq!(InstallGuid::parse("0b9e7c1a5d3f4c869a417f2e8d6c5b30"), Err(InstallGuidError::Malformed));
        assert_eq!(InstallGuid::from_random_bytes([0; 16]), InstallGuid::PLACEHOLDER);
    }

    #[test]
    fn a_hash_depends_on_key_kind_and_id() {
        let key = IdKey::from_bytes([7; 16]);
        let hash = key.hash(Kind::ALL[0], b"one");
        assert_eq!(hash, key.hash(Kind::ALL[0], b"one"));
        assert_ne!(hash, key.hash(Kind::ALL[0], b"two"));
        assert_ne!(hash, key.hash(Kind::ALL[1], b"one"));
        assert_ne!(hash, IdKey::from_bytes([8; 16]).hash(Kind::ALL[0], b"one"));
        assert_eq!(format!("{key:?}"), "IdKey(redacted)");
    }
}

//! The words that rooms share: what is counted, in which ranges, and how an id becomes a number that names nobody.
//!
//! Knows nothing of HTTP, SQL or OTLP.

use std::fmt;
use std::hash::Hasher;
use std::ops::{Index, IndexMut};

use serde::{Serialize, Serializer};
use siphasher::sip::SipHasher24;
use uuid::Uuid;
use zeroize::ZeroizeOnDrop;

/// A kind of object that the service holds and that headcount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A person who may sign in to the service.
    User,
    /// An application, which owns services.
    Application,
    /// A face detection service.
    Detection,
    /// A face verification service.
    Verification,
    /// A face recognition service; each has one collection of faces.
    Recognition,
}

impl Kind {
    /// Every kind, in the contract's order.
    pub const ALL: [Self; 5] = [Self::User, Self::Application, Self::Detection, Self::Verification, Self::Recognition];

    /// Position in [`Kind::ALL`]; also the number that the store keeps for it, so it never changes.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// One value for each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerKind<T>(pub [T; 5]);

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

/// How many ranges of collection sizes there are.
pub const FACES_RANGES: usize = 11;

/// The upper ends of all ranges but the last, which has none.
const UPPER_ENDS: [u64; FACES_RANGES - 1] = [0, 10, 50, 200, 500, 2_000, 10_000, 50_000, 200_000, 1_000_000];

/// A range of collection sizes, in faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FacesRange(usize);

impl FacesRange {
    /// Every range, from empty to the largest.
    pub const ALL: [Self; FACES_RANGES] = {
        let mut all = [Self(0); FACES_RANGES];
        let mut index = 0;
        while index < FACES_RANGES {
            all[index] = Self(index);
            index += 1;
        }
        all
    };

    /// Every range, from empty to the largest.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter()
    }

    /// The range that a collection with so many faces is in.
    #[must_use]
    pub fn of(faces: u64) -> Self {
        Self(UPPER_ENDS.partition_point(|end| *end < faces))
    }

    /// Position, from 0 for empty collections; also the number that the store keeps for it.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }

    /// The least number of faces in this range.
    #[must_use]
    pub fn least(self) -> u64 {
        if self.0 == 0 { 0 } else { UPPER_ENDS[self.0 - 1] + 1 }
    }

    /// The greatest number of faces in this range; the last one has none.
    #[must_use]
    pub fn greatest(self) -> Option<u64> {
        UPPER_ENDS.get(self.0).copied()
    }
}

/// All the numbers that a report is made of, before any rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Objects that came into being since the start of the series.
    pub creations: PerKind<u64>,
    /// Objects there are now.
    pub current: PerKind<u64>,
    /// Recognition services by the range of their collection's size, in the order of [`FacesRange`].
    pub collections: [u64; FACES_RANGES],
}

/// What a data point is tagged with: a random (version 4) UUID that stands for one installation and says nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InstallGuid(Uuid);

/// Why a text is no install_guid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstallGuidError {
    /// It is no UUID in its usual form of 36 characters.
    #[error("is not a UUID; make one with `uuidgen --random`")]
    Malformed,
    /// It is a UUID of another version.
    #[error(
        "is a UUID of another version than 4, which may carry a time or a MAC address; make one with `uuidgen --random`"
    )]
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

    /// Reads a guid in its usual form; upper case is accepted and made lower.
    ///
    /// # Errors
    /// If the text is no version 4 UUID.
    pub fn parse(text: &str) -> Result<Self, InstallGuidError> {
        if text.len() != 36 {
            return Err(InstallGuidError::Malformed);
        }
        let uuid = Uuid::try_parse(text).map_err(|_| InstallGuidError::Malformed)?;
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
    /// A key of these bytes, which must come from the system's random source (or the store, where they were kept).
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
        hasher.write_u8(u8::try_from(kind.index()).unwrap_or(u8::MAX));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_meet_without_a_gap_and_hold_both_ends() {
        let ranges: Vec<_> = FacesRange::all().collect();
        assert_eq!(ranges[0].least(), 0);
        for pair in ranges.windows(2) {
            assert_eq!(pair[0].greatest().unwrap() + 1, pair[1].least());
        }
        for range in ranges {
            assert_eq!(FacesRange::of(range.least()), range);
            assert_eq!(FacesRange::of(range.greatest().unwrap_or(u64::MAX)), range);
        }
    }

    proptest! {
        #[test]
        fn every_number_of_faces_is_in_its_range(faces: u64) {
            let range = FacesRange::of(faces);
            prop_assert!(range.least() <= faces);
            prop_assert!(range.greatest().is_none_or(|end| faces <= end));
        }
    }

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
        let hash = key.hash(Kind::User, b"one");
        assert_eq!(hash, key.hash(Kind::User, b"one"));
        assert_ne!(hash, key.hash(Kind::User, b"two"));
        assert_ne!(hash, key.hash(Kind::Application, b"one"));
        assert_ne!(hash, IdKey::from_bytes([8; 16]).hash(Kind::User, b"one"));
        assert_eq!(format!("{key:?}"), "IdKey(redacted)");
    }
}

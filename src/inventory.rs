//! The words that rooms share: what is counted, in which ranges, and how an id becomes a number that names nobody.
//!
//! Knows nothing of HTTP, SQL or OTLP.

use std::fmt;
use std::hash::Hasher;
use std::ops::{Index, IndexMut};

use siphasher::sip::SipHasher24;
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
    pub fn all() -> impl Iterator<Item = Self> {
        (0..FACES_RANGES).map(Self)
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

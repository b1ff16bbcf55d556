//! What a service has that is counted: its kinds, and the sizes that are measured.
//!
//! Must not know where the numbers go.

use super::{Distribution, Kind, Range};

/// What a service has that is counted. The store needs no more than this of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Catalog {
    /// The service's name: its folder in the code, and what the store keeps to recognize whose it is.
    pub service: &'static str,
    /// The kinds, by their numbers.
    pub kinds: &'static [KindTerm],
    /// The distributions, by their numbers.
    pub distributions: &'static [DistributionTerm],
}

/// What a kind is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindTerm {
    /// In the singular, such as "user".
    pub noun: &'static str,
}

/// What a distribution measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DistributionTerm {
    /// The kind of which each object has a size.
    pub of: Kind,
    /// What has the size, in the plural.
    pub noun: &'static str,
    /// What the size counts, in the plural.
    pub measure: &'static str,
    /// The greatest size of each range but the last, which has none.
    pub upper_ends: &'static [u64],
}

impl Catalog {
    /// The kinds that the service has.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + use<> {
        Kind::ALL.into_iter().take(self.kinds.len())
    }

    /// The distributions that the service has, each with what it measures.
    pub fn distributions(&self) -> impl Iterator<Item = (Distribution, &'static DistributionTerm)> + use<> {
        Distribution::ALL.into_iter().zip(self.distributions)
    }
}

impl DistributionTerm {
    /// The ranges of sizes.
    pub fn ranges(&self) -> impl Iterator<Item = Range> + use<> {
        Range::ALL.into_iter().take(self.upper_ends.len() + 1)
    }

    /// The range that a size is in.
    #[must_use]
    pub fn range(&self, size: u64) -> Range {
        let index = self.upper_ends.partition_point(|end| *end < size);
        Range::ALL[index.min(Range::ALL.len() - 1)]
    }

    /// The least size in a range.
    #[must_use]
    pub fn least(&self, range: Range) -> u64 {
        range.index().checked_sub(1).and_then(|before| self.upper_ends.get(before)).map_or(0, |end| end + 1)
    }

    /// The greatest size in a range; the last one has none.
    #[must_use]
    pub fn greatest(&self, range: Range) -> Option<u64> {
        self.upper_ends.get(range.index()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZES: DistributionTerm =
        DistributionTerm { of: Kind::ALL[0], noun: "boxes", measure: "things", upper_ends: &[0, 10, 50, 1_000_000] };

    #[test]
    fn ranges_have_no_gap_and_hold_both_ends() {
        let ranges: Vec<_> = SIZES.ranges().collect();
        assert_eq!((ranges.len(), SIZES.least(ranges[0])), (5, 0));
        for pair in ranges.windows(2) {
            assert_eq!(SIZES.greatest(pair[0]).unwrap() + 1, SIZES.least(pair[1]));
        }
        for range in ranges {
            assert_eq!(SIZES.range(SIZES.least(range)), range);
            assert_eq!(SIZES.range(SIZES.greatest(range).unwrap_or(u64::MAX)), range);
        }
    }

    proptest! {
        #[test]
        fn every_size_is_in_its_range(size: u64) {
            let range = SIZES.range(size);
            prop_assert!(SIZES.least(range) <= size);
            prop_assert!(SIZES.greatest(range).is_none_or(|end| size <= end));
        }
    }
}

//! One metric of a report, and where its number comes from.
//!
//! Must not know how a report is written.

use serde::{Serialize, Serializer};

use crate::model::{ACTIVE_DAYS, Catalog, Distribution, Kind, Range, Totals};

/// What kind of metric an instrument makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InstrumentKind {
    /// A sum, cumulative and monotonic, from the start time on.
    Sum,
    /// A gauge: a current number.
    Gauge,
}

impl InstrumentKind {
    /// Its name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Gauge => "gauge",
        }
    }
}

/// Where an instrument's number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Objects of a kind that were created since the start time.
    Creations(Kind),
    /// The current number of objects of a kind, rounded down to 0, or to 1, 2 or 5 times a power of ten.
    Current(Kind),
    /// The current number of objects whose size is in a range.
    Sized(Distribution, Range),
    /// The current number of objects of a kind that are active, rounded down as a current number.
    Active(Kind),
}

impl Number {
    /// The number among these totals, before any rounding.
    #[must_use]
    pub fn of(self, totals: &Totals) -> u64 {
        match self {
            Self::Creations(kind) => totals.creations[kind],
            Self::Current(kind) => totals.current[kind],
            Self::Sized(distribution, range) => totals.buckets[(distribution, range)],
            Self::Active(kind) => totals.active.map_or(0, |active| active[kind]),
        }
    }

    /// The place of the number among these totals.
    pub(super) fn of_mut(self, totals: &mut Totals) -> &mut u64 {
        match self {
            Self::Creations(kind) => &mut totals.creations[kind],
            Self::Current(kind) => &mut totals.current[kind],
            Self::Sized(distribution, range) => &mut totals.buckets[(distribution, range)],
            Self::Active(kind) => &mut totals.active.get_or_insert_default()[kind],
        }
    }

    /// Whether the number is rounded down before it leaves.
    #[must_use]
    pub const fn is_rounded(self) -> bool {
        matches!(self, Self::Current(_) | Self::Active(_))
    }

    /// Where the number comes from, in words that stay when a description changes.
    pub(super) fn words(self, catalog: &Catalog) -> String {
        let noun = |kind: Kind| catalog.kinds.get(kind.index()).map_or("", |term| term.noun);
        match self {
            Self::Creations(kind) => format!("creations of {}", noun(kind)),
            Self::Current(kind) => format!("current {}, rounded down", noun(kind)),
            Self::Active(kind) => format!(
                "current {} with a request on any of the {ACTIVE_DAYS} UTC days before the day of time_unix_nano, rounded down",
                noun(kind)
            ),
            Self::Sized(distribution, range) => {
                let Some(term) = catalog.distributions.get(distribution.index()) else { return String::new() };
                let (noun, measure, least) = (term.noun, term.measure, term.least(range));
                match term.greatest(range) {
                    Some(greatest) => format!("{noun} of {least} to {greatest} {measure}"),
                    None => format!("{noun} of {least} {measure} or more"),
                }
            }
        }
    }
}

/// In JSON, a reader wants to know whether the number is rounded.
fn rounded<S: Serializer>(number: &Number, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(number.is_rounded())
}

/// One of the numbers that may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Instrument {
    /// The metric's name.
    pub name: &'static str,
    /// The metric's kind.
    pub kind: InstrumentKind,
    /// The unit: an annotation in braces, as UCUM writes what is counted.
    pub unit: &'static str,
    /// Where the number comes from.
    #[serde(rename = "rounded", serialize_with = "rounded")]
    pub number: Number,
    /// What it counts, for people.
    pub counts: &'static str,
}

impl Instrument {
    /// How many objects of a kind were created since the start time.
    #[must_use]
    pub const fn creations(kind: Kind, name: &'static str, unit: &'static str, counts: &'static str) -> Self {
        Self { name, kind: InstrumentKind::Sum, unit, counts, number: Number::Creations(kind) }
    }

    /// How many objects of a kind there are now.
    #[must_use]
    pub const fn current(kind: Kind, name: &'static str, unit: &'static str, counts: &'static str) -> Self {
        Self { name, kind: InstrumentKind::Gauge, unit, counts, number: Number::Current(kind) }
    }
}

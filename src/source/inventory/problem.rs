//! What is wrong with a document: each problem with the place where it is, and never with what stands there.

use std::fmt;

use crate::model::Kind;
use crate::source::face_recognition::kinds;
use crate::source::http::NUMBER_BYTES;

/// The greatest number of faces: the integers up to it are exact in every program that reads JSON.
pub(super) const MOST_FACES: u64 = 1 << 53;
/// The most ids of one document. A scrape sorts their hashes in 128 MiB of disk, and merges them in 1 MiB of memory.
pub(super) const MOST_IDS: u64 = 16 * 1024 * 1024;
/// The longest id, in bytes of UTF-8.
pub(super) const ID_BYTES: usize = 256;

/// The place of a problem, as an expression of JavaScript would name it: `services[3].faces`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProblemPath {
    /// A member of the document; empty for the document itself.
    member: &'static str,
    /// An item of that member, from 0.
    index: Option<u64>,
    /// A member of that item; empty for the item itself.
    of_item: &'static str,
}

impl ProblemPath {
    /// The document itself.
    pub(super) const DOCUMENT: Self = Self::member("");

    /// A member of the document.
    pub(super) const fn member(member: &'static str) -> Self {
        Self { member, index: None, of_item: "" }
    }

    /// A member of a service; empty for the service itself.
    pub(super) const fn service(index: u64, of_item: &'static str) -> Self {
        Self { member: "services", index: Some(index), of_item }
    }

    /// The list that has the objects of a kind.
    pub(super) fn list(kind: Kind) -> Self {
        Self::member(match kind {
            kinds::USER => "users",
            kinds::APPLICATION => "applications",
            _ => "services",
        })
    }

    /// The id of the object of a kind, by its position in its list.
    pub(super) fn id(kind: Kind, index: u64) -> Self {
        match kind {
            kinds::USER | kinds::APPLICATION => Self { index: Some(index), ..Self::list(kind) },
            _ => Self::service(index, "id"),
        }
    }
}

impl fmt::Display for ProblemPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.member.is_empty() { "document" } else { self.member })?;
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        if self.of_item.is_empty() { Ok(()) } else { write!(f, ".{}", self.of_item) }
    }
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProblemKind {
    #[error("missing")]
    Missing,
    #[error("more than one member of this name")]
    RepeatedMember,
    #[error("not an object")]
    NotObject,
    #[error("not an array")]
    NotArray,
    #[error("not a string")]
    NotString,
    #[error("not a number")]
    NotNumber,
    #[error("a number of more than {NUMBER_BYTES} characters")]
    LongNumber,
    #[error("not a whole number")]
    NotWhole,
    #[error("below 0")]
    Negative,
    #[error("above {MOST_FACES}")]
    TooGreat,
    #[error("not 1, the only version that headcount reads")]
    UnknownVersion,
    #[error("longer than {ID_BYTES} bytes")]
    TooLong,
    #[error("more than {MOST_IDS} ids")]
    TooManyIds,
    #[error("same id as an earlier item")]
    RepeatedId,
    #[error("an id is listed more than once")]
    RepeatedIds,
    #[error("not one of recognition, verification, detection")]
    UnknownType,
    #[error("only a recognition service has faces")]
    FacesElsewhere,
}

/// How problems are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// A few, for the log.
    OneLine,
    /// Many, each on a line of its own, for a person who corrects them.
    Lines,
}

impl Listing {
    const fn most(self) -> usize {
        match self {
            Self::OneLine => 5,
            Self::Lines => 100,
        }
    }

    const fn separators(self) -> [&'static str; 2] {
        match self {
            Self::OneLine => [" ", ", "],
            Self::Lines => ["\n  ", "\n  "],
        }
    }
}

/// The problems of one document: the first ones with their places, the others counted.
#[derive(Debug)]
pub struct Problems {
    listing: Listing,
    listed: Vec<(ProblemPath, ProblemKind)>,
    more: u64,
}

impl Problems {
    pub(super) const fn new(listing: Listing) -> Self {
        Self { listing, listed: Vec::new(), more: 0 }
    }

    pub(super) fn add(&mut self, path: ProblemPath, kind: ProblemKind) {
        if self.listed.len() < self.listing.most() {
            self.listed.push((path, kind));
        } else {
            self.more += 1;
        }
    }

    /// Whether no other way of listing would show more.
    pub(super) const fn are_all_listed(&self) -> bool {
        matches!(self.listing, Listing::Lines) || self.more == 0
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.listed.len() as u64 + self.more;
        write!(f, "{count} problem{}:", if count == 1 { "" } else { "s" })?;
        let [first, next] = self.listing.separators();
        for (number, (path, kind)) in self.listed.iter().enumerate() {
            write!(f, "{}{path}: {kind}", if number == 0 { first } else { next })?;
        }
        if self.more == 0 { Ok(()) } else { write!(f, "{next}and {} more", self.more) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_listed_with_their_paths_and_then_counted() {
        let mut problems = Problems::new(Listing::OneLine);
        problems.add(ProblemPath::service(3, "faces"), ProblemKind::Missing);
        assert_eq!(problems.to_string(), "1 problem: services[3].faces: missing");
        problems.add(ProblemPath::DOCUMENT, ProblemKind::NotObject);
        problems.add(ProblemPath::id(kinds::DETECTION, 2), ProblemKind::RepeatedId);
        assert_eq!(
            problems.to_string(),
            "3 problems: services[3].faces: missing, document: not an object, services[2].id: same id as an earlier item"
        );
        (0..100).for_each(|index| problems.add(ProblemPath::id(kinds::USER, index), ProblemKind::NotString));
        assert!(problems.to_string().ends_with("users[1]: not a string, and 98 more"));
    }

    #[test]
    fn check_lists_each_problem_on_a_line() {
        let mut problems = Problems::new(Listing::Lines);
        (0..101).for_each(|index| problems.add(ProblemPath::id(kinds::APPLICATION, index), ProblemKind::TooLong));
        let text = problems.to_string();
        assert_eq!(text.lines().count(), 1 + 100 + 1);
        assert_eq!(text.lines().nth(1), Some("  applications[0]: longer than 256 bytes"));
        assert_eq!(text.lines().last(), Some("  and 1 more"));
    }
}

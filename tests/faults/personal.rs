//! What people and things are called in the simulation, and what belongs to them: none of it may be held or said.

use crate::support::{compreface, frigate};

/// In the order in which they are looked for. Ids, keys and tokens of CompreFace are told by their form.
pub(crate) const NAMES: [&str; 17] = [
    "hopscotch",
    compreface::EMAIL,
    compreface::PASSWORD,
    frigate::PASSWORD,
    "Анна",
    "анна",
    "Number",
    "Application \"é\"",
    "Olga",
    "olga",
    "Ann\"",
    "Grace",
    "user0@example.com",
    "Wilhelmina",
    "wilhelmina",
    "Zoë",
    "zoë",
];

/// The first of them that these bytes hold.
pub(crate) fn found_in(bytes: &[u8]) -> Option<&'static str> {
    NAMES.into_iter().find(|name| bytes.windows(name.len()).any(|window| window == name.as_bytes()))
}

//! The numbers of an inventory document have the names that CompreFace's have. Invariant 3.

use headcount::source::compreface;
use headcount::source::inventory::CONTRACT;

#[test]
fn numbers_are_those_of_compreface_except_active() {
    let is_shared = |name: &str| !name.ends_with(".active");
    let theirs: Vec<_> =
        compreface::CONTRACT.instruments.iter().filter(|instrument| is_shared(instrument.name)).collect();
    assert_eq!(CONTRACT.instruments.iter().collect::<Vec<_>>(), theirs);
}

//! Any bytes before the gate: what it lets pass is byte for byte what the report's own function makes of the numbers in it.
//!
//! Input: the bytes.

#![no_main]

use bytes::Bytes;
use headcount::contract::{Approved, INSTRUMENTS, MAX_BYTES, MAX_VALUE, Number, approve};
use headcount::inventory::Totals;
use headcount::report;
use headcount_fuzz::{assert_tells_no_secret, told};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

fuzz_target!(|input: &[u8]| match approve(Bytes::copy_from_slice(input)) {
    Ok(approved) => check(input, &approved),
    Err(refusal) => assert_tells_no_secret(&told(&refusal)),
});

fn check(input: &[u8], approved: &Approved) {
    assert!(input.len() <= MAX_BYTES);
    assert_eq!(approved.bytes(), input);
    assert_eq!(approved.decode().encode_to_vec(), input);
    let contents = approved.contents();
    let mut totals = Totals::default();
    for (instrument, value) in INSTRUMENTS.iter().zip(contents.values) {
        assert!(value <= MAX_VALUE, "{}", instrument.name);
        *match instrument.number {
            Number::Creations(kind) => &mut totals.creations[kind],
            Number::Current(kind) => &mut totals.current[kind],
            Number::Collections(range) => &mut totals.collections[range.index()],
        } = value;
    }
    assert!(contents.start <= contents.time);
    let made = report::encode(&report::build(&contents.install_guid, contents.start, contents.time, &totals));
    assert_eq!(made, input);
}

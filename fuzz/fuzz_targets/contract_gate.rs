//! Any bytes before the gate: what it lets pass is byte for byte what the report's own function makes of the numbers in it.
//!
//! Input: the bytes.

#![no_main]

use bytes::Bytes;
use headcount::contract::{ApprovedReport, MAX_VALUE};
use headcount::report;
use headcount::source::compreface::CONTRACT;
use headcount_fuzz::{assert_tells_no_secret, told};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

fuzz_target!(|input: &[u8]| match CONTRACT.approve(Bytes::copy_from_slice(input)) {
    Ok(approved) => check(input, &approved),
    Err(refusal) => assert_tells_no_secret(&told(&refusal)),
});

fn check(input: &[u8], approved: &ApprovedReport) {
    assert!(input.len() <= CONTRACT.max_bytes);
    assert_eq!(approved.bytes(), input);
    assert_eq!(approved.decode().encode_to_vec(), input);
    let contents = approved.contents();
    for (instrument, value) in contents.numbers() {
        assert!(value <= MAX_VALUE, "{}", instrument.name);
    }
    assert!(contents.start <= contents.time);
    let made = report::encode(&report::build(
        &CONTRACT,
        &contents.install_guid,
        contents.start,
        contents.time,
        &contents.totals,
    ));
    assert_eq!(made, input);
}

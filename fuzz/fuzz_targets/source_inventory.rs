//! Any inventory document: what is counted is what a second decoder finds, one that is refused for its content is refused by
//! the second, too, all within limits of memory, and an error tells nothing of the document.
//!
//! Input: a byte for how the answer is framed, a byte for the status or the size of chunks, and the body; or, in one of the
//! framings, the whole answer.

#![no_main]

use headcount::error_chain::Describe as _;
use headcount::source::inventory::kinds;
use headcount_fuzz::inventory::{Judged, scrape};
use headcount_fuzz::{assert_tells_no_secret, framed, memory, told};
use libfuzzer_sys::fuzz_target;

/// The buffers of a connection and of a decoder, and a batch of ids.
const MEMORY: usize = 2 * 1024 * 1024;

fuzz_target!(|input: &[u8]| {
    let [how, detail, body @ ..] = input else { return };
    let framing = how % 4;
    let Some(answer) = framed(framing, *detail, body) else { return };
    // What the fuzzer's own side holds of the input, several times over, is not the library's.
    let (found, outcome) = memory::within(MEMORY + 8 * input.len(), || scrape(answer));
    let is_whole = framing < 3 && detail % 10 < 4;
    match outcome {
        Err(error) => {
            assert_tells_no_secret(&told(&error));
            if is_whole && error.describe().code == "invalid_document" {
                assert!(Judged::of(body).is_none(), "refused: {error}");
            }
        }
        Ok(()) if is_whole => {
            let judged = Judged::of(body).expect("a document");
            for kind in kinds::ALL {
                assert_eq!(found.hashes(kind), found.hashes_of(kind, judged.ids(kind)), "{kind:?}");
            }
            assert_eq!(found.collections(), judged.faces());
        }
        Ok(()) => {}
    }
});

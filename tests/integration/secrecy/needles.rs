//! Secrets in every form in which they could leave by mistake, and the search for them.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use siphasher::sip::{SipHasher13, SipHasher24};

/// So much of a secret, in bytes, is found wherever it stands.
const PART: usize = 8;
/// A part of a text in hexadecimal digits: eight of those alone would be found by chance among other hashes.
const PART_OF_DIGITS: usize = 12;

/// What is looked for.
#[derive(Default)]
pub(crate) struct Needles {
    /// By their first bytes.
    all: HashMap<[u8; PART], Vec<(Vec<u8>, String)>>,
}

impl Needles {
    /// A text such as a name, an address or a token.
    pub(crate) fn add_text(&mut self, what: &str, text: &str) {
        assert!(text.len() >= PART, "{what} is too short to be looked for");
        self.add_parts(what, text.as_bytes(), PART);
        self.add_hashes(what, text.as_bytes());
        self.add_hashes(what, text.to_lowercase().as_bytes());
    }

    /// A UUID, in its usual form, without hyphens, in either case, or as its bytes.
    pub(crate) fn add_uuid(&mut self, what: &str, uuid: uuid::Uuid) {
        let (hyphenated, simple) = (uuid.to_string(), uuid.simple().to_string());
        for text in [&hyphenated, &simple] {
            self.add_parts(what, text.as_bytes(), PART_OF_DIGITS);
            self.add_windows(what, "in capitals", text.to_uppercase().as_bytes(), PART_OF_DIGITS);
            self.add_hashes(what, text.as_bytes());
        }
        self.add_parts(what, uuid.as_bytes(), PART);
        self.add_hashes(what, uuid.as_bytes());
    }

    /// Every part of these bytes, plain and encoded.
    fn add_parts(&mut self, what: &str, bytes: &[u8], part: usize) {
        self.add_windows(what, "plain", bytes, part);
        for window in bytes.windows(part) {
            self.add(what, "in hexadecimal", hex(window).into_bytes());
            self.add(what, "in hexadecimal capitals", hex(window).to_uppercase().into_bytes());
            self.add(what, "percent-encoded", percent_encode(window, NON_ALPHANUMERIC).to_string().into_bytes());
        }
        self.add_base64(what, "base64", bytes);
    }

    /// At each of the three places in which the bytes can stand in a longer text.
    fn add_base64(&mut self, what: &str, how: &str, bytes: &[u8]) {
        for from in 0..3.min(bytes.len()) {
            let whole = (bytes.len() - from) / 3 * 3;
            for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                let text = engine.encode(&bytes[from..from + whole]);
                self.add_windows(what, how, text.as_bytes(), PART_OF_DIGITS);
            }
        }
    }

    /// Hashes that anybody could make again from the secret alone.
    fn add_hashes(&mut self, what: &str, bytes: &[u8]) {
        let digests: [(&str, Vec<u8>); 7] = [
            ("SHA-256", Sha256::digest(bytes).to_vec()),
            ("SHA-1", Sha1::digest(bytes).to_vec()),
            ("MD5", Md5::digest(bytes).to_vec()),
            ("SipHash-1-3", sip(SipHasher13::new(), bytes).to_le_bytes().to_vec()),
            ("SipHash-1-3, turned", sip(SipHasher13::new(), bytes).to_be_bytes().to_vec()),
            ("SipHash-2-4", sip(SipHasher24::new(), bytes).to_le_bytes().to_vec()),
            ("SipHash-2-4, turned", sip(SipHasher24::new(), bytes).to_be_bytes().to_vec()),
        ];
        for (how, digest) in digests {
            self.add_windows(what, how, &digest, PART);
            self.add_windows(what, how, hex(&digest).as_bytes(), 2 * PART);
            self.add_windows(what, how, hex(&digest).to_uppercase().as_bytes(), 2 * PART);
            self.add_base64(what, how, &digest);
        }
    }

    fn add_windows(&mut self, what: &str, how: &str, bytes: &[u8], part: usize) {
        bytes.windows(part).for_each(|window| self.add(what, how, window.to_vec()));
    }

    fn add(&mut self, what: &str, how: &str, needle: Vec<u8>) {
        let head = needle[..PART].try_into().unwrap();
        self.all.entry(head).or_default().push((needle, format!("{what}, {how}")));
    }

    /// What is found of all that is looked for, with what stands around it.
    pub(crate) fn find(&self, hay: &[u8]) -> Option<String> {
        hay.windows(PART).enumerate().find_map(|(at, head)| {
            let head: [u8; PART] = head.try_into().unwrap();
            let found = self.all.get(&head)?.iter().find(|(needle, _)| hay[at..].starts_with(needle))?;
            let around = &hay[at.saturating_sub(40)..(at + 60).min(hay.len())];
            Some(format!("{} at byte {at}: …{}…", found.1, String::from_utf8_lossy(around)))
        })
    }
}

fn sip(mut hasher: impl std::hash::Hasher, bytes: &[u8]) -> u64 {
    hasher.write(bytes);
    hasher.finish()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A search that cannot find is no proof: each form is found, whole and in part, in the midst of other things.
#[test]
fn whatever_is_planted_is_found() {
    let (text, uuid) = ("Grace Hopper-é 1906", uuid::Uuid::from_u128(0xb5a8_556c_e660_41f1_8176_02fc_3141_5926));
    let mut needles = Needles::default();
    needles.add_text("a name", text);
    needles.add_uuid("an id", uuid);
    let bytes = text.as_bytes();
    let simple = uuid.simple().to_string();
    let planted: Vec<Vec<u8>> = vec![
        bytes.to_vec(),
        bytes[3..11].to_vec(),
        hex(&bytes[5..13]).into_bytes(),
        hex(bytes).to_uppercase().into_bytes(),
        STANDARD_NO_PAD.encode(text).into_bytes(),
        STANDARD_NO_PAD.encode(format!("x{text}")).into_bytes(),
        URL_SAFE_NO_PAD.encode(format!("xy{text}z")).into_bytes(),
        percent_encode(bytes, NON_ALPHANUMERIC).to_string().into_bytes(),
        Sha256::digest(bytes).to_vec(),
        Sha256::digest(bytes)[..8].to_vec(),
        hex(&Sha1::digest(bytes)).into_bytes(),
        STANDARD_NO_PAD.encode(Md5::digest(text.to_lowercase())).into_bytes(),
        uuid.to_string().into_bytes(),
        simple.to_uppercase()[10..22].into(),
        uuid.as_bytes()[4..12].to_vec(),
        hex(&Sha256::digest(uuid.to_string())).into_bytes(),
        sip(SipHasher13::new(), uuid.as_bytes()).to_be_bytes().to_vec(),
    ];
    let noise: Vec<u8> = (0..5000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    assert_eq!(needles.find(&noise), None);
    for (number, secret) in planted.iter().enumerate() {
        let mut hay = noise.clone();
        let at = 777 * (number + 1);
        hay.splice(at..at, secret.iter().copied());
        assert!(needles.find(&hay).is_some(), "the planted secret {number} is not found");
    }
}

//! Decodes a value of the type that is expected at its place. Any other value is skipped, so that its place becomes a problem, and
//! the decoder reads on to find all problems.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Visitor};

use super::problem::{MOST_FACES, ProblemKind};
use crate::source::http::CurrentValue;

/// Decodes a value that begins with this byte: a string, an array or an object. Of any other value there is none.
pub(super) struct Expect<'a, V> {
    pub(super) current: &'a CurrentValue,
    pub(super) first: u8,
    pub(super) visitor: V,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Expect<'_, V> {
    type Value = Option<V::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        // The one hint that looks at the first byte, and leaves how to decode the rest to the visitor.
        deserializer.deserialize_option(self)
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Expect<'_, V> {
    type Value = Option<V::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.first {
            first if first != self.current.first_byte() => self.current.skip(deserializer).map(|()| None),
            b'"' => deserializer.deserialize_str(self.visitor).map(Some),
            b'[' => deserializer.deserialize_seq(self.visitor).map(Some),
            _ => deserializer.deserialize_map(self.visitor).map(Some),
        }
    }
}

/// Decodes a whole number from its text, since a decoder would round it.
pub(super) struct WholeNumber<'a>(pub(super) &'a CurrentValue);

impl<'de> DeserializeSeed<'de> for WholeNumber<'_> {
    type Value = Result<u64, ProblemKind>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for WholeNumber<'_> {
    type Value = Result<u64, ProblemKind>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Err(ProblemKind::NotNumber))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match self.0.first_byte() {
            b'-' | b'0'..=b'9' => {
                self.0.skip_number(deserializer, |text| text.map_or(Err(ProblemKind::LongNumber), whole))
            }
            _ => self.0.skip(deserializer).map(|()| Err(ProblemKind::NotNumber)),
        }
    }
}

/// The value of a number's text, exactly. `51.0` and `5.1e1` are the whole number 51, as in JSON Schema.
fn whole(text: &str) -> Result<u64, ProblemKind> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, after) =
        mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
    // An exponent that is no isize is far beyond any limit.
    let beyond = if exponent.starts_with('-') { isize::MIN / 2 } else { isize::MAX / 2 };
    let digits = format!("{before}{after}");
    let significant = digits.trim_start_matches('0');
    // How many digits stand before the point, counted from the first that is not zero.
    let point = (significant.len().cast_signed() - after.len().cast_signed())
        .saturating_add(exponent.parse().unwrap_or(beyond));
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    let zeros =
        usize::try_from(point.saturating_sub(significant.len().cast_signed())).map_err(|_| ProblemKind::NotWhole)?;
    if text.starts_with('-') {
        return Err(ProblemKind::Negative);
    }
    let value = if zeros > MOST_FACES.ilog10() as usize {
        None
    } else {
        format!("{significant}{}", "0".repeat(zeros)).parse().ok()
    };
    value.filter(|value| *value <= MOST_FACES).ok_or(ProblemKind::TooGreat)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn number_is_whole_or_has_a_problem() {
        for (number, expected) in [
            ("0", Ok(0)),
            ("-0", Ok(0)),
            ("-0.0", Ok(0)),
            ("0e99999999999999999999", Ok(0)),
            ("51", Ok(51)),
            ("51.0", Ok(51)),
            ("5.1e1", Ok(51)),
            ("5.1E+1", Ok(51)),
            ("5100e-2", Ok(51)),
            ("0.0051e4", Ok(51)),
            ("9007199254740992", Ok(MOST_FACES)),
            ("9007199254740992.000", Ok(MOST_FACES)),
            ("9.007199254740992e15", Ok(MOST_FACES)),
            ("9007199254740993", Err(ProblemKind::TooGreat)),
            ("9007199254740993.0", Err(ProblemKind::TooGreat)),
            ("9007199254740992.5", Err(ProblemKind::NotWhole)),
            ("18446744073709551616", Err(ProblemKind::TooGreat)),
            ("1e400", Err(ProblemKind::TooGreat)),
            ("1e99999999999999999999", Err(ProblemKind::TooGreat)),
            ("1e-99999999999999999999", Err(ProblemKind::NotWhole)),
            ("0.99999999999999999999", Err(ProblemKind::NotWhole)),
            ("1.00000000000000000001", Err(ProblemKind::NotWhole)),
            ("0.5", Err(ProblemKind::NotWhole)),
            ("-0.5", Err(ProblemKind::NotWhole)),
            ("-1", Err(ProblemKind::Negative)),
            ("-1e400", Err(ProblemKind::Negative)),
        ] {
            assert_eq!(whole(number), expected, "{number}");
        }
    }

    proptest! {
        #[test]
        fn each_way_to_write_a_number_gives_it(value in 0..=MOST_FACES, places in 0..20_usize, zeros in 0..10_usize) {
            let digits = format!("{value:0>20}");
            let (before, after) = digits.split_at(20 - places);
            let before = if before.trim_start_matches('0').is_empty() { "0" } else { before.trim_start_matches('0') };
            let after = format!("{after}{}", "0".repeat(zeros));
            let text = if after.is_empty() { before.to_owned() } else { format!("{before}.{after}e{places}") };
            prop_assert_eq!(whole(&text), Ok(value));
        }
    }
}

//! Decodes whatever stands at a place of the document: what is expected there is used, anything else becomes a problem, and
//! the decoder reads on, so that all problems are found.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::problem::{MOST_FACES, ProblemKind};

/// A place in the document. What is not expected there is passed to `other`, once it was read.
pub(super) trait Place<'de>: Sized {
    /// What is found there.
    type Found;

    /// Takes a value of another type than those that are expected.
    fn other(self) -> Self::Found;

    /// Takes a string.
    fn text(self, _text: &str) -> Self::Found {
        self.other()
    }

    /// Takes a number: a whole one that JSON has exactly, or what is wrong with it.
    fn number(self, _number: Result<u64, ProblemKind>) -> Self::Found {
        self.other()
    }

    /// Takes an array.
    fn array<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Found, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self.other())
    }

    /// Takes an object.
    fn object<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Found, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(self.other())
    }
}

/// Decodes a value for a place.
pub(super) struct Lenient<P>(pub(super) P);

impl<'de, P: Place<'de>> DeserializeSeed<'de> for Lenient<P> {
    type Value = P::Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<P::Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, P: Place<'de>> Visitor<'de> for Lenient<P> {
    type Value = P::Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<P::Found, E> {
        Ok(self.0.other())
    }

    fn visit_unit<E>(self) -> Result<P::Found, E> {
        Ok(self.0.other())
    }

    fn visit_u64<E>(self, number: u64) -> Result<P::Found, E> {
        Ok(self.0.number(if number > MOST_FACES { Err(ProblemKind::TooGreat) } else { Ok(number) }))
    }

    fn visit_i64<E>(self, number: i64) -> Result<P::Found, E> {
        Ok(self.0.number(u64::try_from(number).map_err(|_| ProblemKind::Negative)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<P::Found, E> {
        Ok(self.0.number(whole(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<P::Found, E> {
        Ok(self.0.text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<P::Found, A::Error> {
        self.0.array(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<P::Found, A::Error> {
        self.0.object(members)
    }
}

/// `51.0` and `5.1e1` are the whole number 51, as in JSON Schema.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and within the limits")]
fn whole(number: f64) -> Result<u64, ProblemKind> {
    if number.fract() != 0.0 {
        Err(ProblemKind::NotWhole)
    } else if number < 0.0 {
        Err(ProblemKind::Negative)
    } else if number > MOST_FACES as f64 {
        Err(ProblemKind::TooGreat)
    } else {
        Ok(number as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_whole_or_has_a_problem() {
        for (number, expected) in [
            (51.0, Ok(51)),
            (-0.0, Ok(0)),
            (9_007_199_254_740_992.0, Ok(MOST_FACES)),
            (9_007_199_254_740_994.0, Err(ProblemKind::TooGreat)),
            (1e300, Err(ProblemKind::TooGreat)),
            (0.5, Err(ProblemKind::NotWhole)),
            (-0.5, Err(ProblemKind::NotWhole)),
            (-1e300, Err(ProblemKind::Negative)),
        ] {
            assert_eq!(whole(number), expected, "{number}");
        }
    }
}

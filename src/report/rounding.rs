//! Rounding down, so that a current number shows an order of magnitude only.

/// The greatest of 0, 1, 2, 5, 10, 20, 50, 100, … that is not above `value`.
#[must_use]
pub const fn round_down(value: u64) -> u64 {
    let Some(exponent) = value.checked_ilog10() else { return 0 };
    let power = 10_u64.pow(exponent);
    match value / power {
        1 => power,
        2..=4 => 2 * power,
        _ => 5 * power,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_numbers_are_rounded_as_listed() {
        let rounded: Vec<_> = [0, 1, 2, 3, 4, 5, 9, 10, 19, 20, 37, 49, 50, 99, 100, 999].map(round_down).into();
        assert_eq!(rounded, [0, 1, 2, 2, 2, 5, 5, 10, 10, 20, 20, 20, 50, 50, 100, 500]);
        assert_eq!(round_down(u64::MAX), 10_000_000_000_000_000_000);
    }

    /// Every step that 64 bits hold, written out by multiplying.
    fn steps() -> Vec<u64> {
        let powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(10));
        let mut steps: Vec<_> = powers.flat_map(|p| [1, 2, 5].map(|digit| p.checked_mul(digit))).flatten().collect();
        steps.push(0);
        steps.sort_unstable();
        steps
    }

    proptest! {
        #[test]
        fn rounded_number_is_the_greatest_step_not_above(bits in 0_u32..64, random: u64) {
            let value = random >> bits;
            let expected = steps().into_iter().rfind(|step| *step <= value);
            prop_assert_eq!(Some(round_down(value)), expected);
        }

        #[test]
        fn rounding_is_idempotent_and_keeps_order(one: u64, other: u64) {
            prop_assert_eq!(round_down(round_down(one)), round_down(one));
            prop_assert!(round_down(one.min(other)) <= round_down(one.max(other)));
        }
    }
}

//! Settings that are true or false.

/// What was said of something that is true or false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Switch {
    /// Nothing.
    #[default]
    Unset,
    /// `true`, `1`, `yes` or `on`, in any case.
    True,
    /// `false`, `0`, `no` or `off`, in any case.
    False,
    /// Something else.
    Unclear,
}

impl Switch {
    /// Reads a value that was given. An empty one is unclear; an empty variable counts as not given.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is_one_of(["true", "1", "yes", "on"]) {
            Self::True
        } else if is_one_of(["false", "0", "no", "off"]) {
            Self::False
        } else {
            Self::Unclear
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_words_in_any_case_and_nothing_else() {
        for text in ["true", "1", "yes", "on", "TRUE", "True", "YES", "oN"] {
            assert_eq!(Switch::parse(text), Switch::True, "{text:?}");
        }
        for text in ["false", "0", "no", "off", "FALSE", "False", "No", "oFF"] {
            assert_eq!(Switch::parse(text), Switch::False, "{text:?}");
        }
        for text in [
            "",
            " ",
            "true ",
            " false",
            "2",
            "-1",
            "00",
            "t",
            "f",
            "y",
            "n",
            "disabled",
            "null",
            "tru",
            "ｏｆｆ",
            "true\n",
        ] {
            assert_eq!(Switch::parse(text), Switch::Unclear, "{text:?}");
        }
    }
}

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

    /// Reads the value of a setting that opts out, which has to arrive: `true` may have blanks around it, and the quotes
    /// that some readers of env files keep. Everything else is read as by [`Self::parse`].
    #[must_use]
    pub fn parse_opt_out(text: &str) -> Self {
        let trimmed = text.trim_ascii();
        let unquoted = ['"', '\''].iter().find_map(|quote| trimmed.strip_prefix(*quote)?.strip_suffix(*quote));
        match Self::parse(unquoted.unwrap_or(trimmed).trim_ascii()) {
            Self::True => Self::True,
            _ => Self::parse(text),
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

    #[test]
    fn an_opt_out_arrives_in_quotes_and_with_blanks_and_nothing_else_does() {
        for text in
            ["true", "ON", "\"true\"", "'true'", "\"1\"", "'Yes'", " true", "true\r\n", " \"true\"\t", "\" on \""]
        {
            assert_eq!(Switch::parse_opt_out(text), Switch::True, "{text:?}");
        }
        for text in ["false", "0", "NO", "off"] {
            assert_eq!(Switch::parse_opt_out(text), Switch::False, "{text:?}");
        }
        for text in [
            "",
            "\"",
            "\"\"",
            "\"false\"",
            "'0'",
            " false",
            "off\n",
            "\"true",
            "true'",
            "\"true'",
            "\"'true'\"",
            "`true`",
            "\u{201c}true\u{201d}",
            "true\u{a0}",
            "\"treu\"",
        ] {
            assert_eq!(Switch::parse_opt_out(text), Switch::Unclear, "{text:?}");
        }
    }
}

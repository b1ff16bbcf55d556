//! The process's environment as a value, so that tests need no process of their own.
//!
//! Must not know any setting. Values are zeroed when they are dropped, since some are passwords.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use zeroize::Zeroizing;

/// The state of a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variable<'a> {
    /// Absent or empty.
    Unset,
    /// A text that is not empty.
    Text(&'a str),
    /// Bytes that are not UTF-8.
    Unreadable,
}

/// Environment variables, by name. `Debug` shows names alone.
#[derive(Clone, Default)]
pub struct Environment {
    /// `None` is a value that is not UTF-8.
    variables: BTreeMap<String, Option<Zeroizing<String>>>,
}

impl Environment {
    /// The environment of this process: the one place that reads it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the process's environment")]
    pub fn of_process() -> Self {
        Self::from_os(std::env::vars_os())
    }

    /// An environment of these strings. In a name, bytes that are not UTF-8 are replaced.
    pub fn from_os(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let readable = |(name, value): (OsString, OsString)| {
            (name.to_string_lossy().into_owned(), value.into_string().ok().map(Zeroizing::new))
        };
        Self { variables: variables.into_iter().map(readable).collect() }
    }

    /// Returns the state of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Variable<'_> {
        match self.variables.get(name) {
            None => Variable::Unset,
            Some(None) => Variable::Unreadable,
            Some(Some(text)) if text.is_empty() => Variable::Unset,
            Some(Some(text)) => Variable::Text(text),
        }
    }

    /// Returns the names of all variables that are not empty, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str).filter(|name| self.get(name) != Variable::Unset)
    }
}

impl From<BTreeMap<String, String>> for Environment {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name, Some(Zeroizing::new(value)))).collect() }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self::from(
            variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
        )
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")?;
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl fmt::Debug for Variable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unset => "Unset",
            Self::Text(_) => "Text(redacted)",
            Self::Unreadable => "Unreadable",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn empty_is_unset_and_other_bytes_are_unreadable() {
        let odd = (OsString::from("ODD"), OsString::from_vec(vec![b'x', 0xff]));
        let environment = Environment::from_os([(OsString::from("EMPTY"), OsString::new()), odd]);
        assert_eq!(environment.get("ABSENT"), Variable::Unset);
        assert_eq!(environment.get("EMPTY"), Variable::Unset);
        assert_eq!(environment.get("ODD"), Variable::Unreadable);
        assert_eq!(environment.names().collect::<Vec<_>>(), ["ODD"]);
    }

    #[test]
    fn debug_shows_no_value() {
        let environment = Environment::from([("HEADCOUNT_COMPREFACE_PASSWORD", "open sesame")]);
        let shown = format!("{environment:?} {:?}", environment.get("HEADCOUNT_COMPREFACE_PASSWORD"));
        assert!(shown.contains("HEADCOUNT_COMPREFACE_PASSWORD") && !shown.contains("sesame"), "{shown}");
    }
}

//! Reads one setting at a time from flags and variables, and records every error.

use std::borrow::Cow;

use super::environment::{Environment, Variable};
use super::error::{SettingError, SettingErrorKind};
use super::flags::Flags;
use super::setting::{DefaultValue, Invalid, Setting, Typed};
use super::url::BaseUrlError;
use crate::error_chain::Explanation;

/// What became of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed<T> {
    /// The setting is not set.
    Unset,
    /// Its value is invalid; the error is recorded.
    Invalid,
    /// A valid value.
    Valid(T),
}

impl<T> Parsed<T> {
    /// Returns the value, if there is a valid one.
    #[must_use]
    pub fn valid(self) -> Option<T> {
        match self {
            Self::Valid(value) => Some(value),
            Self::Unset | Self::Invalid => None,
        }
    }

    /// Returns the value, if any, or `None` if it is invalid.
    #[must_use]
    pub fn optional(self) -> Option<Option<T>> {
        match self {
            Self::Unset => Some(None),
            Self::Invalid => None,
            Self::Valid(value) => Some(Some(value)),
        }
    }

    /// Returns whether the setting is set, valid or not.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        !matches!(self, Self::Unset)
    }
}

/// Reads settings from flags and variables; flags win.
#[derive(Debug)]
pub struct SettingsReader<'a> {
    flags: &'a Flags,
    environment: &'a Environment,
    errors: Vec<SettingError>,
    missing: Vec<SettingError>,
}

/// A setting's text and the name that it was given by.
struct Given<'a> {
    name: String,
    value: Variable<'a>,
}

impl<'a> SettingsReader<'a> {
    /// A reader of settings from `flags` and `environment`.
    #[must_use]
    pub const fn new(flags: &'a Flags, environment: &'a Environment) -> Self {
        Self { flags, environment, errors: Vec::new(), missing: Vec::new() }
    }

    /// Returns all errors, and the settings that are required and not set.
    pub(super) fn into_errors(self) -> (Vec<SettingError>, Vec<SettingError>) {
        (self.errors, self.missing)
    }

    /// Returns the environment, for variables that are no settings.
    pub(super) const fn environment(&self) -> &'a Environment {
        self.environment
    }

    /// Records that a setting contradicts another one.
    pub fn conflict(&mut self, setting: &Setting, predicate: impl Into<String>, remedy: impl Into<Cow<'static, str>>) {
        let problem = Explanation::new(predicate, remedy);
        self.reject(setting, &Invalid { kind: SettingErrorKind::Conflict, problem });
    }

    /// Records that a setting's value is not accepted, for a reason that its row does not know.
    pub fn reject(&mut self, setting: &Setting, reason: &Invalid) {
        let name = self.given(setting).name;
        self.errors.push(SettingError::new(&name, reason.kind, &reason.problem));
    }

    /// Returns whether a setting is given, valid or not.
    #[must_use]
    pub fn is_given(&self, setting: &Setting) -> bool {
        self.given(setting).value != Variable::Unset
    }

    /// Records that a required setting is not set.
    pub fn require(&mut self, setting: &Setting) {
        let flag = setting.flag.map(|flag| format!(" (or --{flag})")).unwrap_or_default();
        let problem = Explanation::new("is not set", format!("set it{flag} to {}", setting.accepts));
        self.missing.push(SettingError::new(setting.variable, SettingErrorKind::Missing, &problem));
    }

    /// Records errors that were found elsewhere.
    pub(super) fn add_errors(&mut self, errors: impl IntoIterator<Item = SettingError>) {
        for error in errors {
            // What is a setting of a service that is not read has its error by then.
            if !self.errors.iter().any(|known| known.setting == error.setting) {
                self.errors.push(error);
            }
        }
    }

    /// Returns what was written for a setting's flag, whatever its variable holds.
    pub(super) fn flag(&self, setting: &Setting) -> Option<&'a str> {
        self.flags.get(setting.flag?)
    }

    fn given(&self, setting: &Setting) -> Given<'a> {
        match setting.flag.zip(self.flag(setting)) {
            Some((flag, text)) => Given { name: format!("--{flag}"), value: Variable::Text(text) },
            None => Given { name: setting.variable.to_owned(), value: self.environment.get(setting.variable) },
        }
    }

    /// Reads a setting.
    pub fn read<T>(&mut self, setting: &Typed<T>) -> Parsed<T> {
        match self.try_read(setting) {
            Ok(None) => Parsed::Unset,
            Ok(Some(value)) => Parsed::Valid(value),
            Err(error) => {
                self.errors.push(error);
                Parsed::Invalid
            }
        }
    }

    /// Returns the value of a setting, or its default if it is not set, or `None` if it is invalid.
    pub fn valid_or_default<T: Default>(&mut self, setting: &Typed<T>) -> Option<T> {
        match self.read(setting) {
            Parsed::Unset => Some(default(setting)),
            read => read.valid(),
        }
    }

    /// Returns the value of a setting, or its default if it is not set or invalid.
    pub(crate) fn get<T: Default>(&mut self, setting: &Typed<T>) -> T {
        self.valid_or_default(setting).unwrap_or_else(|| default(setting))
    }

    /// Reads a setting and records nothing.
    pub(super) fn try_read<T>(&self, setting: &Typed<T>) -> Result<Option<T>, SettingError> {
        let given = self.given(setting);
        let parsed = match given.value {
            Variable::Unset => return Ok(None),
            Variable::Unreadable => Err(Invalid::because("is not valid UTF-8", "set it again")),
            // Only a flag can be empty. The variable or the default must not decide then.
            Variable::Text("") => Err(Invalid::because("is empty", "set a value or remove the flag")),
            Variable::Text(text) if setting.flag.is_some() && is_quoted(text) => Err(BaseUrlError::Quotes.into()),
            Variable::Text(text) => (setting.parse)(setting, text),
        };
        parsed.map(Some).map_err(|invalid| SettingError::new(&given.name, invalid.kind, &invalid.problem))
    }
}

/// Returns the default of a setting. A test reads all of them, so that `T::default()` stands for no value only.
pub(super) fn default<T: Default>(setting: &Typed<T>) -> T {
    match setting.default {
        DefaultValue::Text(text) => (setting.parse)(setting, text).unwrap_or_default(),
        DefaultValue::None(_) | DefaultValue::Required => T::default(),
    }
}

/// Whether a value is in the quotes that a shell would have removed, and that some readers of env files keep. Secrets that
/// are given by value, which have no flag, may begin and end with quotes.
fn is_quoted(text: &str) -> bool {
    ['"', '\''].iter().any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote))
}

#[cfg(test)]
mod tests {
    use super::super::setting::settings;
    use super::*;

    #[allow(dead_code, reason = "the macro makes a list of the rows, which no test needs")]
    mod rows {
        use super::super::super::setting::Accepts;
        use super::{Invalid, settings};

        settings! {
            NUMBER: u8 = |setting, text| text.parse().map_err(|_| Invalid::expected(setting)), {
                flag: Some("number"), accepts: Accepts::Form("a number"),
            };
            SECRET: String = |_, text| Ok(text.to_owned()), { help: "" };
        }
    }
    use rows::{NUMBER, SECRET};

    fn reader<'a>(flags: &'a Flags, environment: &'a Environment) -> SettingsReader<'a> {
        SettingsReader::new(flags, environment)
    }

    #[test]
    fn flag_and_variable_flag_wins_and_is_named() {
        let flags = Flags::from([("number", "x")]);
        let environment = Environment::from([("HEADCOUNT_NUMBER", "7")]);
        let mut with_flag = reader(&flags, &environment);
        assert_eq!(with_flag.read(&NUMBER), Parsed::Invalid);
        let (errors, _) = with_flag.into_errors();
        assert_eq!(errors[0].explanation.to_string(), "--number is invalid; set it to a number");
        let flags = Flags::default();
        let mut without_flag = reader(&flags, &environment);
        assert_eq!(without_flag.read(&NUMBER), Parsed::Valid(7));
    }

    #[test]
    fn quotes_are_invalid_except_in_a_secret() {
        let environment = Environment::from([("HEADCOUNT_NUMBER", "\"7\""), ("HEADCOUNT_SECRET", "\"7\"")]);
        let flags = Flags::default();
        let mut reader = reader(&flags, &environment);
        assert_eq!(reader.read(&NUMBER), Parsed::Invalid);
        assert_eq!(reader.read(&SECRET), Parsed::Valid("\"7\"".to_owned()));
        let (errors, _) = reader.into_errors();
        assert_eq!((errors[0].setting.as_str(), errors[0].kind.name()), ("HEADCOUNT_NUMBER", "invalid"));
    }

    #[test]
    fn empty_variable_is_unset_and_empty_flag_is_invalid() {
        let environment = Environment::from([("HEADCOUNT_NUMBER", "")]);
        let none = Flags::default();
        assert_eq!(reader(&none, &environment).read(&NUMBER), Parsed::Unset);
        let flags = Flags::from([("number", "")]);
        let mut reader = reader(&flags, &environment);
        assert_eq!(reader.read(&NUMBER), Parsed::Invalid);
        assert_eq!(reader.into_errors().0[0].setting, "--number");
    }
}

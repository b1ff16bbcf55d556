//! What is wrong with a setting.

use std::borrow::Cow;
use std::fmt;

use super::setting::Setting;

/// One thing that is wrong with the settings. It never repeats a value, since any value may be a misplaced secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The setting as the operator wrote it: the flag if that was given, else the variable.
    pub setting: String,
    /// The kind of error.
    pub kind: SettingErrorKind,
    /// One sentence that begins with the setting and ends with the remedy.
    pub sentence: String,
}

/// Kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingErrorKind {
    /// The setting is required and not set.
    Missing,
    /// The value is not of the expected form.
    Invalid,
    /// The value is too small or too large.
    OutOfRange,
    /// There is no such setting.
    Unknown,
    /// The setting contradicts another one.
    Conflict,
}

impl SettingErrorKind {
    /// Returns the kind's stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::OutOfRange => "out_of_range",
            Self::Unknown => "unknown",
            Self::Conflict => "conflict",
        }
    }
}

impl SettingError {
    /// The error of `setting`, whose sentence is its name and `predicate`.
    #[must_use]
    pub fn new(setting: &str, kind: SettingErrorKind, predicate: impl fmt::Display) -> Self {
        // A variable's name may hold anything, and this goes to terminals and logs.
        let setting = setting.escape_debug().to_string();
        Self { sentence: format!("{setting} {predicate}"), setting, kind }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// Why a value is not accepted: a predicate of the setting, without the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    pub(super) kind: SettingErrorKind,
    pub(super) predicate: Cow<'static, str>,
}

impl Invalid {
    /// The value is not of the form that the setting accepts.
    #[must_use]
    pub fn expected(setting: &Setting) -> Self {
        Self::because(format!("is invalid; expected {}", setting.accepts))
    }

    /// The value is not accepted, because of what the predicate says.
    #[must_use]
    pub fn because(predicate: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: SettingErrorKind::Invalid, predicate: predicate.into() }
    }

    /// The value is too small or too large.
    pub(super) fn out_of_range(setting: &Setting) -> Self {
        let predicate = format!("is out of range; expected {}", setting.accepts);
        Self { kind: SettingErrorKind::OutOfRange, predicate: predicate.into() }
    }
}

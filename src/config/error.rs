//! What is wrong with a setting.

use std::error::Error;
use std::fmt;

use crate::error_chain::{Describe, Description, Explanation};
use crate::named::named;

/// One thing that is wrong with the settings. It never repeats a value, since any value may be a misplaced secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The setting as the operator wrote it: the flag if that was given, else the variable.
    pub setting: String,
    /// The kind of error.
    pub kind: SettingErrorKind,
    /// A sentence that begins with the setting, and the remedy.
    pub explanation: Explanation,
}

named! {
    /// Kinds of errors, by the codes of their errors.
    pub enum SettingErrorKind {
        /// The setting is required and not set.
        Missing = "missing",
        /// The value is not of the expected form.
        Invalid = "invalid",
        /// The value is too small or too large.
        OutOfRange = "out_of_range",
        /// There is no such setting.
        Unknown = "unknown",
        /// The setting contradicts another one.
        Conflict = "conflict",
    }
}

impl SettingError {
    /// The error of `setting`, whose text is its name and the predicate of `problem`.
    #[must_use]
    pub fn new(setting: &str, kind: SettingErrorKind, problem: &Explanation) -> Self {
        // A variable's name may hold anything, and this goes to terminals and logs.
        let setting = setting.escape_debug().to_string();
        let explanation = Explanation { text: format!("{setting} {}", problem.text), ..problem.clone() };
        Self { setting, kind, explanation }
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explanation.text)
    }
}

impl Error for SettingError {}

impl Describe for SettingError {
    fn describe(&self) -> Description {
        Description { code: self.kind.name(), remedy: self.explanation.remedy.clone() }
    }
}

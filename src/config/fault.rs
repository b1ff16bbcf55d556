//! What is wrong with a setting, in words.

use std::fmt;

/// One thing that is wrong with the settings. It never repeats a value: any of them may be a secret in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The setting as the operator wrote it: the flag if that was given, else the variable.
    pub setting: String,
    /// What kind of thing is wrong.
    pub kind: FaultKind,
    /// One sentence that begins with the setting and says what to do.
    pub sentence: String,
}

/// What kind of thing is wrong with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It is needed and not set.
    Missing,
    /// Its value makes no sense.
    Malformed,
    /// There is no such setting.
    Unknown,
    /// It contradicts another setting.
    Conflict,
}

impl Fault {
    /// The fault of `setting`, whose sentence is its name and `predicate`.
    #[must_use]
    pub fn new(setting: &str, kind: FaultKind, predicate: impl fmt::Display) -> Self {
        // A variable's name may hold anything, and this goes to terminals and logs.
        let setting = setting.escape_debug().to_string();
        Self { sentence: format!("{setting} {predicate}"), setting, kind }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

//! What one setting is: the row from which its flag, variable, help, check, default and documentation are made.
//!
//! Must not know any one setting, nor clap's types beyond the words of an enum.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use clap::ValueEnum;

use super::error::SettingErrorKind;
use crate::error_chain::Explanation;

/// One row of the table of settings.
#[derive(Debug)]
pub struct Setting {
    /// The environment variable.
    pub variable: &'static str,
    /// The flag without its two dashes. Secrets given by value have none, since command lines are visible to all users.
    pub flag: Option<&'static str>,
    /// The heading in the help and in the documentation.
    pub group: Group,
    /// What stands for the value in the help.
    pub value: &'static str,
    /// What applies while the setting is not set.
    pub default: DefaultValue,
    /// What a value must be.
    pub accepts: Accepts,
    /// What it sets: a noun phrase of at most 60 characters.
    pub help: &'static str,
    /// What else an operator needs to know; whole sentences, or empty.
    pub detail: &'static str,
    /// The value of the Helm chart that it is set by; empty if there is none.
    pub chart: &'static str,
}

impl Setting {
    /// A row without a flag, to which the fields of a setting are added.
    pub const NEW: Self = Self {
        variable: "",
        flag: None,
        group: Group::Operation,
        value: "TEXT",
        default: DefaultValue::None("none"),
        accepts: Accepts::Form("text"),
        help: "",
        detail: "",
        chart: "",
    };
}

/// Why a value is not accepted: a predicate of the setting without the value, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    pub(super) kind: SettingErrorKind,
    pub(super) problem: Explanation,
}

impl Invalid {
    /// The value is not of the form that the setting accepts.
    #[must_use]
    pub fn expected(setting: &Setting) -> Self {
        Self::because("is invalid", format!("set it to {}", setting.accepts))
    }

    /// The value is not accepted, because of what the predicate says.
    #[must_use]
    pub fn because(predicate: impl Into<String>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: SettingErrorKind::Invalid, problem: Explanation::new(predicate, remedy) }
    }

    /// The value is too small or too large.
    pub(super) fn out_of_range(setting: &Setting) -> Self {
        let problem = Explanation::new("is out of range", format!("set it to {}", setting.accepts));
        Self { kind: SettingErrorKind::OutOfRange, problem }
    }

    /// The same, with something more to do.
    #[must_use]
    pub fn and(mut self, more: impl fmt::Display) -> Self {
        self.problem.remedy = self.problem.remedy.map(|remedy| format!("{remedy}, and {more}").into());
        self
    }
}

/// A setting together with the function that reads its values. The function also reads the default.
#[derive(Debug)]
pub struct Typed<T: 'static> {
    /// The row.
    pub setting: Setting,
    /// Reads a value that is not empty.
    pub parse: fn(&Setting, &str) -> Result<T, Invalid>,
}

impl<T> Deref for Typed<T> {
    type Target = Setting;

    fn deref(&self) -> &Setting {
        &self.setting
    }
}

/// Makes a static [`Typed`] of each row, and `SETTINGS`, the list of all rows in their order. The variable's name is
/// `HEADCOUNT_` and the name of the static.
macro_rules! settings {
    ($($name:ident: $type:ty = $parse:expr, { $($field:ident: $value:expr),* $(,)? };)*) => {
        $(#[allow(clippy::needless_update, reason = "a row may have all fields")]
        pub(crate) static $name: $crate::config::Typed<$type> = $crate::config::Typed {
            setting: $crate::config::Setting {
                variable: concat!("HEADCOUNT_", stringify!($name)),
                $($field: $value,)*
                ..$crate::config::Setting::NEW
            },
            parse: $parse,
        };)*
        /// The rows, in the order in which the help and the documentation list them.
        #[allow(unreachable_pub, reason = "only some tables are part of the library's interface")]
        pub static SETTINGS: &[&$crate::config::Setting] = &[$(&$name.setting),*];
    };
}
pub(crate) use settings;

/// The headings under which the settings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// The service that is read, or the settings of one service, under this heading.
    Service(&'static str),
    /// The recipient of reports.
    Destination,
    /// The decision.
    Consent,
    /// The schedule.
    Schedule,
    /// Stored data and identity.
    Storage,
    /// The process itself.
    Operation,
}

impl Group {
    /// The heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Service(title) => title,
            Self::Destination => "Destination",
            Self::Consent => "Consent",
            Self::Schedule => "Schedule",
            Self::Storage => "Storage",
            Self::Operation => "Operation",
        }
    }
}

/// What applies while a setting is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// This value, as an operator would write it.
    Text(&'static str),
    /// No value; the words say what that means.
    None(&'static str),
    /// The setting is required.
    Required,
}

impl fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::None(text) => f.write_str(text),
            Self::Required => f.write_str("required"),
        }
    }
}

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Accepts {
    /// One of some words, in any case.
    Words(fn() -> Vec<String>),
    /// True or false.
    Boolean,
    /// A duration between two others, which are included.
    Duration {
        /// The shortest.
        least: &'static str,
        /// The longest.
        most: &'static str,
        /// Whether it must be whole hours.
        whole_hours: bool,
    },
    /// Text of the form that this noun phrase names.
    Form(&'static str),
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(f, "one of {}", words().join(", ")),
            Self::Boolean => f.write_str("true or false"),
            Self::Duration { least, most, whole_hours: false } => write!(f, "a duration from {least} to {most}"),
            Self::Duration { least, most, whole_hours: true } => {
                write!(f, "a duration of whole hours from {least} to {most}")
            }
            Self::Form(form) => f.write_str(form),
        }
    }
}

/// The words of an enum, for [`Accepts::Words`].
pub(super) fn words<T: ValueEnum>() -> Vec<String> {
    let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}

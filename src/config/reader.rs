//! One setting at a time: finds what was said of it, reads it, and keeps what is wrong.

use std::fmt;
use std::path::PathBuf;

use super::environment::{Environment, Variable};
use super::fault::{Fault, FaultKind};
use super::flags::Flags;
use super::names::Setting;

/// What became of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read<T> {
    /// Nobody said anything.
    Unset,
    /// Something was said that makes no sense; the fault is kept.
    Faulty,
    /// A valid value.
    Valid(T),
}

impl<T> Read<T> {
    pub(super) fn valid(self) -> Option<T> {
        match self {
            Self::Valid(value) => Some(value),
            Self::Unset | Self::Faulty => None,
        }
    }

    /// The value, if any; none if it is at fault.
    pub(super) fn optional(self) -> Option<Option<T>> {
        match self {
            Self::Unset => Some(None),
            Self::Faulty => None,
            Self::Valid(value) => Some(Some(value)),
        }
    }

    pub(super) fn is_set(&self) -> bool {
        !matches!(self, Self::Unset)
    }
}

/// Reads settings from flags and variables; flags win.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    flags: &'a Flags,
    environment: &'a Environment,
    faults: Vec<Fault>,
}

/// What was said of a setting, and where.
struct Said<'a> {
    name: &'static str,
    value: Variable<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(flags: &'a Flags, environment: &'a Environment) -> Self {
        Self { flags, environment, faults: Vec::new() }
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// The environment, for variables that are no settings.
    pub(super) fn environment(&self) -> &'a Environment {
        self.environment
    }

    /// Keeps a fault of a setting, named as the operator wrote it.
    pub(super) fn fault(&mut self, setting: &Setting, kind: FaultKind, predicate: impl fmt::Display) {
        let name = self.said(setting).name;
        self.faults.push(Fault::new(name, kind, predicate));
    }

    /// Keeps faults that were found elsewhere.
    pub(super) fn add_faults(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.extend(faults);
    }

    /// What was written for a setting's flag, whatever its variable says.
    pub(super) fn flag(&self, setting: &Setting) -> Option<&'a str> {
        self.flags.get(setting.flag?)
    }

    fn said(&self, setting: &Setting) -> Said<'a> {
        match setting.flag.zip(self.flag(setting)) {
            Some((flag, text)) => Said { name: flag, value: Variable::Text(text) },
            None => Said { name: setting.variable, value: self.environment.get(setting.variable) },
        }
    }

    /// Reads one setting with `parse`, whose error is a predicate: the fault's sentence is the setting's name and that.
    pub(super) fn read<T, E: fmt::Display>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Read<T> {
        let predicate = match self.said(setting).value {
            Variable::Unset => return Read::Unset,
            Variable::Unreadable => "holds bytes that are not UTF-8; set it again".to_owned(),
            // Only a flag can be empty. Taking that for unset would let the variable or the default decide.
            Variable::Text("") => "is empty; give it a value or leave the flag out".to_owned(),
            Variable::Text(text) if setting.flag.is_some() && is_quoted(text) => {
                "must not be in quotes; remove them".to_owned()
            }
            Variable::Text(text) => match parse(text) {
                Ok(value) => return Read::Valid(value),
                Err(error) => error.to_string(),
            },
        };
        self.fault(setting, FaultKind::Malformed, predicate);
        Read::Faulty
    }

    /// Reads one of a few words, in any case.
    pub(super) fn word<T: Copy>(&mut self, setting: &Setting, words: &[(&str, T)]) -> Read<T> {
        self.read(setting, |text| {
            let found = words.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, value)| *value);
            found.ok_or_else(|| {
                let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                format!("makes no sense; set it to one of {}", all.join(", "))
            })
        })
    }

    /// Reads a path.
    pub(super) fn path(&mut self, setting: &Setting) -> Read<PathBuf> {
        self.read(setting, |text| {
            let is_path = !text.contains('\0');
            if is_path { Ok(PathBuf::from(text)) } else { Err("is not a path; take out the NUL") }
        })
    }
}

/// Whether a value is in the quotes that a shell would have removed, and that some readers of env files keep. Secrets that
/// are given by value, which have no flag, may begin and end so.
fn is_quoted(text: &str) -> bool {
    ['"', '\''].iter().any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote))
}

#[cfg(test)]
mod tests {
    use super::super::names::{COMPREFACE_PASSWORD, KEEP, LOG_FORMAT, STATE_DIR};
    use super::*;

    fn number(text: &str) -> Result<u8, &'static str> {
        text.parse().map_err(|_| "is not a number")
    }

    #[test]
    fn flags_win_over_variables_and_faults_name_what_was_written() {
        let flags = Flags { keep: Some("x".to_owned()), ..Flags::default() };
        let environment = Environment::from([("HEADCOUNT_KEEP", "7"), ("HEADCOUNT_LOG_FORMAT", "xml")]);
        let mut reader = Reader::new(&flags, &environment);
        assert_eq!(reader.read(&KEEP, number), Read::Faulty);
        assert_eq!(reader.word(&LOG_FORMAT, &[("text", 1), ("json", 2)]), Read::Faulty);
        let none = Flags::default();
        let mut without_flag = Reader::new(&none, &environment);
        assert_eq!(without_flag.read(&KEEP, number), Read::Valid(7));
        let sentences: Vec<_> = reader.into_faults().into_iter().map(|fault| fault.sentence).collect();
        let expected = ["--keep is not a number", "HEADCOUNT_LOG_FORMAT makes no sense; set it to one of text, json"];
        assert_eq!(sentences, expected);
    }

    #[test]
    fn quotes_around_a_value_are_a_fault_except_of_a_secret() {
        let environment = Environment::from([
            ("HEADCOUNT_KEEP", "\"7\""),
            ("HEADCOUNT_STATE_DIR", "'/state'"),
            ("HEADCOUNT_COMPREFACE_PASSWORD", "\"7\""),
        ]);
        let none = Flags::default();
        let mut reader = Reader::new(&none, &environment);
        assert_eq!((reader.read(&KEEP, number), reader.path(&STATE_DIR)), (Read::Faulty, Read::Faulty));
        let password = reader.read(&COMPREFACE_PASSWORD, |text| Ok::<_, &str>(text.len()));
        assert_eq!(password, Read::Valid(3));
        let faults = reader.into_faults();
        assert!(faults.iter().all(|fault| fault.sentence.contains("quotes")), "{faults:?}");
    }

    #[test]
    fn an_empty_variable_is_unset_and_an_empty_flag_is_a_fault() {
        let environment = Environment::from([("HEADCOUNT_KEEP", "")]);
        let none = Flags::default();
        assert_eq!(Reader::new(&none, &environment).read(&KEEP, number), Read::Unset);
        let flags = Flags { keep: Some(String::new()), ..Flags::default() };
        let mut reader = Reader::new(&flags, &environment);
        assert_eq!(reader.read(&KEEP, number), Read::Faulty);
        assert_eq!(reader.into_faults()[0].setting, "--keep");
    }
}

//! The flags of a command line as they were written. Nothing is parsed yet.

use std::collections::BTreeMap;
use std::fmt;

use clap::ArgMatches;

use super::setting::Setting;

/// What was written for each flag that is a setting, by the flag's name. `Debug` shows names only.
#[derive(Clone, Default)]
pub struct Flags(BTreeMap<&'static str, String>);

impl Flags {
    /// Takes the flags of these settings from a command line, which must define all of them.
    #[must_use]
    pub fn from_matches(settings: &[&'static Setting], matches: &ArgMatches) -> Self {
        let flags = settings.iter().filter_map(|setting| setting.flag);
        Self(flags.filter_map(|flag| Some((flag, matches.get_one::<String>(flag)?.clone()))).collect())
    }

    /// Returns what was written for a flag.
    #[must_use]
    pub fn get(&self, flag: &str) -> Option<&str> {
        self.0.get(flag).map(String::as_str)
    }
}

impl<const N: usize> From<[(&'static str, &str); N]> for Flags {
    fn from(flags: [(&'static str, &str); N]) -> Self {
        Self(flags.map(|(flag, text)| (flag, text.to_owned())).into())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Flags")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

//! What was played, in figures.

use std::collections::BTreeMap;

use crate::journal::{Journal, Side, Told, What};
use crate::support::compreface::Served;

#[derive(Default)]
pub(crate) struct Statistics {
    runs: usize,
    days: u64,
    /// Faults by where they are and what they are called.
    faults: BTreeMap<(Side, &'static str), usize>,
    /// Everything else that was counted.
    counts: BTreeMap<&'static str, usize>,
}

impl Statistics {
    pub(crate) fn take(&mut self, journal: &Journal) {
        self.runs += 1;
        self.days += journal.recipe.whole_days();
        *self.counts.entry(journal.recipe.protocol.name).or_default() += 1;
        for entry in &journal.entries {
            let name = match &entry.what {
                What::Fault { side, name, begins: true } => {
                    *self.faults.entry((*side, name)).or_default() += 1;
                    continue;
                }
                What::Ended { by_signal: true } => "ended by a signal",
                What::Ended { by_signal: false } => "ended where it stood",
                What::Decided(crate::journal::Consent::Missing) => "a yes taken back",
                What::Decided(crate::journal::Consent::No) => "a no",
                What::Started { is_once: true, .. } => "calls of once",
                What::Started { wanted: Some(_), .. } => "runs with a set install_guid",
                What::Stepped => "steps of the clock",
                What::Slept => "sleeps of the machine",
                What::MountVanished => "mounts that vanished",
                What::StoreLost => "state directories lost",
                What::Asked { .. } | What::Requested { .. } => "requests to the service",
                What::Served(Served::Users(_, true)) | What::Told(Told::Users(_) | Told::Document(_)) => {
                    "complete scrapes"
                }
                What::Arrived { .. } => "requests to the endpoint",
                What::Looked(look) => {
                    for line in &look.audit {
                        *self.counts.entry(line.outcome.name()).or_default() += 1;
                    }
                    continue;
                }
                _ => continue,
            };
            *self.counts.entry(name).or_default() += 1;
        }
    }

    /// How many runs were played.
    pub(crate) fn runs(&self) -> usize {
        self.runs
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.days += other.days;
        other.faults.into_iter().for_each(|(fault, times)| *self.faults.entry(fault).or_default() += times);
        other.counts.into_iter().for_each(|(name, times)| *self.counts.entry(name).or_default() += times);
    }

    /// How often a fault began.
    pub(crate) fn faults(&self, side: Side, name: &'static str) -> usize {
        self.faults.get(&(side, name)).copied().unwrap_or_default()
    }

    pub(crate) fn count(&self, name: &'static str) -> usize {
        self.counts.get(name).copied().unwrap_or_default()
    }

    pub(crate) fn print(&self) {
        println!("{} seeds, {} simulated days", self.runs, self.days);
        for (name, times) in &self.counts {
            println!("{times:>9}  {name}");
        }
        for ((side, name), times) in &self.faults {
            println!("{times:>9}  {side:?}: {name}");
        }
    }
}

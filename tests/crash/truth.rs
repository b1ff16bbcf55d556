//! What truly came into being, and whether what arrived agrees with it: a few lines that know nothing of how the program
//! works.

use std::collections::BTreeSet;

use bytes::Bytes;
use headcount::clock::Hour;
use headcount::contract::{Contents, Contract};
use headcount::model::Kind;

/// What is wrong with what arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Bytes that are no report.
    NoReport,
    /// Two reports of one installation for one hour that are not the same bytes.
    TwoVersions { hour: Hour },
    /// A report after a later one.
    OutOfOrder { hour: Hour },
    /// Another start time in the middle of a series.
    StartMoved { hour: Hour },
    /// A creation total that is less than before.
    Fell { hour: Hour, kind: Kind },
    /// Creations that are not those that there were.
    Miscounted { hour: Hour, kind: Kind, counted: u64, least: u64, most: u64 },
    /// An installation that nobody began, or that ended and came back.
    StrangeIdentity { hour: Hour },
    /// A series that does not begin when the installation did.
    StrangeStart { hour: Hour, start: Hour },
    /// A report that was made, or was due, and never arrived.
    Lost { hour: Hour },
}

/// What truly happened, by the clock of the simulation.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    contract: &'static Contract,
    births: Vec<(Kind, Hour)>,
    /// When each installation began, in order: one, and another after each deletion.
    pub(crate) beginnings: Vec<Hour>,
    /// The hours whose reports must arrive.
    pub(crate) due: BTreeSet<Hour>,
}

impl Truth {
    /// Nothing has happened yet to what is counted by this contract.
    pub(crate) fn of(contract: &'static Contract) -> Self {
        Self { contract, births: Vec::new(), beginnings: Vec::new(), due: BTreeSet::new() }
    }

    /// Something came into being.
    pub(crate) fn born(&mut self, kind: Kind, hour: Hour) {
        self.births.push((kind, hour));
    }

    /// How many came into being after one hour and before another; and if those within the two hours are counted too.
    fn creations(&self, kind: Kind, start: Hour, time: Hour) -> (u64, u64) {
        let count = |within: &dyn Fn(Hour) -> bool| {
            self.births.iter().filter(|(other, hour)| *other == kind && within(*hour)).count() as u64
        };
        (count(&|hour| start < hour && hour < time), count(&|hour| start <= hour && hour <= time))
    }

    /// How many came into being after one hour and before another, where none did in either.
    pub(crate) fn creations_between(&self, kind: Kind, start: Hour, time: Hour) -> u64 {
        let (least, most) = self.creations(kind, start, time);
        assert_eq!(least, most, "a report that is to be exact was made in an hour in which somebody was born");
        least
    }

    /// Everything that is wrong with what arrived.
    pub(crate) fn violations(&self, arrived: &[Bytes]) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut reports: Vec<Report> = Vec::new();
        for bytes in arrived {
            let Ok(approved) = self.contract.approve(bytes.clone()) else {
                found.push(Violation::NoReport);
                continue;
            };
            let report = Report { bytes: bytes.clone(), contents: *approved.contents() };
            // The same bytes twice in a row are one report.
            if reports.last().is_none_or(|last| last.bytes != report.bytes) {
                found.extend(report.after(&reports));
                found.extend(self.miscounted(&report.contents));
                reports.push(report);
            }
        }
        found.extend(self.strange_series(&reports));
        let hours: BTreeSet<Hour> = reports.iter().map(|report| report.contents.time).collect();
        found.extend(self.due.difference(&hours).map(|hour| Violation::Lost { hour: *hour }));
        found
    }

    fn miscounted(&self, contents: &Contents) -> Vec<Violation> {
        let (hour, start) = (contents.time, contents.start);
        let miscounted = |kind: Kind| {
            let (counted, (least, most)) = (contents.totals.creations[kind], self.creations(kind, start, hour));
            let is_right = (least..=most).contains(&counted);
            (!is_right).then_some(Violation::Miscounted { hour, kind, counted, least, most })
        };
        Kind::ALL.into_iter().filter_map(miscounted).collect()
    }

    fn strange_series(&self, reports: &[Report]) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut identities = Vec::new();
        for Report { contents, .. } in reports {
            let hour = contents.time;
            if identities.last() != Some(&contents.install_guid) {
                if identities.contains(&contents.install_guid) || identities.len() == self.beginnings.len() {
                    found.push(Violation::StrangeIdentity { hour });
                }
                identities.push(contents.install_guid);
            }
            if self.beginnings.get(identities.len() - 1).is_some_and(|beginning| *beginning != contents.start) {
                found.push(Violation::StrangeStart { hour, start: contents.start });
            }
        }
        found
    }
}

struct Report {
    bytes: Bytes,
    contents: Contents,
}

impl Report {
    /// What is wrong with this one as the next one after those.
    fn after(&self, earlier: &[Self]) -> Vec<Violation> {
        let (mine, hour) = (&self.contents, self.contents.time);
        let mut found = Vec::new();
        for Self { bytes, contents } in earlier {
            if contents.install_guid != mine.install_guid {
                continue;
            }
            if contents.time == hour && *bytes != self.bytes {
                found.push(Violation::TwoVersions { hour });
            }
            if contents.start != mine.start {
                found.push(Violation::StartMoved { hour });
            }
        }
        if let Some(last) = earlier.last().filter(|last| last.contents.install_guid == mine.install_guid) {
            if hour < last.contents.time {
                found.push(Violation::OutOfOrder { hour });
            }
            let fell = |kind: &Kind| mine.totals.creations[*kind] < last.contents.totals.creations[*kind];
            found.extend(Kind::ALL.into_iter().filter(fell).map(|kind| Violation::Fell { hour, kind }));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use headcount::model::{InstallGuid, PerKind, Totals};
    use headcount::report;
    use headcount::source::compreface::{CONTRACT, kinds};

    use super::*;

    fn hour(hour: u32) -> Hour {
        Hour::from_unix_hours(490_000 + hour)
    }

    /// A report of users alone.
    fn sent(installation: u8, start: u32, time: u32, users: u64) -> Bytes {
        let guid = InstallGuid::from_random_bytes([installation; 16]);
        let totals = Totals { creations: PerKind::from([users, 0, 0, 0, 0]), ..Totals::default() };
        report::encode(&report::build(&CONTRACT, &guid, hour(start), hour(time), &totals))
    }

    /// Users at the hours 12 and 36; reports are due at 24 and 48.
    fn truth() -> Truth {
        let mut truth = Truth { beginnings: vec![hour(0)], due: [hour(24), hour(48)].into(), ..Truth::of(&CONTRACT) };
        truth.born(kinds::USER, hour(12));
        truth.born(kinds::USER, hour(36));
        truth
    }

    #[test]
    fn what_is_right_is_found_right_also_when_it_comes_twice() {
        let arrived = [sent(1, 0, 0, 0), sent(1, 0, 24, 1), sent(1, 0, 24, 1), sent(1, 0, 48, 2)];
        assert_eq!(truth().violations(&arrived), []);
        let mut twice = truth();
        twice.beginnings.push(hour(48));
        let arrived = [sent(1, 0, 24, 1), sent(2, 48, 48, 0), sent(2, 48, 72, 0)];
        assert_eq!(twice.violations(&arrived), []);
    }

    #[test]
    fn each_thing_that_can_be_wrong_is_found() {
        let (first, last) = (|| sent(1, 0, 24, 1), || sent(1, 0, 48, 2));
        let user = kinds::USER;
        let miscounted =
            |at, counted, is| Violation::Miscounted { hour: hour(at), kind: user, counted, least: is, most: is };
        let cases = [
            (vec![first(), last(), Bytes::from_static(b"\x0a\x03abc")], vec![Violation::NoReport]),
            (vec![first()], vec![Violation::Lost { hour: hour(48) }]),
            (vec![first(), sent(1, 0, 48, 3)], vec![miscounted(48, 3, 2)]),
            (vec![sent(1, 0, 24, 0), last()], vec![miscounted(24, 0, 1)]),
            (
                vec![first(), last(), first()],
                vec![Violation::OutOfOrder { hour: hour(24) }, Violation::Fell { hour: hour(24), kind: user }],
            ),
            (
                vec![first(), sent(1, 0, 24, 2), last()],
                vec![Violation::TwoVersions { hour: hour(24) }, miscounted(24, 2, 1)],
            ),
            (
                vec![first(), sent(1, 24, 48, 1)],
                vec![
                    Violation::StartMoved { hour: hour(48) },
                    Violation::StrangeStart { hour: hour(48), start: hour(24) },
                ],
            ),
            (vec![first(), sent(2, 0, 48, 2)], vec![Violation::StrangeIdentity { hour: hour(48) }]),
            (
                vec![sent(1, 1, 24, 1), sent(1, 1, 48, 2)],
                vec![
                    Violation::StrangeStart { hour: hour(24), start: hour(1) },
                    Violation::StrangeStart { hour: hour(48), start: hour(1) },
                ],
            ),
        ];
        for (arrived, expected) in cases {
            assert_eq!(truth().violations(&arrived), expected);
        }
    }
}

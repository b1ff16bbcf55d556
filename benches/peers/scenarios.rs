//! Five things that happen to everybody, what truly happened at the service meanwhile, and what a receiver concludes.

use std::fmt::Write as _;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Options;
use crate::backend::{Backend, Point};
use crate::sidecar::{Kind, Sidecar};
use crate::support::endpoint::Answer;
use crate::world::World;

/// Beside the account, so that there is something that was there before.
const USERS: usize = 19;

/// A day on which nothing arrives, for those that stay. Longer than the exporter of the Python SDK tries.
const EMPTY_DAY: Duration = Duration::from_secs(14);

/// Longer than any of them needs for a few reports, on a loaded machine too: a round of the shell loop starts 70 programs.
const PATIENCE: Duration = Duration::from_secs(600);

const CREATED: &str = "face_recognition.user.creations";
/// The Collector's other way to count.
const BY_SEQUENCE: &str = "face_recognition.user.creations.by_sequence";
const APPLICATIONS: &str = "face_recognition.application.current";

/// What is compared.
#[derive(Clone, Copy)]
enum Question {
    /// How many users were created.
    Created,
    /// Besides, how few applications there ever were.
    FewestApplications,
    /// Besides, of how many of the days without an endpoint the numbers are known.
    DaysKnown,
}

struct Scenario {
    name: &'static str,
    what: &'static str,
    question: Question,
    run: fn(&mut Trial<'_>),
    truth: (i64, Option<i64>),
}

const SCENARIOS: [Scenario; 5] = [
    Scenario {
        name: "restart",
        what: "users created; it is restarted like a pod, with some created just before and while it is away",
        question: Question::Created,
        run: restart,
        truth: (10, None),
    },
    Scenario {
        name: "failed scrape",
        what: "users created, and the fewest applications seen; HTML from a front end for a day (the database: away), then the \
               account may see no applications for a day",
        question: Question::FewestApplications,
        run: failed_scrape,
        truth: (5, Some(10)),
    },
    Scenario {
        name: "offline day",
        what: "users created, and days known of the three on which the endpoint answers 503",
        question: Question::DaysKnown,
        run: offline,
        truth: (10, Some(3)),
    },
    Scenario {
        name: "deletion",
        what: "users created; six of the first are deleted meanwhile",
        question: Question::Created,
        run: deletion,
        truth: (6, None),
    },
    Scenario {
        name: "double count",
        what: "users created; the receiver takes a report, its answer is lost, and the process is killed",
        question: Question::Created,
        run: double_count,
        truth: (9, None),
    },
];

/// One sidecar in one scenario.
struct Trial<'a> {
    world: &'a World,
    sidecar: Sidecar<'a>,
    backend: Backend,
    /// The days on which the endpoint was away, in the sidecar's own calendar.
    away: Vec<(i64, i64)>,
}

/// What the receiver concludes.
struct Conclusion {
    /// Users created, by deltas and by the rule of Prometheus.
    created: [i64; 2],
    by_sequence: Option<[i64; 2]>,
    besides: Option<i64>,
}

/// Runs all of them; gives the table, and whether headcount got all of it right.
pub fn measure(options: &Options, world: &mut World) -> (String, bool) {
    let names = Kind::ALL.map(Kind::name).join(" | ");
    let mut table = format!("| scenario: what is compared | truth | {names} |\n|---|---|---|---|---|---|\n");
    let mut is_right = true;
    for scenario in SCENARIOS.iter().filter(|scenario| options.wants(scenario.name)) {
        let (created, besides) = scenario.truth;
        write!(table, "| **{}**: {} | {} |", scenario.name, scenario.what, pair(created, besides)).unwrap();
        for kind in Kind::ALL {
            let concluded = conclude(options, world, kind, scenario);
            let is_same = (concluded.created, concluded.besides) == ([created; 2], besides);
            is_right &= is_same || kind != Kind::Headcount;
            let cell = concluded.cell(is_same);
            println!("{}, {}: {cell}", scenario.name, kind.name());
            write!(table, " {cell} |").unwrap();
        }
        table.push('\n');
    }
    (table, is_right)
}

impl Conclusion {
    fn cell(&self, is_right: bool) -> String {
        let both = |[deltas, resets]: [i64; 2]| {
            if deltas == resets { deltas.to_string() } else { format!("{deltas} (Prometheus: {resets})") }
        };
        let besides = self.besides.map(|besides| format!(", {besides}")).unwrap_or_default();
        let sequence = self.by_sequence.map(|by| format!("; by the sequence {}", both(by))).unwrap_or_default();
        format!("{}: {}{besides}{sequence}", if is_right { "right" } else { "WRONG" }, both(self.created))
    }
}

fn pair(created: i64, besides: Option<i64>) -> String {
    besides.map_or_else(|| created.to_string(), |besides| format!("{created}, {besides}"))
}

fn conclude(options: &Options, world: &mut World, kind: Kind, scenario: &Scenario) -> Conclusion {
    world.renew(USERS);
    let mut trial = Trial {
        world,
        sidecar: Sidecar::new(options, kind),
        backend: Backend::start(&options.collector),
        away: Vec::new(),
    };
    trial.sidecar.start(trial.world);
    trial.day();
    (scenario.run)(&mut trial);
    trial.sidecar.stop();
    trial.take();
    let kept = trial.backend.conclude();
    let both = |metric| [kept.by_deltas(metric), kept.by_resets(metric)];
    let besides = match scenario.question {
        Question::Created => None,
        Question::FewestApplications => {
            let seen = kept.points.iter().filter(|point| point.metric == APPLICATIONS).map(|point| point.value);
            Some(seen.min().unwrap_or(0))
        }
        Question::DaysKnown => Some(trial.away.iter().map(|day| i64::from(is_known(&kept.points, *day))).sum()),
    };
    let by_sequence = (kind == Kind::Collector).then(|| both(BY_SEQUENCE));
    Conclusion { created: both(CREATED), by_sequence, besides }
}

/// Whether a point of the metric lies in a day.
fn is_known(points: &[Point], (from, to): (i64, i64)) -> bool {
    points.iter().any(|point| point.metric == CREATED && (from..=to).contains(&(point.at_nanos / 1_000_000_000)))
}

impl Trial<'_> {
    /// A day on which everything works: what there is now is reported.
    fn day(&mut self) {
        let before = self.world.received().len();
        self.sidecar.begin_day(self.world);
        if self.sidecar.kind != Kind::Headcount {
            // The next one may be under way already, with what there was before.
            self.wait_for(before + 3);
        }
        self.sidecar.end_day();
        self.take();
    }

    /// A day on which nothing may arrive, or nothing new.
    fn lean_day(&mut self, length: Duration) {
        self.sidecar.begin_day(self.world);
        if self.sidecar.kind != Kind::Headcount {
            sleep(length);
        }
        self.sidecar.end_day();
    }

    fn wait_for(&mut self, requests: usize) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while self.world.received().len() < requests {
            let log = self.sidecar.log();
            assert!(
                std::time::Instant::now() < deadline,
                "{}: nothing came; its log:\n{log}",
                self.sidecar.kind.name()
            );
            sleep(Duration::from_millis(20));
        }
    }

    /// The receiver took what came.
    fn take(&mut self) {
        self.backend.forward(&self.world.received(), true);
    }

    /// The time in the sidecar's own calendar, in seconds.
    fn now(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + self.sidecar.ahead();
        i64::try_from(now.as_secs()).unwrap()
    }
}

fn restart(trial: &mut Trial<'_>) {
    trial.world.create_users(3);
    trial.day();
    trial.world.create_users(2);
    trial.sidecar.stop();
    trial.take();
    trial.world.create_users(4);
    trial.sidecar.start(trial.world);
    trial.day();
    trial.world.create_users(1);
    trial.day();
}

fn failed_scrape(trial: &mut Trial<'_>) {
    trial.world.create_users(3);
    trial.day();
    trial.world.break_service();
    trial.lean_day(EMPTY_DAY);
    trial.world.mend_service();
    trial.world.set_owner(false);
    trial.lean_day(EMPTY_DAY);
    trial.world.set_owner(true);
    trial.take();
    trial.world.create_users(2);
    trial.day();
}

fn offline(trial: &mut Trial<'_>) {
    trial.world.create_users(3);
    trial.day();
    trial.world.answer_always(Answer::status(503));
    trial.take();
    for _ in 0..3 {
        trial.world.create_users(2);
        let before = trial.now();
        trial.lean_day(EMPTY_DAY);
        let (from, to) = if trial.sidecar.kind == Kind::Headcount {
            // Its reports carry the hour alone.
            (trial.now() - 3600, trial.now())
        } else {
            // What was taken in the second in which the endpoint went away is no part of it.
            (before + 1, trial.now())
        };
        trial.away.push((from, to));
    }
    trial.backend.forward(&trial.world.received(), false);
    trial.world.answer_always(Answer::ok());
    // What waits may come with the next, or by itself.
    if trial.sidecar.kind != Kind::Headcount {
        sleep(EMPTY_DAY * 2);
    }
    trial.world.create_users(1);
    trial.day();
    trial.day();
}

fn deletion(trial: &mut Trial<'_>) {
    trial.world.create_users(4);
    trial.day();
    trial.world.delete_users(6);
    trial.day();
    trial.world.create_users(2);
    trial.day();
}

fn double_count(trial: &mut Trial<'_>) {
    trial.world.create_users(3);
    trial.day();
    trial.world.create_users(5);
    if trial.sidecar.kind != Kind::Headcount {
        // They are scraped, and reported once already, by those that report so often.
        trial.day();
    }
    let before = trial.world.received().len();
    trial.world.answer_always(Answer::hang());
    trial.sidecar.begin_day(trial.world);
    trial.wait_for(before + 1);
    trial.sidecar.kill();
    trial.world.answer_always(Answer::ok());
    trial.take();
    trial.sidecar.start(trial.world);
    trial.day();
    trial.world.create_users(1);
    trial.day();
}

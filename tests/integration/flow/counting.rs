//! The numbers: what arrived is what truly happened, over many days.

use headcount::agent::Step;
use headcount::clock::Timestamp;
use headcount::source::compreface::kinds;
use headcount::store::AuditOutcome;
use uuid::Uuid;

use super::{DAY, Expected, HOUR, Truth, World, creations, guid};
use crate::support::compreface::{Answer as ServiceAnswer, DEMO, Door, GlobalRole, Model, Trouble, User, When};
use crate::support::world::Seeded;

#[tokio::test(start_paused = true)]
async fn first_report_comes_an_hour_after_the_baseline() {
    let world = World::new();
    world.service.change(|model| model.populate(3, 2, 1));
    let mut sidecar = world.start();
    assert_eq!(sidecar.next_step(), Step::Scrape { report: None });
    sidecar.begin().await;
    let installation = world.installation();
    let baseline = installation.baseline_at.unwrap();
    assert_eq!((installation.install_guid, installation.start), (None, Some(baseline.hour())));
    let planned = world.next_report();
    assert!(planned >= baseline.plus(HOUR) && planned < baseline.plus(HOUR + DAY), "{planned}");
    sidecar.pass_report().await;
    let report = world.only_report();
    assert_eq!(creations(&report), [0; 5]);
    assert_eq!((report.start, report.time), (baseline.hour(), planned.hour()));
    assert_eq!(Some(guid(&report)), world.installation().install_guid);
    // Four users with the account; six services of two applications, in round numbers.
    assert_eq!(Expected::from(report).current, [2, 2, 2, 2]);
    assert_eq!(world.outcomes(), [AuditOutcome::Made, AuditOutcome::Delivered]);
}

/// Creates, deletes and brings back, as a seed has it.
struct Life {
    random: std::sync::Arc<Seeded>,
    uses: std::sync::Arc<Seeded>,
    gone: Vec<User>,
}

impl Life {
    fn up_to(&self, limit: usize) -> usize {
        usize::try_from(self.random.next() % limit.max(1) as u64).unwrap()
    }

    fn goes_on(&mut self, model: &mut Model, now: Timestamp) {
        for _ in 0..self.up_to(4) {
            self.use_services(model, now);
            match self.up_to(8) {
                0 | 1 => drop(model.add_user()),
                2 => drop(model.add_application()),
                3 | 4 => {
                    let kind = [kinds::DETECTION, kinds::VERIFICATION, kinds::RECOGNITION][self.up_to(3)];
                    let faces = [0, 1, 10, 11, 200, 201, 2001, 1_000_001][self.up_to(8)];
                    if let Some(application) = self.any_application(model) {
                        model.add_service(application, kind, faces);
                    }
                }
                5 => self.remove_user(model),
                6 => {
                    if let Some(user) = self.gone.pop() {
                        model.users.push(user);
                    }
                }
                _ => {
                    if let Some(application) = self.any_application(model) {
                        model.remove_application(application);
                    }
                }
            }
        }
    }

    /// Some services receive requests, today or some days ago.
    fn use_services(&self, model: &mut Model, now: Timestamp) {
        let ids: Vec<_> = model.applications.iter().flat_map(|each| &each.services).map(|service| service.id).collect();
        for id in ids {
            let days = self.uses.pick(&[0, 1, 2, 28, 29, 30, 31, 40]);
            model.use_service(id, now.minus(DAY * days).day(), self.uses.next() % 2);
        }
    }

    fn any_application(&self, model: &Model) -> Option<Uuid> {
        let own: Vec<_> =
            model.applications.iter().map(|application| application.id).filter(|id| *id != DEMO).collect();
        own.get(self.up_to(own.len())).copied()
    }

    fn remove_user(&mut self, model: &mut Model) {
        let others: Vec<_> = model.users.iter().filter(|user| user.role == GlobalRole::User).copied().collect();
        if let Some(user) = others.get(self.up_to(others.len())) {
            model.remove_user(user.id);
            self.gone.push(*user);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reports_of_eight_days_have_the_true_numbers() {
    let world = World::new().set("HEADCOUNT_SCRAPE_INTERVAL", "6h");
    let mut life = Life { random: Seeded::new(3), uses: Seeded::new(4), gone: Vec::new() };
    let mut truth = Truth::default();
    let mut expected = Vec::new();
    world.service.change(|model| model.populate(10, 3, 2));
    for day in 0..8 {
        // Every fourth day is one on which nothing can be read; a restart comes between any two days.
        if day % 4 == 3 {
            world.service.trouble(Door::Roles, When::Always, Trouble::Answer(ServiceAnswer::html()));
        }
        let before = world.installation_if_any().and_then(|it| it.last_report).map(|last| last.report);
        let mut sidecar = world.start();
        let mut last_report = before;
        sidecar
            .pass_with(DAY, |world, step| {
                let installation = world.installation();
                if matches!(step, Step::Scrape { .. }) && installation.last_scrape_at == Some(world.now()) {
                    world.service.change(|model| truth.scraped(model, world.now().hour()));
                    if installation.last_report.map(|last| last.report) != last_report {
                        last_report = installation.last_report.map(|last| last.report);
                        expected.push(truth.report(world.now().hour()));
                    }
                    let now = world.now();
                    world.service.change(|model| life.goes_on(model, now));
                }
            })
            .await;
        sidecar.worker.sign_out().await;
        world.service.behave();
    }
    let arrived: Vec<_> = world.arrived().into_iter().map(Expected::from).collect();
    assert_eq!(arrived, expected);
    assert!((6..=8).contains(&arrived.len()), "{} reports in eight days", arrived.len());
    assert!(expected.last().unwrap().creations.iter().all(|created| *created > 0), "{expected:?}");
    assert!(!life.gone.is_empty());
    assert!(expected.iter().any(|report| report.active.iter().all(|active| *active > 0)), "{expected:?}");
    let guids: Vec<_> = world.arrived().iter().map(guid).collect();
    assert!(guids.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test(start_paused = true)]
async fn due_report_scrapes_first() {
    let world = World::new().set("HEADCOUNT_SCRAPE_INTERVAL", "24h");
    let mut sidecar = world.start();
    sidecar.begin().await;
    sidecar.pass(HOUR / 2).await;
    world.service.change(Model::add_user);
    sidecar.pass_report().await;
    assert_eq!(creations(&world.only_report()), [1, 0, 0, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn other_identity_starts_at_zero() {
    const OTHER: &str = "0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30";
    let mut world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.change(|model| model.populate(5, 1, 0));
    sidecar.pass_report().await;
    drop(sidecar);
    world.variables.insert("HEADCOUNT_INSTALL_GUID".to_owned(), OTHER.to_owned());
    let mut sidecar = world.start();
    sidecar.pass_report().await;
    world.service.change(Model::add_user);
    sidecar.pass_report().await;
    drop(sidecar);
    // Without the setting, the identity in use goes on.
    world.variables.remove("HEADCOUNT_INSTALL_GUID");
    world.start().pass_report().await;
    let arrived = world.arrived();
    assert_eq!(
        arrived.iter().map(creations).collect::<Vec<_>>(),
        [[5, 1, 0, 0, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]
    );
    assert_ne!(guid(&arrived[0]).to_string(), OTHER);
    assert!(arrived[1..].iter().all(|report| guid(report).to_string() == OTHER));
    assert!(arrived[0].start < arrived[1].start && arrived[1].start == arrived[1].time);
    assert_eq!(arrived[1].start, arrived[3].start);
}

#[tokio::test(start_paused = true)]
async fn a_lost_store_is_a_new_start_at_zero() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.change(|model| model.populate(5, 1, 0));
    sidecar.pass_report().await;
    drop(sidecar);
    for file in std::fs::read_dir(world.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let mut sidecar = world.start();
    sidecar.begin().await;
    world.service.change(Model::add_user);
    sidecar.pass_report().await;
    let arrived = world.arrived();
    assert_eq!(creations(&arrived[1]), [1, 0, 0, 0, 0]);
    assert_ne!(guid(&arrived[0]), guid(&arrived[1]));
    assert!(arrived[1].start >= arrived[0].time);
}

#[tokio::test(start_paused = true)]
async fn one_sign_in_lasts_for_days() {
    let world = World::new();
    let mut sidecar = world.start();
    sidecar.pass(3 * DAY).await;
    sidecar.worker.sign_out().await;
    assert_eq!((world.service.sign_ins(), world.service.open_sessions()), (1, 0));
    assert!(world.service.refreshes() > 10, "the session runs out every 40 minutes");
    assert!(world.service.requests().len() > 70 * 4);
}

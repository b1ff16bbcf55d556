//! Plays what is planned: the real agent with its real store, between a service and an endpoint in memory.

mod living;
mod running;
mod watched_clock;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use headcount::clock::Clock as _;
use headcount::net::Dialer;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};
use tokio_util::sync::CancellationToken;

use crate::endpoint_faults::EndpointFault;
use crate::journal::{Consent, Journal, Recorder, Side, What};
use crate::look::Looker;
use crate::plan::{self, Action};
use crate::proxy::Proxy;
use crate::recipe::Recipe;
use crate::service::{self, Counted, ServiceKind, Surroundings};
use crate::setting::{STATE, VOLUME, observer, variables};
use crate::support::endpoint::Endpoint;
use crate::support::tls::Certificates;
use crate::support::world::{FlowingClock, Moments, Seeded};

/// When every run begins.
const BEGINS: &str = "2026-01-01T09:20:30Z";
/// So long after something changed, whoever was told has acted.
pub(crate) const SETTLED: Duration = Duration::from_secs(4);

pub(crate) struct World {
    recipe: Recipe,
    moments: Moments,
    clock: Arc<FlowingClock>,
    recorder: Recorder,
    looker: Looker,
    service: Box<dyn Counted>,
    /// The way to the service.
    front: Dialer,
    endpoint: Endpoint,
    proxy: Proxy,
    directory: TempDir,
    /// An empty directory of another file system, which is where the state directory is while its mount has vanished.
    mount_point: TempDir,
    told: Arc<Notify>,
    /// What the script draws from, and what the agent is given.
    random: Arc<Seeded>,
    randomness: Arc<Seeded>,
    variables: BTreeMap<String, String>,
    running: Option<(CancellationToken, JoinHandle<()>)>,
    /// What lasts of an end, of a silence and of a step, by their numbers.
    ended: Option<usize>,
    silent: Option<usize>,
    stepped: Option<(usize, i64)>,
    /// Of a mount that vanished, too.
    unmounted: Option<usize>,
    /// Awake until then, in time that was awake.
    awake_until: Duration,
}

impl World {
    pub(crate) fn new(recipe: &Recipe, certificates: &Certificates) -> Self {
        let moments = Moments::from_now();
        let clock = FlowingClock::at(BEGINS);
        let recorder = Recorder::new(moments, Arc::clone(&clock));
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let looker = Looker::new(&directory.path().join(VOLUME).join(STATE), recorder.clone(), moments);
        let random = Seeded::new(recipe.seed.wrapping_mul(0x1000_0001));
        let service = recipe.service.open(&Surroundings {
            recipe,
            moments,
            observer: observer(&recorder, &looker),
            random: Arc::clone(&random),
            directory: directory.path(),
        });
        let front = if recipe.is_service_tls {
            service::with_tls(service.dialer(), certificates.server(&[], false))
        } else {
            service.dialer()
        };
        let builder = Endpoint::builder(recipe.protocol.transport);
        let endpoint = if recipe.protocol.is_tls { builder.tls(certificates) } else { builder }.in_memory();
        let world = Self {
            recipe: recipe.clone(),
            moments,
            clock,
            recorder,
            looker,
            variables: variables(recipe, service.as_ref(), &directory, certificates),
            service,
            front,
            proxy: Proxy::to(endpoint.dialer()),
            endpoint,
            told: Arc::default(),
            directory,
            mount_point: tempfile::tempdir().unwrap(),
            random,
            randomness: Seeded::new(recipe.seed),
            running: None,
            ended: None,
            silent: None,
            stepped: None,
            unmounted: None,
            awake_until: recipe.awake,
        };
        fs::create_dir(world.directory.path().join(VOLUME)).unwrap();
        world.lead_to(&world.directory.path().join(VOLUME));
        world.answer_as(EndpointFault::None);
        world
    }

    /// Plays it to its end.
    pub(crate) async fn run(mut self) -> Journal {
        let looks = spawn_local(self.looker.clone().look_when_wanted());
        self.service.populate();
        fs::write(self.consent_file(), "granted").unwrap();
        self.moments.odd(Duration::ZERO).await;
        self.start().await;
        self.play(plan::draw(&self.recipe, &Arc::clone(&self.random))).await;
        self.live(self.recipe.calm_begins()).await;
        self.calm().await;
        looks.abort();
        // Whoever still decodes or writes is given the time to end.
        let _ = looks.await;
        Journal {
            recipe: self.recipe.clone(),
            directory: self.directory.path().to_str().unwrap().to_owned(),
            entries: self.recorder.take(),
            log: Vec::new(),
            open_sessions: self.service.open_sessions(),
            most_at_once: self.service.most_at_once(),
        }
    }

    async fn play(&mut self, plan: Vec<(Duration, Action)>) {
        for (at, action) in plan {
            self.live(at).await;
            self.awake(Duration::ZERO).await;
            self.look_before_a_change();
            Box::pin(self.act(action)).await;
            self.look_after_a_change().await;
        }
    }

    /// A peer does not see when a file is read, so what was counted is read before the file changes, and soon after.
    fn look_before_a_change(&self) {
        if self.recipe.service == ServiceKind::DocumentFile {
            self.looker.look();
        }
    }

    async fn look_after_a_change(&self) {
        if self.recipe.service == ServiceKind::DocumentFile {
            self.awake(Duration::ZERO).await;
            self.looker.look();
        }
    }

    async fn awake(&self, time: Duration) {
        self.moments.odd(time).await;
    }

    async fn act(&mut self, action: Action) {
        let random = Arc::clone(&self.random);
        match action {
            Action::ServiceFault(fault, true) => {
                self.service.begin(fault, &random).await;
                self.fault(Side::Service, fault.0, true);
            }
            Action::ServiceFault(fault, false) => {
                self.service.end().await;
                self.fault(Side::Service, fault.0, false);
            }
            Action::ServiceUp(is_up) => self.service.set_up(is_up).await,
            Action::EndpointFault(fault, begins) => {
                self.answer_as(if begins { fault } else { EndpointFault::None });
                self.fault(Side::Endpoint, fault.name(), begins);
            }
            Action::Mount { number } if self.unmounted == Some(number) => self.mount().await,
            // Whoever looks into the empty directory first cannot know of the other one.
            Action::End { .. } | Action::LoseStore | Action::Identify(_) | Action::Take { .. } | Action::Blink(_)
                if self.unmounted.is_some() => {}
            Action::Unmount { number } if self.is_undisturbed() => self.unmount(number).await,
            Action::Life => self.service.live(self.clock.now()),
            Action::End { number, by_signal } if self.running.is_some() => {
                self.end(by_signal).await;
                self.ended = Some(number);
            }
            Action::Start { number } if self.ended == Some(number) => self.start().await,
            Action::Once if self.running.is_none() => self.once().await,
            Action::LoseStore if self.keeps_store() => self.lose_store().await,
            Action::Identify(wanted) if self.keeps_store() => self.identify(wanted).await,
            _ => self.decide(action).await,
        }
    }

    /// What concerns consent and the clock; one at a time, so that what is to be expected is plain.
    async fn decide(&mut self, action: Action) {
        match action {
            Action::Take { number, no } if self.silent.is_none() && self.stepped.is_none() => {
                self.say(if no { Consent::No } else { Consent::Missing }).await;
                self.silent = Some(number);
            }
            Action::Give { number } if self.silent == Some(number) => self.give().await,
            Action::Blink(time) if self.silent.is_none() && self.stepped.is_none() && self.running.is_some() => {
                self.say(Consent::Missing).await;
                self.awake(time.saturating_sub(SETTLED)).await;
                self.say(Consent::Yes).await;
            }
            Action::Step { number, seconds } if self.silent.is_none() && self.stepped.is_none() => {
                self.step(seconds);
                self.stepped = Some((number, seconds));
            }
            Action::SetRight { number } if self.stepped.is_some_and(|(other, _)| other == number) => {
                self.set_right().await;
            }
            _ => {}
        }
    }

    /// Whether the agent runs, and nothing lasts that a mount must not vanish in.
    fn is_undisturbed(&self) -> bool {
        self.running.is_some() && self.silent.is_none() && self.unmounted.is_none()
    }

    fn fault(&self, side: Side, name: &'static str, begins: bool) {
        self.recorder.write(What::Fault { side, name, begins });
    }

    async fn say(&mut self, consent: Consent) {
        let word = match consent {
            Consent::Yes => "granted",
            Consent::Missing => "",
            Consent::No => "denied",
        };
        fs::write(self.consent_file(), word).unwrap();
        self.told.notify_one();
        self.recorder.write(What::Decided(consent));
        self.awake(SETTLED).await;
        self.looker.look();
    }

    async fn give(&mut self) {
        if self.silent.take().is_some() {
            self.say(Consent::Yes).await;
        }
    }

    async fn set_right(&mut self) {
        if let Some((_, seconds)) = self.stepped.take() {
            self.awake(Duration::ZERO).await;
            self.step(-seconds);
        }
    }

    fn step(&self, seconds: i64) {
        self.read_the_audit();
        let by = Duration::from_secs(seconds.unsigned_abs());
        if seconds > 0 {
            self.clock.step_forward(by);
        } else {
            self.clock.step_back(by);
        }
        self.recorder.write(What::Stepped);
    }

    /// Before the clock goes on by much: its lines may be too old to be kept by then.
    fn read_the_audit(&self) {
        self.looker.look();
    }

    fn consent_file(&self) -> std::path::PathBuf {
        self.directory.path().join("consent")
    }
}

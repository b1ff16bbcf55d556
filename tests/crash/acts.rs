//! What an installation does in its life, each act from where the earlier ones left it; and how it goes on after a fault in
//! the middle of one.

use std::time::Duration;

use headcount::store::Installation;

use crate::check;
use crate::faults::FaultKind;
use crate::play::{call, must, run};
use crate::scene::{Past, Scene, ServiceKind};
use crate::support::endpoint::Answer;

const HOUR: Duration = Duration::from_secs(3600);

/// Something that an installation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// `once` for the first time: a store, a baseline, a first report.
    Baseline,
    /// `once` on the next day: creations are counted, reported and delivered.
    Counted,
    /// `once` while the endpoint refuses: the report waits.
    Waiting,
    /// `once` with a report that waits: two are delivered.
    Backlog,
    /// `export --take` of a report that waits.
    Exported,
    /// `once` when what waits was tried and is too old.
    Expiry,
    /// `run`, with a report that is due.
    Run,
    /// `run` with a consent file that says nothing for two hours, then yes again.
    Silence,
    /// `once` after a no: everything is deleted.
    Denied,
    /// `run` while the consent file changes to a no.
    DeniedWhileRunning,
    /// `erase`.
    Erased,
    /// `once` when the volume of Frigate's library is not mounted any more: in doubt, no report.
    Absent,
    /// `once` when it is mounted again.
    Present,
    /// `once` when it has not been there for a day: that is what there is.
    Emptied,
}

impl Act {
    /// What is played with a service. What comes after a scrape is the same for all of them.
    pub(crate) fn of(service: ServiceKind) -> &'static [Self] {
        match service {
            ServiceKind::CompreFace => &[
                Self::Baseline,
                Self::Counted,
                Self::Waiting,
                Self::Backlog,
                Self::Exported,
                Self::Expiry,
                Self::Run,
                Self::Silence,
                Self::Denied,
                Self::DeniedWhileRunning,
                Self::Erased,
            ],
            ServiceKind::Frigate => {
                &[Self::Baseline, Self::Counted, Self::Run, Self::Absent, Self::Present, Self::Emptied, Self::Denied]
            }
            ServiceKind::Document => &[Self::Baseline, Self::Counted, Self::Silence, Self::Denied],
            ServiceKind::File => &[Self::Baseline, Self::Counted],
        }
    }

    /// What it is called on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Counted => "counted",
            Self::Waiting => "waiting",
            Self::Backlog => "backlog",
            Self::Exported => "exported",
            Self::Expiry => "expiry",
            Self::Run => "run",
            Self::Silence => "silence",
            Self::Denied => "denied",
            Self::DeniedWhileRunning => "denied-while-running",
            Self::Erased => "erased",
            Self::Absent => "absent",
            Self::Present => "present",
            Self::Emptied => "emptied",
        }
    }

    /// What comes before it.
    fn earlier(self) -> &'static [Self] {
        match self {
            Self::Baseline => &[],
            Self::Counted => &[Self::Baseline],
            Self::Waiting | Self::Run | Self::Silence | Self::DeniedWhileRunning | Self::Absent => {
                &[Self::Baseline, Self::Counted]
            }
            Self::Present | Self::Emptied => &[Self::Baseline, Self::Counted, Self::Absent],
            Self::Backlog | Self::Exported | Self::Expiry | Self::Denied | Self::Erased => {
                &[Self::Baseline, Self::Counted, Self::Waiting]
            }
        }
    }

    /// An installation that is about to do this.
    pub(crate) fn past(self, service: ServiceKind) -> Result<Past, String> {
        let mut scene = Scene::new(service);
        for act in self.earlier() {
            act.prepare(&mut scene)?;
            act.perform(&mut scene, None)?;
            if *act != Self::Absent {
                scene.is_due();
            }
        }
        self.prepare(&mut scene)?;
        Ok(scene.past())
    }

    /// Sets the scene.
    fn prepare(self, scene: &mut Scene) -> Result<(), String> {
        scene.next_day();
        match self {
            Self::Baseline => scene.begins(),
            Self::Denied => scene.consent("denied"),
            Self::Expiry => {
                // A month later it is tried once more.
                scene.days_pass(30);
                scene.endpoint.always(Answer::status(401));
                must(scene, &["once"], &[4])?;
                scene.may_expire();
                scene.is_due();
                scene.next_day();
            }
            Self::Run | Self::Silence | Self::DeniedWhileRunning => {
                // A sidecar that starts plans its report for the next day.
                run(scene, None, |scene| scene.installation().is_some_and(|is| is.next_report_at.is_some()))?;
                scene.next_day();
            }
            Self::Absent => scene.service.mount(false),
            Self::Present => scene.service.mount(true),
            Self::Emptied => scene.later(),
            Self::Counted | Self::Waiting | Self::Backlog | Self::Exported | Self::Erased => {}
        }
        Ok(())
    }

    /// Does it; `fault` says which one was prepared, if one was.
    pub(crate) fn perform(self, scene: &mut Scene, fault: Option<FaultKind>) -> Result<(), String> {
        let refuses = matches!(self, Self::Waiting | Self::DeniedWhileRunning);
        scene.endpoint.always(if refuses { Answer::status(401) } else { Answer::ok() });
        match self {
            Self::Run => run(scene, fault, |scene| scene.is_delivered()),
            Self::Silence => run(scene, fault, is_silence_over),
            Self::DeniedWhileRunning => run(scene, fault, is_denied),
            Self::Exported => call(scene, fault, &["export", &scene.file("exported"), "--take"]),
            Self::Erased => call(scene, fault, &["erase", "--yes"]),
            _ => call(scene, fault, &["once"]),
        }
    }

    /// Goes on after a fault, or after none, on the same day: whatever was to be done is done, and nothing of it twice.
    pub(crate) fn finish(self, scene: &mut Scene) -> Result<(), String> {
        scene.endpoint.always(Answer::ok());
        match self {
            Self::Baseline | Self::Expiry => must(scene, &["once"], &[0])?,
            Self::Absent => {
                must(scene, &["once"], &[3])?;
                scene.service.mount(true);
                must(scene, &["once"], &[0])?;
            }
            Self::Counted | Self::Waiting | Self::Backlog | Self::Present | Self::Emptied => {
                // Whoever comes now is in the next report, or in this one if there is none yet.
                scene.somebody_is_born();
                must(scene, &["once"], &[0])?;
            }
            Self::Exported => {
                must(scene, &["export", &scene.file("again"), "--take"], &[0])?;
                return check::is_exported(scene);
            }
            Self::Run => run(scene, None, |scene| scene.is_delivered())?,
            Self::Silence => return run(scene, None, is_silence_over),
            Self::Denied | Self::DeniedWhileRunning => {
                scene.consent("denied");
                must(scene, &["once"], &[0])?;
                check::is_forgotten(scene)?;
                scene.consent("granted");
                return Ok(());
            }
            Self::Erased => {
                must(scene, &["erase", "--yes"], &[0])?;
                return check::is_forgotten(scene);
            }
        }
        scene.is_due();
        Ok(())
    }

    /// Whether what waits when it is disturbed must still arrive.
    pub(crate) fn keeps(self) -> bool {
        !self.deletes() && self != Self::Expiry
    }

    /// Whether what comes after it is a new installation.
    pub(crate) fn deletes(self) -> bool {
        matches!(self, Self::Denied | Self::DeniedWhileRunning | Self::Erased)
    }
}

/// Three stages: a report is delivered; the yes goes missing, and once that is written down, somebody is born whom nobody is
/// to count; two hours later there is a yes again, and a scrape.
fn is_silence_over(scene: &mut Scene) -> bool {
    let Some(installation) = scene.installation() else { return false };
    match scene.stage {
        0 if scene.is_delivered() => {
            scene.is_due();
            scene.consent("");
            scene.stage = 1;
        }
        1 if installation.off_since.is_some() => {
            scene.service.add_user();
            scene.faults.set_clock(scene.now().plus(2 * HOUR));
            scene.consent("granted");
            scene.stage = 2;
        }
        2 if installation.off_since.is_none() && !installation.take_as_known => {
            return installation.last_scrape_at.is_some_and(|at| scene.now().since(at) < HOUR);
        }
        _ => {}
    }
    false
}

/// A report waits; then there is a no, and in the end nothing is left.
fn is_denied(scene: &mut Scene) -> bool {
    if scene.stage == 0 && scene.waiting().is_some_and(|waiting| !waiting.is_empty()) {
        scene.consent("denied");
        scene.stage = 1;
    }
    scene.stage == 1 && scene.installation() == Some(Installation::default())
}

//! Playing a call of the program: to its end, or, for a sidecar, until something has come about.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use crate::faults::FaultKind;
use crate::program::Running;
use crate::scene::Scene;

/// What a call that is not killed may end with: nothing, the service, the delivery or the store went wrong.
const EXITS: [i32; 4] = [0, 3, 4, 5];

/// Longer than anything here should ever take, on a loaded machine too.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks at a sidecar.
const A_MOMENT: Duration = Duration::from_millis(5);

/// An error that lasts is over when so many operations have met it, or the sidecar has gone round so often.
const ENOUGH: u64 = 12;
const ROUNDS: u32 = 20;

/// Runs a call to its end, which must be one of these exit statuses.
pub(crate) fn must(scene: &Scene, arguments: &[&str], exits: &[i32]) -> Result<(), String> {
    let output = scene.call(arguments).output();
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(exit) if exits.contains(&exit) => Ok(()),
        _ => Err(format!("{arguments:?} ended with {}: {said}", output.status)),
    }
}

/// Runs a call to its end. It is killed if it met a fault that kills, and otherwise says what is wrong.
pub(crate) fn call(scene: &mut Scene, fault: Option<FaultKind>, arguments: &[&str]) -> Result<(), String> {
    let output = scene.call(arguments).output();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_killed = output.status.signal() == Some(9);
    if is_killed != must_die(scene, fault) {
        return Err(format!("{arguments:?} ended with {}: {said}", output.status));
    }
    if is_killed {
        scene.kills += 1;
        return Ok(());
    }
    let exit = output.status.code().filter(|exit| EXITS.contains(exit));
    if exit.is_none() || said.trim().is_empty() || said.contains("panicked") {
        return Err(format!("{arguments:?} ended with {}: {said}", output.status));
    }
    Ok(())
}

fn must_die(scene: &Scene, fault: Option<FaultKind>) -> bool {
    fault.is_some_and(FaultKind::kills) && scene.faults.met() > 0
}

/// Runs a sidecar until `goal` has come about or it was killed; then ends it. Where the disk reports errors, it must outlive
/// them; it is stirred, so that it need not be waited for until it looks again by itself.
pub(crate) fn run(
    scene: &mut Scene,
    fault: Option<FaultKind>,
    mut goal: impl FnMut(&mut Scene) -> bool,
) -> Result<(), String> {
    let mut running = scene.call(&["run"]).start();
    let (deadline, mut rounds) = (Instant::now() + PATIENCE, 0);
    while running.is_running() {
        // Signals are received from then on.
        let is_up = running.log().contains("telemetry=");
        if is_up && goal(scene) {
            running.signal("TERM");
            break;
        }
        if Instant::now() > deadline {
            return Err(format!("the sidecar came to nothing: {}", running.log()));
        }
        if scene.faults.met() > 0 && !must_die(scene, fault) {
            rounds += 1;
            if scene.faults.met() >= ENOUGH || rounds >= ROUNDS {
                scene.faults.end();
            }
            scene.stir();
        }
        std::thread::sleep(A_MOMENT);
    }
    let exit = running.wait().0;
    let is_killed = must_die(scene, fault);
    scene.kills += usize::from(is_killed);
    ended(&mut running, exit, is_killed)
}

fn ended(running: &mut Running, exit: Option<i32>, is_killed: bool) -> Result<(), String> {
    let log = running.log();
    if exit != (!is_killed).then_some(0) || log.contains("panicked") {
        return Err(format!("the sidecar ended with {exit:?}: {log}"));
    }
    Ok(())
}

/// A sidecar that is waited for, and stirred meanwhile or not.
pub(crate) struct Sidecar(Running);

impl Sidecar {
    /// Starts it.
    pub(crate) fn start(scene: &Scene) -> Self {
        let mut running = scene.call(&["run"]).start();
        running.wait_for("telemetry=");
        Self(running)
    }

    /// Waits until something has come about.
    pub(crate) fn wait(&mut self, scene: &Scene, what: &str, is_stirred: bool, holds: impl Fn(&Scene) -> bool) {
        self.until(scene, what, is_stirred, |scene, _| holds(scene));
    }

    /// Waits until it has said this.
    pub(crate) fn wait_for_line(&mut self, scene: &Scene, text: &str, is_stirred: bool) {
        self.until(scene, text, is_stirred, |_, running| running.log().contains(text));
    }

    fn until(&mut self, scene: &Scene, what: &str, is_stirred: bool, holds: impl Fn(&Scene, &mut Running) -> bool) {
        let deadline = Instant::now() + PATIENCE + PATIENCE;
        while !holds(scene, &mut self.0) {
            assert!(self.0.is_running(), "it ended: {}", self.0.log());
            assert!(Instant::now() < deadline, "{what} did not come about: {}", self.0.log());
            if is_stirred {
                scene.stir();
            }
            std::thread::sleep(A_MOMENT);
        }
    }

    /// What it has said.
    #[cfg(feature = "system-tests")]
    pub(crate) fn log(&mut self) -> &str {
        self.0.log()
    }

    /// Ends it.
    pub(crate) fn ends(&mut self, scene: &mut Scene) {
        self.0.signal("TERM");
        let exit = self.0.wait().0;
        ended(&mut self.0, exit, false).unwrap();
        assert_eq!(scene.service.open_sessions(), scene.kills, "a session is left open");
    }
}

//! A case: a fault at one operation, in one act, played to its end and judged.

use std::fmt;

use crate::acts::Act;
use crate::faults::FaultKind;
use crate::scene::{Past, Scene, ServiceKind};
use crate::{check, play};

/// One fault, at one operation, in one act. With operation 0 nothing happens.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) service: ServiceKind,
    pub(crate) act: Act,
    pub(crate) kind: FaultKind,
    pub(crate) nth: u64,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}:{}", self.service.prefix(), self.act.name(), self.kind.name, self.nth)
    }
}

/// Plays a case to its end. Gives how many operations there were, and whether one met the fault.
pub(crate) fn play(case: Case, past: &Past) -> Result<(u64, bool), String> {
    play_in(&mut Scene::after(past), case)
}

/// The same, with this scene.
pub(crate) fn play_in(scene: &mut Scene, case: Case) -> Result<(u64, bool), String> {
    scene.faults.prepare(case.kind, case.nth);
    let performed = case.act.perform(scene, Some(case.kind));
    let (operations, is_met, what) = (scene.faults.operations(), scene.faults.met() > 0, scene.faults.what());
    scene.faults.end();
    let gone_on = performed.and_then(|()| {
        check::after_a_crash(scene, case.act.keeps())?;
        case.act.finish(scene)?;
        go_on(scene, case.act)?;
        check::in_the_end(scene)
    });
    match gone_on {
        Ok(()) => Ok((operations, is_met)),
        Err(violation) => Err(format!("{case} ({what}): {violation}")),
    }
}

/// A day more; after a deletion two, since the first one only begins.
fn go_on(scene: &mut Scene, act: Act) -> Result<(), String> {
    if act.deletes() {
        scene.may_expire();
    }
    for day in 0..1 + u8::from(act.deletes()) {
        scene.next_day();
        if act.deletes() && day == 0 {
            scene.begins();
        }
        play::must(scene, &["once"], &[0])?;
        scene.is_due();
    }
    Ok(())
}

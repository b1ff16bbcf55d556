//! Keeping what an installation is, to go on from there more than once.

use std::fs;
use std::time::Duration;

use bytes::Bytes;

use super::installed::Contents;
use super::{Scene, ServiceKind};
use crate::truth::Truth;

/// What is kept of an installation, to go on from there more than once.
#[derive(Clone)]
pub(crate) struct Past {
    files: Vec<(String, Vec<u8>)>,
    service: Contents,
    kind: ServiceKind,
    truth: Truth,
    arrived: Vec<Bytes>,
    day: u32,
    later: Duration,
    consent: String,
}

impl Scene {
    /// What is kept of it now.
    pub(crate) fn past(&self) -> Past {
        Past {
            files: self.files(),
            service: self.service.contents(),
            kind: self.kind,
            truth: self.truth.clone(),
            arrived: self.arrived(),
            day: self.day,
            later: self.later,
            consent: fs::read_to_string(self.consent_file()).unwrap(),
        }
    }

    /// Goes on from there.
    pub(crate) fn after(past: &Past) -> Self {
        let mut scene = Self::new(past.kind);
        if !past.files.is_empty() {
            fs::create_dir(scene.state()).unwrap();
        }
        for (name, bytes) in &past.files {
            fs::write(scene.state().join(name), bytes).unwrap();
        }
        scene.service.restore(&past.service);
        scene.truth = past.truth.clone();
        scene.arrived_before.clone_from(&past.arrived);
        (scene.day, scene.later) = (past.day, past.later);
        scene.consent(&past.consent);
        scene.set_clock();
        scene
    }
}

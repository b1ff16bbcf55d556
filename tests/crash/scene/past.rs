//! Keeping what an installation is, to go on from there more than once.

use std::fs;

use bytes::Bytes;
use uuid::Uuid;

use super::Scene;
use crate::support::compreface::{Application, User};
use crate::truth::Truth;

/// What is kept of an installation, to go on from there more than once.
#[derive(Clone)]
pub(crate) struct Past {
    files: Vec<(String, Vec<u8>)>,
    service: Installed,
    truth: Truth,
    arrived: Vec<Bytes>,
    day: u32,
    consent: String,
}

/// Users, applications, and the account that signs in.
type Installed = (Vec<User>, Vec<Application>, Uuid);

impl Scene {
    /// What is kept of it now.
    pub(crate) fn past(&self) -> Past {
        Past {
            files: self.files(),
            service: self.service.change(|model| (model.users.clone(), model.applications.clone(), model.account)),
            truth: self.truth.clone(),
            arrived: self.arrived(),
            day: self.day,
            consent: fs::read_to_string(self.consent_file()).unwrap(),
        }
    }

    /// Goes on from there.
    pub(crate) fn after(past: &Past) -> Self {
        let mut scene = Self::new();
        if !past.files.is_empty() {
            fs::create_dir(scene.state()).unwrap();
        }
        for (name, bytes) in &past.files {
            fs::write(scene.state().join(name), bytes).unwrap();
        }
        scene.service.change(|model| {
            (model.users, model.applications, model.account) = past.service.clone();
        });
        scene.truth = past.truth.clone();
        scene.arrived_before.clone_from(&past.arrived);
        scene.day = past.day;
        scene.consent(&past.consent);
        scene.set_clock();
        scene
    }
}

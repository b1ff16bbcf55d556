//! `headcount healthcheck`: asks the running sidecar's health endpoint. The image has no shell and no curl.

use super::exit::Exit;
use super::output::{fail, talk};
use super::setup::Setup;
use crate::ops::health;

/// Asks; `off` is healthy. Faults in other settings do not matter here.
pub(super) async fn healthcheck(setup: Setup) -> Exit {
    match &setup.configuration.health {
        Ok(address) => match health::ask(*address).await {
            Ok(()) => Exit::Done,
            Err(error) => fail(Exit::Unexpected, &error),
        },
        Err(fault) => {
            talk(&fault.to_string());
            Exit::Unexpected
        }
    }
}

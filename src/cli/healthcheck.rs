//! `headcount healthcheck`: queries the running sidecar's health endpoint. The image has no shell and no curl.

use super::app::App;
use super::exit::Exit;
use super::output::{error, fail};
use crate::ops::health;

/// Queries its health, or requests to sign out of the service; `off` is healthy. Errors of other settings do not matter.
pub async fn healthcheck(app: App, sign_out: bool) -> Exit {
    match &app.configuration.health {
        Ok(address) => {
            let asked = if sign_out { health::ask_to_sign_out(*address).await } else { health::ask(*address).await };
            match asked {
                Ok(()) => Exit::Done,
                Err(error) => fail(Exit::Unexpected, &error),
            }
        }
        Err(problem) => {
            error(&problem.sentence);
            Exit::Unexpected
        }
    }
}

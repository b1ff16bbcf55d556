//! `headcount healthcheck`: queries the running sidecar's health endpoint. The image has no shell and no curl.

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::OrExit as _;
use crate::ops::health;

/// Queries its health, or requests to sign out of the service; `off` is healthy. Errors of other settings do not matter.
///
/// # Errors
/// The exit status.
pub async fn healthcheck(app: App, sign_out: bool) -> Ended {
    let address = app.configuration.health.or_exit(Exit::Unexpected)?;
    let asked = if sign_out { health::ask_to_sign_out(address).await } else { health::ask(address).await };
    asked.or_exit(Exit::Unexpected)
}

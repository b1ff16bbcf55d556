//! `headcount check`: validates the settings, makes each kind of request to the service once, and says what would happen.

use std::sync::Arc;

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, data, error, hint};
use super::run::unless_interrupted;
use crate::agent::summary;
use crate::config::{Destination, EndpointSettings, OTLP_ENDPOINT};
use crate::consent::ExplicitCommand;
use crate::delivery::{SendOutcome, Sender};
use crate::source::CheckedPart;

/// Checks the settings and the service, and with `--endpoint` the endpoint.
///
/// # Errors
/// The exit status.
pub async fn check(app: App, with_endpoint: bool) -> Ended {
    let configuration = &app.configuration;
    if !configuration.errors.is_empty() {
        return Err(app.refuse());
    }
    let Some(mut service) = app.service() else { return Err(app.refuse()) };
    data(b"settings   valid\n")?;
    let permit = ExplicitCommand::Check.read_permit();
    let checked = unless_interrupted("checking the service", service.check(&permit)).await;
    service.sign_out().await;
    for CheckedPart { name, found } in checked?.or_exit(Exit::Source)? {
        data(format!("{name:<9}  {found}\n").as_bytes())?;
    }
    let monitor = app.monitor();
    let meaning = summary(monitor.decision(), configuration.destination.as_ref(), &configuration.schedule);
    data(format!("telemetry  {meaning}\n").as_bytes())?;
    match (&configuration.destination, with_endpoint) {
        (Some(Destination::Endpoint(endpoint)), true) => check_endpoint(&app, endpoint).await,
        (_, true) => {
            error("there is no endpoint to check");
            hint(&format!("set {}", OTLP_ENDPOINT.variable));
            Err(Exit::Settings)
        }
        (_, false) => Ok(()),
    }
}

async fn check_endpoint(app: &App, endpoint: &EndpointSettings) -> Ended {
    let permit = ExplicitCommand::CheckEndpoint.send_permit().ok_or(Exit::Unexpected)?;
    let (user_agent, context) = (app.contract().user_agent, &app.context);
    let sender = Sender::open(endpoint, user_agent, &context.dialer, Arc::clone(&context.clock));
    let sender = sender.or_exit(Exit::NotDelivered)?;
    match unless_interrupted("checking the endpoint", sender.send_empty(&permit)).await? {
        SendOutcome::Delivered | SendOutcome::DeliveredWith(_) | SendOutcome::PartiallyAccepted { .. } => {
            data(b"endpoint   accepts an empty request\n")
        }
        outcome => {
            error(&format!("endpoint did not accept an empty request: {outcome}"));
            Err(Exit::NotDelivered)
        }
    }
}

//! `headcount check`: validates the settings, makes each kind of request to the service once, and says what would happen.

use std::sync::Arc;

use super::app::{App, contract};
use super::exit::Exit;
use super::output::{data, error, fail};
use super::run::unless_interrupted;
use crate::agent::summary;
use crate::config::{Destination, EndpointSettings, OTLP_ENDPOINT};
use crate::consent::ExplicitCommand;
use crate::delivery::{SendOutcome, Sender};
use crate::source::{Checked, CheckedFaces};

/// Checks; contacts the endpoint only if asked to.
pub async fn check(app: App, with_endpoint: bool) -> Exit {
    let configuration = &app.configuration;
    if !configuration.errors.is_empty() {
        return app.refuse();
    }
    let Some(mut service) = app.service() else { return app.refuse() };
    data(b"settings   valid\n");
    let permit = ExplicitCommand::Check.read_permit();
    let checked = unless_interrupted(service.check(&permit)).await;
    service.sign_out().await;
    match checked {
        Ok(Ok(checked)) => data(found(checked).as_bytes()),
        Ok(Err(error)) => return fail(Exit::Source, &error),
        Err(exit) => return exit,
    };
    let monitor = app.monitor();
    let meaning = summary(monitor.decision(), configuration.destination.as_ref(), &configuration.schedule);
    data(format!("telemetry  {meaning}\n").as_bytes());
    match (&configuration.destination, with_endpoint) {
        (Some(Destination::Endpoint(endpoint)), true) => check_endpoint(&app, endpoint).await,
        (_, true) => {
            error(&format!("there is no endpoint to check; set {}", OTLP_ENDPOINT.variable));
            Exit::Settings
        }
        (_, false) => Exit::Done,
    }
}

/// What was found at the service, a line for each of its APIs.
fn found(Checked { role, faces }: Checked) -> String {
    let core = match faces {
        CheckedFaces::Collection => "returns the number of faces of a collection".to_owned(),
        CheckedFaces::Demo => "returns the number of faces of the demo collection; there is no other yet".to_owned(),
        CheckedFaces::NoService => "not checked: there is no recognition service yet".to_owned(),
        CheckedFaces::NotFound(searched) => {
            format!("not checked: the first {searched} applications have no recognition service")
        }
    };
    format!("service    sign-in works (role {role})\ncore       {core}\n")
}

async fn check_endpoint(app: &App, endpoint: &EndpointSettings) -> Exit {
    let Some(permit) = ExplicitCommand::CheckEndpoint.send_permit() else { return Exit::Unexpected };
    let (user_agent, context) = (contract().user_agent, &app.context);
    let sender = match Sender::open(endpoint, user_agent, &context.dialer, Arc::clone(&context.clock)) {
        Ok(sender) => sender,
        Err(error) => return fail(Exit::NotDelivered, &error),
    };
    match unless_interrupted(sender.send_empty(&permit)).await {
        Err(exit) => exit,
        Ok(SendOutcome::Delivered | SendOutcome::DeliveredWith(_) | SendOutcome::PartiallyAccepted { .. }) => {
            data(b"endpoint   accepts an empty request\n")
        }
        Ok(outcome) => {
            error(&format!("endpoint did not accept an empty request: {outcome}"));
            Exit::NotDelivered
        }
    }
}

//! `headcount check`: validates the settings, makes each kind of request to the service once, and says what would happen.

use std::sync::Arc;

use super::app::App;
use super::exit::Exit;
use super::output::{data, error, fail};
use super::run::unless_interrupted;
use crate::agent::summary;
use crate::config::{Destination, EndpointSettings, OTLP_ENDPOINT};
use crate::consent::ExplicitCommand;
use crate::delivery::{SendOutcome, Sender};

/// Checks the settings and the service, and with `--endpoint` the endpoint.
pub async fn check(app: App, with_endpoint: bool) -> Exit {
    let configuration = &app.configuration;
    if !configuration.errors.is_empty() {
        return app.refuse();
    }
    let Some(mut service) = app.service() else { return app.refuse() };
    data(b"settings   valid\n");
    let permit = ExplicitCommand::Check.read_permit();
    let checked = unless_interrupted("checking the service", service.check(&permit)).await;
    service.sign_out().await;
    match checked {
        Ok(Ok(parts)) => {
            let lines = parts.iter().map(|part| {
                format!(
                    "{:<9}  {}
",
                    part.name, part.found
                )
            });
            data(lines.collect::<String>().as_bytes())
        }
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

async fn check_endpoint(app: &App, endpoint: &EndpointSettings) -> Exit {
    let Some(permit) = ExplicitCommand::CheckEndpoint.send_permit() else { return Exit::Unexpected };
    let (user_agent, context) = (app.contract().user_agent, &app.context);
    let sender = match Sender::open(endpoint, user_agent, &context.dialer, Arc::clone(&context.clock)) {
        Ok(sender) => sender,
        Err(error) => return fail(Exit::NotDelivered, &error),
    };
    match unless_interrupted("checking the endpoint", sender.send_empty(&permit)).await {
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

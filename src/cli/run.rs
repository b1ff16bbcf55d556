//! `headcount run`: the sidecar.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::app::App;
use super::exit::{Ended, Exit};
use super::output::{OrExit as _, error, fail};
use super::progress;
use super::version;
use crate::agent::{Agent, Worker};
use crate::net::Dialer;
use crate::ops::health::{Health, Heartbeat};
use crate::ops::self_metrics::SelfMetrics;
use crate::store::StoreError;

/// An iteration of the loop takes a minute at most; the loop counts as stopped when it missed three.
const ALIVE_WITHIN: Duration = Duration::from_secs(180);

/// In a rolling update, the old pod is ended when the new one is running; its sidecar then takes a second or two. The new one
/// must run until then, or the update would never end.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_POLL: Duration = Duration::from_millis(250);

/// Runs until SIGTERM or SIGINT. `strict` ends it at the start for faults in settings or store.
///
/// # Errors
/// The exit status.
pub async fn run(app: App, strict: bool) -> Ended {
    version::log(&app);
    let configuration = &app.configuration;
    for fault in &configuration.errors {
        tracing::error!(setting = %fault.setting, code = fault.kind.name(), "{}", fault.explanation);
    }
    if strict && !configuration.errors.is_empty() {
        return Err(Exit::Settings);
    }
    let heartbeat = start_health(&app).await;
    let monitor = app.monitor();
    let worker = Worker::new(app.worker_config(), monitor.decision()).or_exit(Exit::Unexpected)?;
    let shutdown = shutdown_signal()?;
    let self_metrics = start_self_metrics(&app);
    let mut worker = worker.with_meter(self_metrics.meter());
    let mut shutdown = pin!(shutdown);
    // Opting out also deletes a store that cannot be used, so that such a store must not end the process first.
    if !monitor.is_opted_out() {
        tokio::select! {
            biased;
            () = shutdown.as_mut() => return Ok(()),
            opened = open_store(&mut worker) => match opened {
                // The agent logs the error and tries again.
                Err(error) if strict || matches!(error, StoreError::Locked { .. }) => {
                    return Err(fail(Exit::Store, &error));
                }
                _ => {}
            }
        }
    }
    Agent::new(monitor, worker, heartbeat, app.context.clone()).run(shutdown).await;
    self_metrics.finish().await;
    tracing::info!("stopped by signal");
    Ok(())
}

/// Opens the store. Another `run` has a moment to end.
async fn open_store(worker: &mut Worker) -> Result<(), StoreError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match worker.open_store() {
            Err(error @ StoreError::Locked { .. }) if Instant::now() < deadline => {
                tracing::debug!(%error, "waiting for the lock of the store");
                sleep(LOCK_POLL).await;
            }
            opened => return opened,
        }
    }
}

/// Starts the health endpoint. A sidecar that cannot have one runs without it.
async fn start_health(app: &App) -> Heartbeat {
    let heartbeat = Heartbeat::new(ALIVE_WITHIN);
    let Ok(address) = &app.configuration.health else { return heartbeat };
    match Health::listen(*address).await {
        Ok(Some(health)) => drop(tokio::spawn(health.serve(heartbeat.clone()))),
        Ok(None) => {}
        Err(error) => tracing::error!("health endpoint cannot listen: {error}; check HEADCOUNT_HEALTH_ADDR"),
    }
    heartbeat
}

/// Starts the self-metrics, if the operator's OTEL_* variables enable them. Their connections are their own.
fn start_self_metrics(app: &App) -> SelfMetrics {
    let clock = Arc::clone(&app.context.clock);
    SelfMetrics::start(&app.configuration.self_metrics, Dialer::resolving_one_at_a_time(), clock)
}

/// Resolves at the first SIGTERM or SIGINT.
pub(super) fn shutdown_signal() -> Result<impl Future<Output = ()>, Exit> {
    let receive = |kind| {
        signal(kind).map_err(|cause| {
            error(&format!("cannot receive signals: {cause}"));
            Exit::Unexpected
        })
    };
    let (mut terminate, mut interrupt) = (receive(SignalKind::terminate())?, receive(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Does `work` unless a signal ends it, which is printed; then returns the exit status. Shows `what` if it takes long.
pub(super) async fn unless_interrupted<T>(what: &str, work: impl Future<Output = T>) -> Result<T, Exit> {
    let shutdown = shutdown_signal()?;
    tokio::select! {
        biased;
        () = shutdown => {
            error("interrupted");
            Err(Exit::Unexpected)
        }
        done = progress::during(what, work) => Ok(done),
    }
}

//! What a run needs around it: a runtime on paused time, the log, the service, and the agent's environment.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headcount::clock::SystemClock;
use headcount::config::{LogFormat, LogLevel, Transport};
use headcount::ops::log;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

use crate::journal::{Journal, Recorder, What};
use crate::look::Looker;
use crate::proxy::{CREDENTIALS, PROXY};
use crate::recipe::Recipe;
use crate::service::{Counted, Observer};
use crate::support::compreface::Served;
use crate::support::endpoint::HOST;
use crate::support::tls::Certificates;
use crate::world::World;

/// The state directory is `way/state`. The way is a link: it leads to the volume, or to an empty mount point.
pub(crate) const WAY: &str = "way";
pub(crate) const VOLUME: &str = "volume";
pub(crate) const STATE: &str = "state";

/// The setting that an operator changes between two processes.
pub(crate) const INSTALL_GUID: &str = "HEADCOUNT_INSTALL_GUID";

/// Plays a recipe to its end, on a thread and a runtime of its own.
pub(crate) fn play(recipe: &Recipe, certificates: &Certificates) -> Journal {
    let lines = Arc::<Mutex<Vec<String>>>::default();
    let logged = Arc::clone(&lines);
    let clock = Arc::new(SystemClock);
    let dispatch = log::dispatch(LogLevel::Trace, LogFormat::Text, clock, move || Lines(Arc::clone(&logged)));
    let of_threads = dispatch.clone();
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        // The threads that decode and write log too; they end with the runtime.
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&of_threads)))
        .build()
        .unwrap();
    let mut journal = tracing::dispatcher::with_default(&dispatch, || {
        LocalSet::new().block_on(&runtime, async { Box::pin(World::new(recipe, certificates).run()).await })
    });
    journal.log = std::mem::take(&mut lines.lock().unwrap());
    journal
}

/// Takes log lines, without their time, which is the system's.
struct Lines(Arc<Mutex<Vec<String>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).unwrap();
        self.0.lock().unwrap().push(text.split_once(' ').unwrap().1.trim().to_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes all that happens at the service into the journal.
pub(crate) fn observer(recorder: &Recorder, looker: &Looker) -> Observer {
    let (recorder, looker) = (recorder.clone(), looker.clone());
    Arc::new(move |what| {
        // A service that refuses for long must not keep lines of the audit from being seen before they are too old.
        let is_looked_at = match &what {
            // Also where nothing follows.
            What::ServiceDialed => true,
            What::Served(served) => matches!(served, Served::Users(..) | Served::Spoiled | Served::Refused(_)),
            What::Told(told) => told.is_last(),
            _ => false,
        };
        if is_looked_at {
            looker.want();
        }
        recorder.write(what);
    })
}

/// The environment of the agent, as an operator would write it.
pub(crate) fn variables(
    recipe: &Recipe,
    service: &dyn Counted,
    directory: &TempDir,
    certificates: &Certificates,
) -> BTreeMap<String, String> {
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let scheme = if recipe.protocol.is_tls { "https" } else { "http" };
    let service_scheme = if recipe.is_service_tls { "https" } else { "http" };
    let authority = certificates.ca().to_str().unwrap().to_owned();
    let hours = |time: Duration| format!("{}h", time.as_secs() / 3600);
    let mut variables = vec![
        ("HEADCOUNT_OTLP_ENDPOINT", format!("{scheme}://{HOST}")),
        ("HEADCOUNT_STATE_DIR", path(&format!("{WAY}/{STATE}"))),
        ("HEADCOUNT_CONSENT_FILE", path("consent")),
        ("HEADCOUNT_KEEP", hours(recipe.keep)),
        ("HEADCOUNT_SCRAPE_INTERVAL", hours(recipe.scrape_interval)),
    ];
    if recipe.protocol.is_tls {
        variables.push(("HEADCOUNT_OTLP_CERTIFICATE", authority.clone()));
    } else {
        variables.push(("HEADCOUNT_OTLP_INSECURE", "true".to_owned()));
    }
    if recipe.protocol.transport == Transport::Grpc {
        variables.push(("HEADCOUNT_OTLP_PROTOCOL", "grpc".to_owned()));
    }
    variables.extend(service.variables(service_scheme, recipe.is_service_tls.then_some(authority)));
    if let Some(window) = recipe.report_window {
        variables.push(("HEADCOUNT_REPORT_WINDOW", window.text.to_owned()));
    }
    if let Some(install_guid) = recipe.install_guid {
        variables.push((INSTALL_GUID, install_guid.to_string()));
    }
    if recipe.protocol.is_proxied {
        let variable = if recipe.protocol.is_tls { "HTTPS_PROXY" } else { "HTTP_PROXY" };
        variables.push((variable, format!("http://{CREDENTIALS}@{PROXY}:3128")));
    }
    if recipe.gzip {
        variables.push(("HEADCOUNT_OTLP_COMPRESSION", "gzip".to_owned()));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

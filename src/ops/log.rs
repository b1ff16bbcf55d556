//! The log: which lines go to stderr, and their form.
//!
//! Without colors, since log collectors read it. The formatter escapes control characters in a message.

use std::fmt;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::subscriber::SetGlobalDefaultError;
use tracing::{Dispatch, Level};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::clock::Clock;
use crate::config::{LogFormat, LogLevel};

/// The root of this crate's targets.
const OWN_TARGET: &str = "headcount";

/// Sends the log of the whole process to stderr from here on. For `main` alone, once.
///
/// # Errors
/// If the process has a log already.
pub fn init(level: LogLevel, format: LogFormat, clock: Arc<dyn Clock>) -> Result<(), SetGlobalDefaultError> {
    tracing::dispatcher::set_global_default(dispatch(level, format, clock, std::io::stderr))
}

/// A log with another writer.
pub fn dispatch<W>(level: LogLevel, format: LogFormat, clock: Arc<dyn Clock>, writer: W) -> Dispatch
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // A line that cannot be written is dropped: the formatter would report that on stderr, and a panic there ends the process.
    let layer = tracing_subscriber::fmt::layer()
        .with_timer(WallClock(clock))
        .with_writer(writer)
        .with_ansi(false)
        .log_internal_errors(false);
    let targets = targets(level);
    match format {
        LogFormat::Text => tracing_subscriber::registry().with(layer.with_filter(targets)).into(),
        LogFormat::Json => {
            let layer = layer.json().flatten_event(true).with_current_span(false).with_span_list(false);
            tracing_subscriber::registry().with(layer.with_filter(targets)).into()
        }
    }
}

/// Libraries log warnings and errors only, at any level of our own: their other lines may contain headers.
fn targets(level: LogLevel) -> Targets {
    let own = match level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    };
    let others = LevelFilter::from_level(own).min(LevelFilter::WARN);
    Targets::new().with_default(others).with_target(OWN_TARGET, own)
}

/// RFC 3339 in UTC, by the clock that the rest of the program has.
struct WallClock(Arc<dyn Clock>);

impl FormatTime for WallClock {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        write!(writer, "{}", self.0.now())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;
    use crate::clock::Timestamp;

    /// Log lines in memory.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        pub(crate) fn all(&self) -> Vec<String> {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().map(str::to_owned).collect()
        }
    }

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug)]
    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            "2026-01-02T02:59:58Z".parse().unwrap()
        }
    }

    fn with(level: LogLevel, format: LogFormat, lines: &Lines) -> Dispatch {
        let lines = lines.clone();
        dispatch(level, format, Arc::new(Fixed), move || lines.clone())
    }

    /// A log of everything, as text.
    pub(crate) fn captured(lines: &Lines) -> Dispatch {
        with(LogLevel::Trace, LogFormat::Text, lines)
    }

    fn said(level: LogLevel, format: LogFormat, work: impl FnOnce()) -> Vec<String> {
        let lines = Lines::default();
        tracing::dispatcher::with_default(&with(level, format, &lines), work);
        lines.all()
    }

    #[test]
    fn text_line_has_time_and_level_and_no_color() {
        let lines = said(LogLevel::Info, LogFormat::Text, || tracing::info!(topic = "scrape", "done \u{1b}[31mred"));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].starts_with("2026-01-02T02:59:58Z"), "{lines:?}");
        assert!(lines[0].contains("INFO") && lines[0].contains("done") && lines[0].contains("scrape"), "{lines:?}");
        assert!(!lines[0].contains('\u{1b}'), "{lines:?}");
    }

    #[test]
    fn json_line_is_one_object() {
        let lines = said(LogLevel::Info, LogFormat::Json, || tracing::warn!(topic = "scrape", "two\nlines"));
        assert_eq!(lines.len(), 1);
        let value: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(value["timestamp"], "2026-01-02T02:59:58Z");
        assert_eq!(
            (&value["level"], &value["message"], &value["topic"]),
            (&"WARN".into(), &"two\nlines".into(), &"scrape".into())
        );
    }

    #[test]
    fn libraries_log_warnings_only() {
        let work = || {
            tracing::trace!("own trace");
            tracing::error!("own error");
            tracing::debug!(target: "h2::codec", "headers of a request");
            tracing::warn!(target: "h2::codec", "library warning");
            tracing::error!(target: "rustls", "library error");
        };
        let count = |level| said(level, LogFormat::Text, work).len();
        assert_eq!(count(LogLevel::Trace), 4);
        assert_eq!(count(LogLevel::Info), 3);
        assert_eq!(count(LogLevel::Error), 2);
        assert!(!said(LogLevel::Trace, LogFormat::Text, work).iter().any(|line| line.contains("headers")));
    }
}

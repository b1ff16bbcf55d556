//! One log line for each change of state. Must not know what the states mean.

use std::collections::BTreeMap;

use tracing::Level;

/// The last message of each topic.
#[derive(Debug, Default)]
pub struct StateLog {
    last: BTreeMap<&'static str, (Level, String)>,
}

impl StateLog {
    /// Nothing has been logged yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Logs `message`, which goes with the topic's state, unless it is the topic's last message. Returns whether it did. A
    /// message with a time or a number that states defeats this.
    pub fn log(&mut self, level: Level, topic: &'static str, message: &str) -> bool {
        let is_new = self.last.get(topic).is_none_or(|(last_level, last)| *last_level != level || last != message);
        if is_new {
            self.last.insert(topic, (level, message.to_owned()));
            say(level, topic, message);
        }
        is_new
    }

    /// As [`Self::log`] for a state that needs no attention, such as a recovery.
    pub fn info(&mut self, topic: &'static str, message: &str) -> bool {
        self.log(Level::INFO, topic, message)
    }

    /// As [`Self::log`] for a state that an operator should fix.
    pub fn warn(&mut self, topic: &'static str, message: &str) -> bool {
        self.log(Level::WARN, topic, message)
    }

    /// As [`Self::log`] for a state in which headcount cannot do its work.
    pub fn error(&mut self, topic: &'static str, message: &str) -> bool {
        self.log(Level::ERROR, topic, message)
    }

    /// Whether no topic's last message needs attention.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.last.values().all(|(level, _)| *level > Level::WARN)
    }

    /// Logs a recovery, if the topic's last message was a warning or an error.
    pub fn recovered(&mut self, topic: &'static str, message: &str) -> bool {
        let was_bad = self.last.get(topic).is_some_and(|(level, _)| *level <= Level::WARN);
        was_bad && self.info(topic, message)
    }
}

/// The macros want a level that is known when they are compiled.
fn say(level: Level, topic: &'static str, message: &str) {
    match level {
        Level::ERROR => tracing::error!(topic, "{message}"),
        Level::WARN => tracing::warn!(topic, "{message}"),
        Level::INFO => tracing::info!(topic, "{message}"),
        Level::DEBUG => tracing::debug!(topic, "{message}"),
        Level::TRACE => tracing::trace!(topic, "{message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::log::tests::{Lines, captured};

    fn logged(work: impl FnOnce(&mut StateLog)) -> Vec<String> {
        let lines = Lines::default();
        tracing::dispatcher::with_default(&captured(&lines), || work(&mut StateLog::new()));
        lines.all()
    }

    #[test]
    fn state_is_logged_once_and_again_when_it_returns() {
        let lines = logged(|states| {
            for message in ["no answer", "no answer", "wrong password", "no answer"] {
                states.warn("scrape", message);
            }
        });
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].contains("WARN") && lines[0].contains("no answer") && lines[0].contains("scrape"));
    }

    #[test]
    fn topics_and_levels_are_separate() {
        let lines = logged(|states| {
            assert!(states.warn("scrape", "no answer"));
            assert!(states.warn("delivery", "no answer"));
            assert!(states.error("delivery", "no answer"));
            assert!(!states.error("delivery", "no answer"));
        });
        assert_eq!(lines.len(), 3, "{lines:?}");
    }

    #[test]
    fn recovery_is_logged_only_after_a_warning() {
        let lines = logged(|states| {
            assert!(!states.recovered("scrape", "the service answers"));
            assert!(states.is_well());
            states.warn("scrape", "no answer");
            assert!(!states.is_well());
            assert!(states.recovered("scrape", "the service answers"));
            assert!(states.is_well());
            assert!(!states.recovered("scrape", "the service answers"));
            assert!(states.warn("scrape", "no answer"));
        });
        assert_eq!(lines.len(), 3, "{lines:?}");
    }
}

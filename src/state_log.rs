//! One log line for each change between well and not well. Must not know what the states mean.

use std::collections::BTreeMap;

/// The latest warning of each topic that has not recovered.
#[derive(Debug, Default)]
pub struct StateLog(BTreeMap<&'static str, String>);

impl StateLog {
    /// Logs what an operator should fix, unless it is the topic's latest warning. A message with a time, or with a number that
    /// changes, defeats this.
    pub fn warn(&mut self, topic: &'static str, message: &str) {
        if self.0.insert(topic, message.to_owned()).as_deref() != Some(message) {
            tracing::warn!(topic, "{message}");
        }
    }

    /// Logs a recovery, if there was a warning of the topic.
    pub fn recovered(&mut self, topic: &'static str, message: &str) {
        if self.0.remove(topic).is_some() {
            tracing::info!(topic, "{message}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::log::tests::{Lines, captured};

    fn logged(work: impl FnOnce(&mut StateLog)) -> Vec<String> {
        let lines = Lines::default();
        tracing::dispatcher::with_default(&captured(&lines), || work(&mut StateLog::default()));
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
    fn topics_are_separate() {
        let lines = logged(|states| {
            states.warn("scrape", "no answer");
            states.warn("delivery", "no answer");
            states.warn("scrape", "no answer");
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
    }

    #[test]
    fn recovery_is_logged_only_after_a_warning() {
        let lines = logged(|states| {
            states.recovered("scrape", "the service answers");
            states.warn("scrape", "no answer");
            states.recovered("scrape", "the service answers");
            states.recovered("scrape", "the service answers");
            states.warn("scrape", "no answer");
        });
        let levels: Vec<_> = lines.iter().map(|line| line.contains("WARN")).collect();
        assert_eq!(levels, [true, false, true], "{lines:?}");
    }
}

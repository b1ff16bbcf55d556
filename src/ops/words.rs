//! An error in words, with its causes.

use std::error::Error;

/// The error's own sentence and those of its causes, each said once.
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let sentence = error.to_string();
        if !words.contains(&sentence) {
            words = format!("{words} ({sentence})");
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the store cannot be opened")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_are_said_once() {
        assert_eq!(with_causes(&Outer(std::io::Error::other("no room"))), "the store cannot be opened (no room)");
        assert_eq!(with_causes(&std::io::Error::other("no room")), "no room");
    }
}

//! Says on a terminal what a command does, if that takes longer than a second: one line on stderr, which is removed at the end.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use tokio::time::{Instant, interval_at};

/// Before the line is shown, and between two times that it is written.
const SECOND: Duration = Duration::from_secs(1);

/// Does `work`, and shows `what` with the seconds that it takes, if stderr is a terminal that can remove a line.
pub(super) fn during<T>(what: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    // On the heap, since the caller's future would hold it twice.
    let work = Box::pin(work);
    async move {
        if io::stderr().is_terminal() && anstyle_query::term_supports_ansi_color() {
            shown(what, work, io::stderr()).await
        } else {
            work.await
        }
    }
}

async fn shown<T>(what: &str, mut work: impl Future<Output = T> + Unpin, terminal: impl Write) -> T {
    let begun = Instant::now();
    let mut seconds = interval_at(begun + SECOND, SECOND);
    let mut line = Line { terminal, is_shown: false };
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = seconds.tick() => line.show(&format!("{what}: {} s", begun.elapsed().as_secs())),
        }
    }
}

/// A line on a terminal, which is removed when this is dropped.
struct Line<W: Write> {
    terminal: W,
    is_shown: bool,
}

impl<W: Write> Line<W> {
    /// The cursor stays at the start, so that a message in between replaces the line.
    fn show(&mut self, text: &str) {
        self.is_shown = true;
        self.write(&format!("\x1b[2K{text}\r"));
    }

    /// There is no other place for what cannot be shown.
    fn write(&mut self, text: &str) {
        let _ = self.terminal.write_all(text.as_bytes()).and_then(|()| self.terminal.flush());
    }
}

impl<W: Write> Drop for Line<W> {
    fn drop(&mut self) {
        if self.is_shown {
            self.write("\x1b[2K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shown_during(time: Duration) -> String {
        let mut terminal = Vec::new();
        shown("reading", Box::pin(tokio::time::sleep(time)), &mut terminal).await;
        String::from_utf8(terminal).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_shown_in_the_first_second() {
        assert_eq!(shown_during(Duration::from_millis(990)).await, "");
    }

    #[tokio::test(start_paused = true)]
    async fn each_second_replaces_the_line_and_the_end_removes_it() {
        let shown = shown_during(Duration::from_millis(2500)).await;
        assert_eq!(shown, "\x1b[2Kreading: 1 s\r\x1b[2Kreading: 2 s\r\x1b[2K");
    }

    #[tokio::test(start_paused = true)]
    async fn interrupted_work_leaves_no_line() {
        let mut terminal = Vec::new();
        let work = shown("reading", std::future::pending::<()>(), &mut terminal);
        assert!(tokio::time::timeout(Duration::from_millis(1500), work).await.is_err());
        assert_eq!(terminal, b"\x1b[2Kreading: 1 s\r\x1b[2K");
    }
}

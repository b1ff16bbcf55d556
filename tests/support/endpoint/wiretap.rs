//! Keeps a copy of every byte that arrives over a connection, and notices its end.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;

/// For what should happen at once.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Default)]
pub(super) struct Wiretap {
    bytes: Arc<Mutex<Vec<u8>>>,
    closed: CancellationToken,
}

impl Wiretap {
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    pub(super) async fn closed(&self) {
        let closed = tokio::time::timeout(PATIENCE, self.closed.cancelled()).await;
        assert!(closed.is_ok(), "the connection is still open");
    }

    pub(super) fn tap<S>(self, stream: S) -> Tapped<S> {
        Tapped { stream, wiretap: self }
    }
}

/// A byte stream with a [`Wiretap`].
pub(super) struct Tapped<S> {
    stream: S,
    wiretap: Wiretap,
}

impl<S> Drop for Tapped<S> {
    fn drop(&mut self) {
        self.wiretap.closed.cancel();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tapped<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        let arrived = &buffer.filled()[before..];
        if read.is_err() || arrived.is_empty() {
            self.wiretap.closed.cancel();
        }
        self.wiretap.bytes.lock().unwrap().extend_from_slice(arrived);
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tapped<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

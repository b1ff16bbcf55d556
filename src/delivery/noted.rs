//! A TLS stream that notes why it failed.
//!
//! With TLS 1.3 a server turns a client's certificate down after the handshake, by an alert in the middle of the exchange.
//! What hyper tells the one who waits for the answer then is that the connection has ended; what it keeps of the alert
//! in HTTP/2 is a text. So the cause is noted here, where it is still an error.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::failure::Failure;

/// Where a stream notes its failure: a TLS fault, if there was one.
#[derive(Clone, Default)]
pub(super) struct Note(Arc<OnceLock<Failure>>);

impl Note {
    /// What is known of a failed exchange: if it broke off, the note may say why.
    pub(super) fn explain(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Broken => self.0.get().cloned().unwrap_or(failure),
            known => known,
        }
    }

    pub(super) fn on<S>(&self, stream: S) -> Noted<S> {
        Noted { stream, note: self.clone() }
    }
}

/// The stream.
pub(super) struct Noted<S> {
    stream: S,
    note: Note,
}

impl<S: AsyncRead + Unpin> AsyncRead for Noted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if let Poll::Ready(Err(error)) = &read {
            let failure = Failure::handshake(error);
            if failure != Failure::Broken {
                // A second failure says no more than the first.
                let _ = self.note.0.set(failure);
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Noted<S> {
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

//! A stream that records why it failed, where hyper returns only that the connection has ended.
//!
//! With TLS 1.3 a server rejects a client's certificate after the handshake, by an alert during the exchange, which hyper
//! keeps as text at most. A server of HTTP/1 answers the beginning of HTTP/2 with a line of text, which shows that gRPC was
//! sent to the wrong port.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::error::DeliveryError;
use crate::config::Transport;

/// The error that a stream recorded.
#[derive(Clone, Default)]
pub(super) struct StreamError(Arc<OnceLock<DeliveryError>>);

impl StreamError {
    /// The recorded error, if an exchange broke off without another.
    pub(super) fn explain(&self, failure: DeliveryError) -> DeliveryError {
        match failure {
            DeliveryError::Broken => self.0.get().cloned().unwrap_or(failure),
            known => known,
        }
    }

    /// Wraps a stream, whose error is recorded here.
    pub(super) fn recorded_on<S>(&self, stream: S, transport: Transport) -> RecordingStream<S> {
        RecordingStream { stream, stream_error: self.clone(), at_start: true, transport }
    }

    fn record(&self, failure: DeliveryError) {
        if failure != DeliveryError::Broken {
            // Only the first error counts.
            let _ = self.0.set(failure);
        }
    }
}

/// A stream that records its error.
pub(super) struct RecordingStream<S> {
    stream: S,
    stream_error: StreamError,
    at_start: bool,
    transport: Transport,
}

impl<S: AsyncRead + Unpin> AsyncRead for RecordingStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        if let Err(error) = &read {
            self.stream_error.record(DeliveryError::handshake(error));
        }
        let is_http1 = buffer.filled().get(before..).is_some_and(|arrived| arrived.starts_with(b"HTTP/1"));
        if self.at_start && self.transport == Transport::Grpc && is_http1 {
            self.stream_error.record(DeliveryError::NoHttp2);
        }
        self.at_start = false;
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RecordingStream<S> {
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

//! Serves connections: keeps what arrives, and answers it as the script says.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use headcount::config::Transport;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Shared;
use super::answer::{Script, Then};
use super::received::{Received, message};
use super::wiretap::Wiretap;

/// Says these bytes, or nothing, and listens until the other end is gone: to close with something unread would reset the
/// connection, and the answer could be lost.
pub(super) async fn raw(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: Option<&[u8]>) {
    if let Some(bytes) = bytes {
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
    }
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

impl Shared {
    /// Tells of somebody who connects, if anybody observes.
    pub(super) fn dialed(&self) {
        let observer = self.observer.lock().unwrap().clone();
        if let Some(observer) = observer {
            observer();
        }
    }

    pub(super) fn spawn(self: &Arc<Self>, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let (wiretap, number) = {
            let mut wiretaps = self.wiretaps.lock().unwrap();
            wiretaps.push(Wiretap::default());
            (wiretaps[wiretaps.len() - 1].clone(), wiretaps.len() - 1)
        };
        let shared = Arc::clone(self);
        tokio::spawn(self.stop.clone().run_until_cancelled_owned(async move {
            let stream = wiretap.tap(stream);
            match shared.tls.clone() {
                None => shared.serve(stream, number).await,
                Some(tls) => {
                    // A client that does not trust the certificate ends the handshake; that is what the test wants.
                    if let Ok(stream) = tls.accept(stream).await {
                        shared.serve(stream, number).await;
                    }
                }
            }
        }));
    }

    async fn serve(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, number: usize) {
        if let Some(bytes) = &self.raw_answer {
            return raw(stream, Some(bytes)).await;
        }
        let good_bye = Arc::new(Notify::new());
        let transport = self.transport;
        let service = {
            let good_bye = Arc::clone(&good_bye);
            service_fn(move |request| Arc::clone(&self).respond(request, number, Arc::clone(&good_bye)))
        };
        let stream = TokioIo::new(stream);
        macro_rules! drive {
            ($connection:expr) => {{
                let mut connection = pin!($connection);
                tokio::select! {
                    _ = connection.as_mut() => {}
                    () = good_bye.notified() => {
                        connection.as_mut().graceful_shutdown();
                        let _ = tokio::time::timeout(Duration::from_millis(100), connection).await;
                    }
                }
            }};
        }
        match transport {
            Transport::HttpProtobuf => drive!(http1::Builder::new().serve_connection(stream, service)),
            Transport::Grpc => drive!(http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service)),
        }
    }

    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: usize,
        good_bye: Arc<Notify>,
    ) -> std::io::Result<Response<Script>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let message = message(self.transport, &parts.headers, &body);
        let (method, uri, headers) = (parts.method, parts.uri, parts.headers);
        let received = Received { method, uri, headers, body, message, connection, at: Instant::now() };
        if self.observer.lock().unwrap().is_none() {
            self.received.lock().unwrap().push(received.clone());
        }
        self.arrived.notify_waiters();
        let answer = self.answers.lock().unwrap().pop_front();
        let answer = answer.unwrap_or_else(|| (self.usual.lock().unwrap())(&received));
        tokio::time::sleep(answer.delay).await;
        if answer.then == Then::SayGoodBye {
            good_bye.notify_one();
        }
        match answer.render(self.transport)? {
            Some(response) => Ok(response),
            None => match std::future::pending::<Infallible>().await {},
        }
    }
}

//! A small HTTP/1.1 server, which the health endpoint and the local page share: one request for each connection, and limits on
//! everything.
//!
//! Must not know what is served.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// After an accept that failed, usually because no file descriptor was free.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// What a server grants its clients.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerLimits {
    /// Open connections; the next one waits in the system's queue.
    pub(super) connections: usize,
    /// From the accept to the last byte of the response.
    pub(super) time: Duration,
    /// Headers of a request.
    pub(super) headers: usize,
    /// Bytes of a request's head; hyper takes no less than 8 KiB.
    pub(super) head: usize,
}

/// Answers until it is dropped, which also ends connections that are open. Wakes up for connections alone.
pub(super) async fn serve<F>(listener: TcpListener, limits: ServerLimits, respond: F)
where
    F: Fn(&Request<Incoming>) -> http::Result<Response<Full<Bytes>>> + Clone + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if connections.len() < limits.connections => match accepted {
                Ok((stream, _)) => drop(connections.spawn(answer(stream, limits, respond.clone()))),
                Err(error) => {
                    tracing::debug!("a connection could not be accepted: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

/// One connection: one request, one response. What goes wrong is for the client to see.
async fn answer<F>(stream: TcpStream, limits: ServerLimits, respond: F)
where
    F: Fn(&Request<Incoming>) -> http::Result<Response<Full<Bytes>>>,
{
    let service = hyper::service::service_fn(move |request| std::future::ready(respond(&request)));
    let connection = hyper::server::conn::http1::Builder::new()
        .keep_alive(false)
        .auto_date_header(false)
        .header_read_timeout(None)
        .max_headers(limits.headers)
        .max_buf_size(limits.head)
        .serve_connection(TokioIo::new(stream), service);
    match timeout(limits.time, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!("a connection failed: {error}"),
        Err(_) => tracing::debug!("a connection took too long"),
    }
}

//! One round of deliveries: its files are read once, and it has one connection.
//!
//! Must not know when to try again.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::classify::{self, Attempt, Route, classify};
use super::connection::{Connection, Connector, HttpSender};
use super::error::DeliveryError;
use super::grpc::GrpcCalls;
use super::http::HttpRequests;
use super::outcome::SendOutcome;
use super::prepare::{self, PrepareError};
use crate::clock::Clock;
use crate::config::{EndpointSettings, Transport};
use crate::consent::SendPermit;
use crate::contract::ApprovedReport;
use crate::net::Dialer;

/// Sends reports to one endpoint, one at a time, over one connection, which it opens at the first of them and closes
/// when it is dropped. Open another one for each round, so that rotated tokens and certificates are read.
pub struct Sender {
    connector: Connector,
    requests: Requests,
    timeout: Duration,
    route: Route,
    clock: Arc<dyn Clock>,
    idle: Mutex<Option<Connection>>,
    /// Whether the endpoint may have what the last attempt was to send.
    may_have_arrived: AtomicBool,
}

enum Requests {
    Http(HttpRequests),
    Grpc(GrpcCalls),
}

impl Sender {
    /// Reads the header file and the PEM files; connects nowhere. `user_agent` is the contract's. `clock` is for a Retry-After that names a date.
    ///
    /// # Errors
    /// If a file cannot be read or used, if the proxy's URL cannot, or if a gRPC endpoint has a path.
    pub fn open(
        settings: &EndpointSettings,
        user_agent: &'static str,
        dialer: &Dialer,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, PrepareError> {
        let headers = prepare::read_headers(&settings.headers)?;
        let EndpointSettings { url, compression, timeout, .. } = settings;
        let connector = Connector::new(settings, dialer)?;
        let requests = match settings.transport {
            Transport::HttpProtobuf => {
                Requests::Http(HttpRequests::new(url, user_agent, headers, *compression, connector.forwarding())?)
            }
            Transport::Grpc => Requests::Grpc(GrpcCalls::new(url, user_agent, headers, *compression, *timeout)?),
        };
        let route = Route { is_tls: url.is_tls(), is_forwarded: connector.forwarding().is_some() };
        Ok(Self {
            connector,
            requests,
            timeout: *timeout,
            route,
            clock,
            idle: Mutex::new(None),
            may_have_arrived: AtomicBool::new(false),
        })
    }

    /// Makes one attempt to deliver the report. It ends within the settings' time limit, and at once when the permit is
    /// revoked; the connection is dropped then.
    ///
    /// Without a permit it does not build:
    ///
    /// ```compile_fail,E0061
    /// # use headcount::{contract::ApprovedReport, delivery::{SendOutcome, Sender}};
    /// async fn deliver(sender: &Sender, body: &ApprovedReport) -> SendOutcome {
    ///     sender.send(body).await
    /// }
    /// ```
    ///
    /// ```
    /// # use headcount::{consent::SendPermit, contract::ApprovedReport, delivery::{SendOutcome, Sender}};
    /// async fn deliver(sender: &Sender, permit: &SendPermit, body: &ApprovedReport) -> SendOutcome {
    ///     sender.send(permit, body).await
    /// }
    /// ```
    pub async fn send(&self, permit: &SendPermit, body: &ApprovedReport) -> SendOutcome {
        self.attempt(permit, body.bytes().clone()).await
    }

    /// Sends a request without metrics, to check whether the endpoint accepts it.
    pub async fn send_empty(&self, permit: &SendPermit) -> SendOutcome {
        // An ExportMetricsServiceRequest without resources has no bytes.
        self.attempt(permit, Bytes::new()).await
    }

    /// Whether the endpoint may have the report of the last attempt, however that ended, dropped ones included: it was handed
    /// to an open connection, and no response shows that it was not received.
    pub fn may_have_arrived(&self) -> bool {
        self.may_have_arrived.load(Ordering::Relaxed)
    }

    async fn attempt(&self, permit: &SendPermit, body: Bytes) -> SendOutcome {
        let deadline = Instant::now() + self.timeout;
        self.may_have_arrived.store(false, Ordering::Relaxed);
        let attempt = tokio::select! {
            biased;
            () = permit.revoked() => Attempt::Revoked,
            exchanged = timeout_at(deadline, self.exchange(body, deadline)) => match exchanged {
                Ok(Ok(attempt)) => attempt,
                Ok(Err(failure)) => Attempt::Failed(failure),
                Err(_) => Attempt::TimedOut(self.timeout),
            },
        };
        classify(&attempt, self.clock.now(), self.route)
    }

    async fn exchange(&self, body: Bytes, deadline: Instant) -> Result<Attempt, DeliveryError> {
        if let Some(connection) = self.take_idle() {
            match self.exchange_on(connection, body.clone(), deadline).await {
                // The endpoint may have closed it meanwhile; the same bytes twice are harmless.
                Err(DeliveryError::Broken) => {}
                exchanged => return exchanged,
            }
        }
        let connection = self.connector.open().await?;
        self.exchange_on(connection, body, deadline).await
    }

    async fn exchange_on(
        &self,
        mut connection: Connection,
        body: Bytes,
        deadline: Instant,
    ) -> Result<Attempt, DeliveryError> {
        // Over a connection that broke, the same report may have arrived.
        let before = self.may_have_arrived.swap(true, Ordering::Relaxed);
        let exchanged = match (&mut connection.protocol, &self.requests) {
            (HttpSender::Http1(sender), Requests::Http(requests)) => requests.post(sender, body, deadline).await,
            (HttpSender::Http2(sender), Requests::Grpc(calls)) => calls.call(sender, body).await,
            _ => Err(DeliveryError::Request),
        };
        if classify::shows_no_arrival(&exchanged) {
            self.may_have_arrived.store(before, Ordering::Relaxed);
        }
        let attempt = exchanged.map_err(|failure| self.explain(connection.stream_error.explain(failure)))?;
        if attempt.leaves_connection_usable() && connection.is_open() {
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
        Ok(attempt)
    }

    /// Where a proxy forwards requests, the peer that does not support HTTP is the proxy.
    fn explain(&self, failure: DeliveryError) -> DeliveryError {
        match failure {
            DeliveryError::NotHttp if self.connector.forwarding().is_some() => DeliveryError::NotProxy,
            failure => failure,
        }
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let Some(connection) = self.take_idle() {
            connection.finish();
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

#[cfg(test)]
mod tests;

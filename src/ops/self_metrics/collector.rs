//! The official exporter over this crate's connections: the same dialer and TLS for gRPC and for HTTP.
//!
//! It reads the rest of its variables when it is built. Must not know what is measured.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{MetricExporter, Protocol, RetryPolicy, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter as _;
use rustls::ClientConfig;
use tokio::time::timeout;

use super::grpc::Calls;
use crate::config::{CollectorSettings, Transport};
use crate::error_chain::{Describe, Description, causes, find};
use crate::net::Dialer;
use crate::net::tls::{self, CertificateProblem, HandshakeProblem, IdentityNames, PeerNames, TlsError};

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const CHECK_ADDRESS: &str = "check OTEL_EXPORTER_OTLP_ENDPOINT";
const PEER: PeerNames = PeerNames { url: "OTEL_EXPORTER_OTLP_ENDPOINT", certificate: CERTIFICATE };
const IDENTITY: IdentityNames =
    IdentityNames { certificate: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", key: "OTEL_EXPORTER_OTLP_CLIENT_KEY" };

/// After this many failures in a row the exporter is built again: its connection may be dead, and its certificates may have
/// been replaced.
const MAX_FAILURES: u32 = 3;

/// Why an export failed. Nothing of a response is repeated.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be extended.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT is invalid")]
    Address(#[source] http::Error),
    /// The exporter does not accept its own variables. Its message may repeat an address with a password, so it is dropped.
    #[error("the OTEL_EXPORTER_OTLP_* variables are invalid")]
    Variables,
    /// It took too long.
    #[error("collector at {address} did not respond within {} s", limit.as_secs_f64())]
    Slow {
        /// Where it is.
        address: String,
        /// The time limit.
        limit: Duration,
    },
    /// It was not reached, or did not accept the request.
    #[error("collector at {address} did not accept the request: {}", problem.message)]
    Failed {
        /// Where it is.
        address: String,
        /// Why.
        problem: RequestProblem,
    },
}

impl Describe for ExportError {
    fn describe(&self) -> Description {
        match self {
            Self::Tls(error) => error.describe(),
            Self::Address(_) => Description::new("invalid_address").remedy(CHECK_ADDRESS),
            Self::Variables => Description::new("invalid_variables").remedy(CHECK_ADDRESS),
            Self::Slow { .. } => {
                Description::new("timed_out").remedy("check the network, or raise OTEL_EXPORTER_OTLP_TIMEOUT")
            }
            Self::Failed { problem, .. } => problem.description.clone(),
        }
    }
}

/// Why a request had no response, or not the one that it should have.
#[derive(Debug, Clone)]
pub(super) struct RequestProblem {
    message: String,
    description: Description,
}

/// The operator's collector.
#[derive(Debug)]
pub(super) struct Collector {
    settings: CollectorSettings,
    dialer: Dialer,
    exporter: Option<Exporter>,
    failures: u32,
}

#[derive(Debug)]
struct Exporter {
    exporter: MetricExporter,
    last_error: LastError,
}

impl Collector {
    /// Connects nowhere yet.
    pub(super) const fn new(settings: CollectorSettings, dialer: Dialer) -> Self {
        Self { settings, dialer, exporter: None, failures: 0 }
    }

    /// Drops the connections, whatever is under way on them.
    pub(super) fn disconnect(&mut self) {
        (self.exporter, self.failures) = (None, 0);
    }

    /// Exports once, within the time limit. It is not retried: the next export has all that this one has.
    pub(super) async fn export(&mut self, metrics: &ResourceMetrics) -> Result<(), ExportError> {
        let exported = self.export_within_limit(metrics).await;
        self.failures = if exported.is_ok() { 0 } else { self.failures.saturating_add(1) };
        if self.failures >= MAX_FAILURES {
            self.disconnect();
        }
        exported
    }

    async fn export_within_limit(&mut self, metrics: &ResourceMetrics) -> Result<(), ExportError> {
        let exporter = match self.exporter.take() {
            Some(exporter) => exporter,
            None => Exporter::build(&self.settings, &self.dialer)?,
        };
        let exporter = self.exporter.insert(exporter);
        let address = || self.settings.address.to_string();
        let limit = self.settings.timeout;
        match timeout(limit, exporter.exporter.export(metrics)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                Err(ExportError::Failed { address: address(), problem: exporter.last_error.explain(&error) })
            }
            Err(_) => Err(ExportError::Slow { address: address(), limit }),
        }
    }
}

impl Exporter {
    fn build(settings: &CollectorSettings, dialer: &Dialer) -> Result<Self, ExportError> {
        let last_error = LastError::default();
        let connector = connector(settings, dialer)?;
        let client = match settings.transport {
            Transport::HttpProtobuf => ExportClient::Http(HyperClient::new(connector, settings.timeout, None)),
            Transport::Grpc => ExportClient::Grpc(
                Calls::new(connector, settings.address.uri(), settings.timeout).map_err(ExportError::Address)?,
            ),
        };
        let builder = MetricExporter::builder()
            .with_http()
            .with_http_client(RecordingClient { client, last_error: last_error.clone() })
            .with_retry_policy(RetryPolicy::disabled())
            .with_protocol(Protocol::HttpBinary)
            .with_temporality(settings.temporality);
        let exporter = match settings.transport {
            Transport::HttpProtobuf => builder.build(),
            // The exporter does not accept an address without a scheme; `Calls` decides where the call goes.
            Transport::Grpc => builder.with_endpoint(settings.address.uri().to_string()).build(),
        };
        Ok(Self { exporter: exporter.map_err(|_| ExportError::Variables)?, last_error })
    }
}

/// Opens connections, with TLS if the address begins with `https://`. Files are read only then.
fn connector(settings: &CollectorSettings, dialer: &Dialer) -> Result<HttpsConnector<Dialer>, TlsError> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls(settings, dialer)?).https_or_http();
    Ok(match settings.transport {
        Transport::HttpProtobuf => builder.enable_http1().wrap_connector(dialer.clone()),
        Transport::Grpc => builder.enable_http2().wrap_connector(dialer.clone()),
    })
}

fn tls(settings: &CollectorSettings, dialer: &Dialer) -> Result<ClientConfig, TlsError> {
    if !settings.address.is_tls() {
        return tls::unused();
    }
    let roots = tls::roots(settings.tls.certificate.as_deref(), CERTIFICATE, dialer)?;
    tls::client_as(&roots, settings.tls.client.as_ref(), IDENTITY)
}

/// The exporter's HTTP client. It records errors, which the exporter does not return.
struct RecordingClient {
    client: ExportClient,
    last_error: LastError,
}

/// The client for each protocol.
enum ExportClient {
    Http(HyperClient<HttpsConnector<Dialer>>),
    Grpc(Calls),
}

impl fmt::Debug for RecordingClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordingClient")
    }
}

impl HttpClient for RecordingClient {
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'client: 'sending,
        Self: 'sending,
    {
        Box::pin(async move {
            let sent = match &self.client {
                ExportClient::Http(http) => http.send_bytes(request).await,
                ExportClient::Grpc(calls) => calls.send(request).await,
            };
            self.last_error.record(sent.as_ref().err().map(|error| problem(error.as_ref())));
            sent
        })
    }
}

/// Describes an error. What rustls says of a certificate repeats the names in it, so those are described in our words.
fn problem(error: &(dyn Error + 'static)) -> RequestProblem {
    let (message, description) = match find(error) {
        Some(rustls::Error::InvalidCertificate(problem)) => {
            let problem = CertificateProblem::of(problem);
            (format!("its certificate {problem}"), problem.describe(PEER))
        }
        Some(problem) => {
            let problem = HandshakeProblem::of(problem);
            (format!("TLS handshake failed: {problem}"), problem.describe(PEER.url))
        }
        None => (causes(error), Description::new("request_failed").remedy(CHECK_ADDRESS)),
    };
    RequestProblem { message, description }
}

/// Why the latest request failed, if it did.
#[derive(Debug, Clone, Default)]
struct LastError(Arc<Mutex<Option<RequestProblem>>>);

impl LastError {
    fn record(&self, latest: Option<RequestProblem>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = latest;
    }

    fn explain(&self, error: &OTelSdkError) -> RequestProblem {
        let latest = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        latest.unwrap_or_else(|| problem(error))
    }
}

//! The official exporter, over connections of our own: the same dialer and TLS for gRPC and for HTTP.
//!
//! It reads the rest of its variables itself when it is built. Must not know what is measured.

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
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, Protocol, RetryPolicy, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use super::grpc::Calls;
use crate::config::{CollectorSettings, Transport};
use crate::net::Dialer;
use crate::net::tls::{self, IdentityNames, PeerNames, TlsError};
use crate::ops::words::with_causes;

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const PEER: PeerNames = PeerNames { url: "OTEL_EXPORTER_OTLP_ENDPOINT", certificate: CERTIFICATE };
const IDENTITY: IdentityNames =
    IdentityNames { certificate: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", key: "OTEL_EXPORTER_OTLP_CLIENT_KEY" };

/// After so many failures in a row the exporter is built anew: its connection may be dead without a sign of it, and its
/// certificates may have been replaced.
const MAX_FAILURES: u32 = 3;

/// Why an export failed. Answers are not repeated here.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be extended.
    #[error("the address in OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")]
    Address(#[source] http::Error),
    /// The exporter does not accept its own variables. Its words may repeat an address with a password in it.
    #[error("the OTEL_EXPORTER_OTLP_* variables make no exporter; check OTEL_EXPORTER_OTLP_ENDPOINT")]
    Variables(#[source] ExporterBuildError),
    /// It took too long.
    #[error("the collector at {address} did not answer within {}", humantime::format_duration(*limit))]
    Slow {
        /// Where it is.
        address: String,
        /// The time limit.
        limit: Duration,
    },
    /// It was not reached, or did not take them.
    #[error("the collector at {address} did not take them ({reason}); check OTEL_EXPORTER_OTLP_ENDPOINT")]
    Failed {
        /// Where it is.
        address: String,
        /// The exporter's words.
        reason: String,
    },
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

    /// Exports once, within the time limit. It is not tried again: the next export says all that this one said.
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
                Err(ExportError::Failed { address: address(), reason: exporter.last_error.explain(&error) })
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
            // The exporter does not accept an address without a scheme; where the call goes is decided by `Calls`.
            Transport::Grpc => builder.with_endpoint(settings.address.uri().to_string()).build(),
        };
        Ok(Self { exporter: exporter.map_err(ExportError::Variables)?, last_error })
    }
}

/// Opens connections, with TLS where the address asks for it. Files are read only then.
fn connector(settings: &CollectorSettings, dialer: &Dialer) -> Result<HttpsConnector<Dialer>, TlsError> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(tls(settings, dialer)?).https_or_http();
    Ok(match settings.transport {
        Transport::HttpProtobuf => builder.enable_http1().wrap_connector(dialer.clone()),
        Transport::Grpc => builder.enable_http2().wrap_connector(dialer.clone()),
    })
}

fn tls(settings: &CollectorSettings, dialer: &Dialer) -> Result<ClientConfig, TlsError> {
    if !settings.address.is_tls() {
        return tls::client(&Arc::new(RootCertStore::empty()));
    }
    let roots = tls::roots(settings.tls.certificate.as_deref(), CERTIFICATE, dialer)?;
    tls::client_as(&roots, settings.tls.client.as_ref(), IDENTITY)
}

/// What the exporter sends with. The exporter says of any failure only that there was one, so that is kept.
struct RecordingClient {
    client: ExportClient,
    last_error: LastError,
}

/// What is spoken with the collector.
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
            self.last_error.note(sent.as_ref().err().map(|error| words(error.as_ref())));
            sent
        })
    }
}

/// Why there was no answer. What rustls says of a certificate repeats the names in it, so that is explained in our words.
fn words(error: &(dyn Error + 'static)) -> String {
    tls::explain(error, PEER).unwrap_or_else(|| with_causes(error))
}

/// Why the latest request had no answer, if it had none.
#[derive(Debug, Clone, Default)]
struct LastError(Arc<Mutex<Option<String>>>);

impl LastError {
    fn note(&self, words: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }

    fn explain(&self, error: &OTelSdkError) -> String {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        noted.unwrap_or_else(|| error.to_string())
    }
}

//! What a scripted endpoint keeps of a request.

use std::io::Read;

use bytes::Bytes;
use headcount::config::Transport;
use http::{HeaderMap, Method, Uri};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use tokio::time::Instant;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    /// As it arrived: compressed, and with gRPC's prefix.
    pub body: Bytes,
    /// The protobuf bytes in it.
    pub message: Bytes,
    /// Which connection it came over, counted from 0.
    pub connection: usize,
    pub at: Instant,
}

impl Received {
    /// The decoded request.
    pub fn report(&self) -> ExportMetricsServiceRequest {
        ExportMetricsServiceRequest::decode(&*self.message).expect("the body is no OTLP request")
    }

    /// All header names in alphabetical order.
    pub fn header_names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// The protobuf bytes in a body.
pub(super) fn message(transport: Transport, headers: &HeaderMap, body: &Bytes) -> Bytes {
    let (compressed, message) = match transport {
        Transport::HttpProtobuf => (headers.contains_key("content-encoding"), body.clone()),
        Transport::Grpc => (body.first() == Some(&1), body.slice(5.min(body.len())..)),
    };
    if !compressed {
        return message;
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&*message).read_to_end(&mut plain).unwrap();
    plain.into()
}

//! One error of each kind, by module.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use headcount::contract::GateError;
use headcount::delivery::{DeliveryError, PrepareError};
use headcount::error_chain::Describe;
use headcount::model::InstallGuidError;
use headcount::net::secret_file::{ReadProblem, SecretFileError};
use headcount::net::tls::{
    CertificateProblem, ClientCertificateProblem, HandshakeProblem, IdentityNames, PemProblem, TlsError,
};
use headcount::ops::health::HealthError;
use headcount::store::StoreError;
use http::StatusCode;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message as _;
use tonic::Code;

pub(super) type Errors = Vec<Box<dyn Describe>>;

/// The errors of each module.
pub(super) fn errors() -> Vec<(&'static str, Errors)> {
    vec![
        ("store", store()),
        ("net: files", files()),
        ("net: tls", tls()),
        ("delivery: prepare", prepare()),
        ("delivery", delivery()),
        ("contract", contract()),
        ("health", health()),
    ]
    .into_iter()
    .chain(super::services::errors())
    .collect()
}

fn contract() -> Errors {
    boxed([
        GateError::TooLarge { bytes: 5000, most: 4096 },
        GateError::NotProtobuf(ExportMetricsServiceRequest::decode(&[0xff][..]).unwrap_err()),
        GateError::Layout { field: "scope_metrics" },
        GateError::Instrument { expected: "face_recognition.user.current" },
        GateError::Range { instrument: "face_recognition.user.current" },
        GateError::Rounding { instrument: "face_recognition.user.current" },
        GateError::InstallGuid(InstallGuidError::NotRandom),
        GateError::InstallGuidCase,
        GateError::Time { field: "time_unix_nano" },
        GateError::TimeBeforeStart,
        GateError::Differs { offset: 7 },
    ])
}

/// All but what another program at the address sends.
fn health() -> Errors {
    let address = SocketAddr::from(([127, 0, 0, 1], 13233));
    boxed([
        HealthError::PortUnknown,
        HealthError::Unreachable { address, source: cause() },
        HealthError::Slow { address, limit: Duration::from_secs(120) },
        HealthError::Unhealthy { address, status: StatusCode::SERVICE_UNAVAILABLE },
    ])
}

pub(super) fn boxed<T: Describe + 'static>(errors: impl IntoIterator<Item = T>) -> Errors {
    errors.into_iter().map(|error| Box::new(error) as Box<dyn Describe>).collect()
}

pub(super) fn cause() -> io::Error {
    io::Error::other("the cause")
}

fn store() -> Errors {
    let directory = PathBuf::from("/var/lib/headcount");
    let path = directory.join("headcount.db");
    boxed([
        StoreError::Locked { directory: directory.clone() },
        StoreError::Newer { found: 3, known: 1 },
        StoreError::Older { found: 0 },
        StoreError::Corrupt(cause().into()),
        StoreError::Foreign { path: path.clone() },
        StoreError::Permission(cause().into()),
        StoreError::ReadOnly(cause().into()),
        StoreError::Full(cause().into()),
        StoreError::Busy(cause().into()),
        StoreError::FileSystem(cause().into()),
        StoreError::Unmounted { directory },
        StoreError::Erased,
        StoreError::HourReported,
        StoreError::NoIdentity,
        StoreError::PreviewOnly,
        StoreError::File { path, source: cause() },
        StoreError::Database(rusqlite::Error::QueryReturnedNoRows),
    ])
}

fn files() -> Errors {
    let problems = [
        ReadProblem::Absent,
        ReadProblem::NotAFile,
        ReadProblem::Unreadable(cause()),
        ReadProblem::TooLarge(4096),
        ReadProblem::Utf16,
        ReadProblem::Empty,
        ReadProblem::Lines,
        ReadProblem::NotText,
    ];
    boxed(problems.map(|problem| SecretFileError { setting: "HEADCOUNT_OTLP_HEADERS_FILE", problem }))
}

fn tls() -> Errors {
    let setting = "HEADCOUNT_OTLP_CERTIFICATE";
    let problems = [
        PemProblem::Empty,
        PemProblem::Der,
        PemProblem::Pkcs12,
        PemProblem::Pkcs7,
        PemProblem::Keystore,
        PemProblem::Trusted,
        PemProblem::Request,
        PemProblem::NoCertificate,
        PemProblem::NoKey,
        PemProblem::EncryptedKey,
        PemProblem::KeyKind,
        PemProblem::Damaged { line: 7 },
        PemProblem::Nothing,
    ];
    let mut errors = boxed(problems.map(|problem| TlsError::Pem { setting, problem }));
    let setting = "HEADCOUNT_OTLP_CLIENT_CERTIFICATE";
    let problems =
        [ClientCertificateProblem::NotFirst, ClientCertificateProblem::Version1, ClientCertificateProblem::Malformed];
    errors.extend(boxed(problems.map(|problem| TlsError::ClientCertificate { setting, problem })));
    errors.extend(boxed([
        TlsError::ClientIdentity(IdentityNames { certificate: setting, key: "HEADCOUNT_OTLP_CLIENT_KEY" }),
        TlsError::NoRoots { setting: "HEADCOUNT_OTLP_CERTIFICATE" },
        TlsError::Unusable(rustls::Error::DecryptError),
    ]));
    errors
}

fn prepare() -> Errors {
    boxed([
        PrepareError::ServerName("HEADCOUNT_OTLP_ENDPOINT"),
        PrepareError::Proxy("HTTPS_PROXY"),
        PrepareError::GrpcPath,
        PrepareError::Url("://".parse::<http::Uri>().unwrap_err().into()),
    ])
}

fn delivery() -> Errors {
    let cause = || "connection refused".to_owned();
    let mut errors = boxed([
        DeliveryError::Connect { cause: cause() },
        DeliveryError::ProxyConnect { cause: cause() },
        DeliveryError::ProxyTls,
        DeliveryError::NotProxy,
        DeliveryError::ClientCertificate,
        DeliveryError::NoHttp2,
        DeliveryError::NotHttp,
        DeliveryError::Broken,
        DeliveryError::TooLarge,
        DeliveryError::NotGrpc,
        DeliveryError::HttpStatus(StatusCode::BAD_REQUEST),
        DeliveryError::UnreadSuccess,
        DeliveryError::Request,
        DeliveryError::TimedOut(Duration::from_secs(10)),
        DeliveryError::DeadlineReached,
    ]);
    let status = |code| StatusCode::from_u16(code).unwrap();
    errors.extend(boxed([403, 407, 503].map(|code| DeliveryError::ProxyRefused(status(code)))));
    errors.extend(boxed(CERTIFICATES.map(DeliveryError::UntrustedCertificate)));
    errors.extend(boxed(HANDSHAKES.map(DeliveryError::Tls)));
    let statuses = [302, 400, 401, 403, 404, 405, 407, 413, 415, 418, 422, 429, 500, 502];
    errors.extend(boxed(statuses.map(|code| DeliveryError::Status { status: status(code), is_forwarded: false })));
    errors.extend(boxed([DeliveryError::Status { status: status(502), is_forwarded: true }]));
    for is_tls in [true, false] {
        errors.extend(boxed([200, 400, 413].map(|code| DeliveryError::NotOtlp { status: status(code), is_tls })));
    }
    errors.extend(boxed((0..=16).map(|code| DeliveryError::Grpc(Code::from_i32(code)))));
    errors
}

pub(super) const CERTIFICATES: [CertificateProblem; 16] = [
    CertificateProblem::UnknownIssuer,
    CertificateProblem::OtherName,
    CertificateProblem::OtherAddress,
    CertificateProblem::NoName,
    CertificateProblem::Expired,
    CertificateProblem::NotYetValid,
    CertificateProblem::Revoked,
    CertificateProblem::IsAuthority,
    CertificateProblem::IssuerIsNoAuthority,
    CertificateProblem::Version1,
    CertificateProblem::Algorithm,
    CertificateProblem::Signature,
    CertificateProblem::Purpose,
    CertificateProblem::NameConstraint,
    CertificateProblem::Malformed,
    CertificateProblem::Other,
];

pub(super) const HANDSHAKES: [HandshakeProblem; 4] = [
    HandshakeProblem::NothingInCommon,
    HandshakeProblem::UnknownName,
    HandshakeProblem::ClientCertificate,
    HandshakeProblem::Other,
];

//! Where reports go, and how.

use secrecy::SecretString;

use crate::config::consent::Recipient;
use crate::config::duration;
use crate::config::environment::Variable;
use crate::config::fault::{Fault, FaultKind};
use crate::config::headers;
use crate::config::names::{
    OTLP_CERTIFICATE, OTLP_CLIENT_CERTIFICATE, OTLP_CLIENT_KEY, OTLP_COMPRESSION, OTLP_ENDPOINT, OTLP_HEADERS,
    OTLP_HEADERS_FILE, OTLP_INSECURE, OTLP_PROTOCOL, OTLP_TIMEOUT,
};
use crate::config::reader::{Read, Reader};
use crate::config::settings::{
    ClientIdentity, Compression, Destination, EndpointSettings, HeaderSettings, ProxySettings, TlsSettings, Transport,
};
use crate::config::switch::Switch;
use crate::config::url::BaseUrl;

/// The OTLP exporter specification's default.
const TIMEOUT_SECONDS: u64 = 10;

/// What was said of a destination.
pub(super) struct Named {
    /// Whether one was named, valid or not.
    pub(super) is_named: bool,
    /// Who it is, if its name is valid.
    pub(super) recipient: Option<Recipient>,
    /// The whole, if all of it is valid.
    pub(super) destination: Option<Destination>,
}

/// How reports travel, or that they do not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Network(Transport),
    Export,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Named {
    let protocols = [
        ("http/protobuf", Protocol::Network(Transport::HttpProtobuf)),
        ("grpc", Protocol::Network(Transport::Grpc)),
        ("export", Protocol::Export),
    ];
    let url = reader.read(&OTLP_ENDPOINT, BaseUrl::endpoint);
    let protocol = reader.word(&OTLP_PROTOCOL, &protocols);
    let parts = parts(reader);
    let insecure = insecure(reader);
    match (url, protocol) {
        (Read::Unset, Read::Valid(Protocol::Export)) => {
            let destination = parts.map(|_| Destination::Export);
            Named { is_named: true, recipient: Some(Recipient::Export), destination }
        }
        (Read::Unset, _) => Named { is_named: false, recipient: None, destination: None },
        (_, Read::Valid(Protocol::Export)) => {
            let predicate = "names an endpoint, but the protocol is export, which sends nothing; remove one of the two";
            reader.fault(&OTLP_ENDPOINT, FaultKind::Conflict, predicate);
            Named { is_named: true, recipient: None, destination: None }
        }
        (Read::Faulty, _) => Named { is_named: true, recipient: None, destination: None },
        (Read::Valid(url), protocol) => endpoint(reader, url, protocol, parts, insecure),
    }
}

fn endpoint(
    reader: &mut Reader<'_>,
    url: BaseUrl,
    protocol: Read<Protocol>,
    parts: Option<Parts>,
    insecure: Read<bool>,
) -> Named {
    let recipient = Recipient::Endpoint { host: url.host().to_ascii_lowercase(), port: url.port() };
    let is_exposed = !url.is_tls() && !url.is_loopback();
    // A value that makes no sense has a fault of its own already.
    if is_exposed && matches!(insecure, Read::Unset | Read::Valid(false)) {
        let predicate = "begins with http://, which sends reports unencrypted; use https:// or set --otlp-insecure";
        reader.fault(&OTLP_ENDPOINT, FaultKind::Conflict, predicate);
    }
    let is_allowed = !is_exposed || matches!(insecure, Read::Valid(true));
    let transport = match protocol {
        Read::Unset => Some(Transport::HttpProtobuf),
        Read::Valid(Protocol::Network(transport)) => Some(transport),
        Read::Valid(Protocol::Export) | Read::Faulty => None,
    };
    let is_misplaced = transport == Some(Transport::Grpc) && url.has_path();
    if is_misplaced {
        let predicate =
            "has a path, which gRPC does not use; remove the path, or set HEADCOUNT_OTLP_PROTOCOL to http/protobuf";
        reader.fault(&OTLP_ENDPOINT, FaultKind::Conflict, predicate);
    }
    let is_usable = is_allowed && !is_misplaced && !matches!(insecure, Read::Faulty);
    let destination = transport.zip(parts).filter(|_| is_usable).map(|(transport, parts)| {
        let Parts { headers, compression, timeout, tls, proxy } = parts;
        let settings = EndpointSettings { url, transport, headers, compression, timeout, tls, proxy };
        Destination::Endpoint(Box::new(settings))
    });
    Named { is_named: true, recipient: Some(recipient), destination }
}

/// What an endpoint needs besides its URL and protocol.
struct Parts {
    headers: HeaderSettings,
    compression: Compression,
    timeout: std::time::Duration,
    tls: TlsSettings,
    proxy: ProxySettings,
}

/// Reads all parts before any is dropped, so that every fault is found.
fn parts(reader: &mut Reader<'_>) -> Option<Parts> {
    let values = reader.read(&OTLP_HEADERS, headers::parse_list);
    let file = reader.path(&OTLP_HEADERS_FILE);
    let compression = reader.word(&OTLP_COMPRESSION, &[("none", Compression::None), ("gzip", Compression::Gzip)]);
    let default_timeout = std::time::Duration::from_secs(TIMEOUT_SECONDS);
    let timeouts = std::time::Duration::from_secs(1)..=duration::minutes(5);
    let timeout = reader.read(&OTLP_TIMEOUT, |text| duration::parse_in(text, &timeouts));
    let tls = tls(reader);
    let proxy = proxy(reader);
    Some(Parts {
        headers: HeaderSettings { values: or(values, Vec::new())?, file: file.optional()? },
        compression: or(compression, Compression::None)?,
        timeout: or(timeout, default_timeout)?,
        tls: tls?,
        proxy: proxy?,
    })
}

/// The value or, if nothing was said, the default; none if it is at fault.
fn or<T>(read: Read<T>, default: T) -> Option<T> {
    read.optional().map(|value| value.unwrap_or(default))
}

fn insecure(reader: &mut Reader<'_>) -> Read<bool> {
    reader.read(&OTLP_INSECURE, |text| match Switch::parse(text) {
        Switch::True => Ok(true),
        Switch::False => Ok(false),
        Switch::Unset | Switch::Unclear => Err("makes no sense; set it to true or false"),
    })
}

fn tls(reader: &mut Reader<'_>) -> Option<TlsSettings> {
    let certificate = reader.path(&OTLP_CERTIFICATE).optional();
    let client_certificate = reader.path(&OTLP_CLIENT_CERTIFICATE);
    let key = reader.path(&OTLP_CLIENT_KEY);
    let lonely = match (&client_certificate, &key) {
        (Read::Unset, other) if other.is_set() => Some((OTLP_CLIENT_KEY, OTLP_CLIENT_CERTIFICATE)),
        (other, Read::Unset) if other.is_set() => Some((OTLP_CLIENT_CERTIFICATE, OTLP_CLIENT_KEY)),
        _ => None,
    };
    if let Some((given, other)) = lonely {
        let predicate = format!("is set without {}; set both or neither", other.variable);
        reader.fault(&given, FaultKind::Conflict, predicate);
        return None;
    }
    let client = match (client_certificate, key) {
        (Read::Valid(certificate), Read::Valid(key)) => Some(ClientIdentity { certificate, key }),
        (Read::Unset, Read::Unset) => None,
        _ => return None,
    };
    Some(TlsSettings { certificate: certificate?, client })
}

/// The proxy variables, in lower case first, as curl has it. Whether a value makes sense is for delivery to say.
fn proxy(reader: &mut Reader<'_>) -> Option<ProxySettings> {
    let https = proxy_variable(reader, ["https_proxy", "HTTPS_PROXY"]);
    let http = proxy_variable(reader, ["http_proxy", "HTTP_PROXY"]);
    let no_proxy = proxy_variable(reader, ["no_proxy", "NO_PROXY"]);
    Some(ProxySettings {
        https: https?.map(SecretString::from),
        http: http?.map(SecretString::from),
        no_proxy: no_proxy?.map(str::to_owned),
    })
}

fn proxy_variable<'a>(reader: &mut Reader<'a>, names: [&str; 2]) -> Option<Option<&'a str>> {
    for name in names {
        match reader.environment().get(name) {
            Variable::Unset => {}
            Variable::Text(text) => return Some(Some(text)),
            Variable::Unreadable => {
                let predicate = "holds bytes that are not UTF-8; set it again or remove it";
                reader.add_faults([Fault::new(name, FaultKind::Malformed, predicate)]);
                return None;
            }
        }
    }
    Some(None)
}

//! The destination of reports.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::consent::Recipient;
use super::environment::Variable;
use super::error::{SettingError, SettingErrorKind};
use super::reader::{Parsed, SettingsReader};
use super::settings::{Compression, Destination, EndpointSettings, HeaderSettings, Protocol, ProxySettings, Transport};
use super::table::{
    OTLP_CERTIFICATE, OTLP_CLIENT_CERTIFICATE, OTLP_CLIENT_KEY, OTLP_COMPRESSION, OTLP_ENDPOINT, OTLP_HEADERS,
    OTLP_HEADERS_FILE, OTLP_INSECURE, OTLP_PROTOCOL, OTLP_TIMEOUT,
};
use super::url::BaseUrl;
use crate::error_chain::Explanation;
use crate::net::tls::{ClientIdentity, TlsFiles};

/// What the settings name as a destination.
pub(super) struct NamedDestination {
    /// Whether they name one, valid or not.
    pub(super) is_named: bool,
    /// The recipient, if its name is valid.
    pub(super) recipient: Option<Recipient>,
    /// The destination, if all of its settings are valid.
    pub(super) destination: Option<Destination>,
}

impl NamedDestination {
    /// A destination that is invalid.
    const INVALID: Self = Self { is_named: true, recipient: None, destination: None };
}

pub(super) fn read(reader: &mut SettingsReader<'_>) -> NamedDestination {
    let url = reader.read(&OTLP_ENDPOINT);
    let protocol = reader.valid_or_default(&OTLP_PROTOCOL);
    let parts = parts(reader);
    let insecure = reader.valid_or_default(&OTLP_INSECURE);
    match (url, protocol) {
        (Parsed::Unset, Some(Protocol::Export)) => NamedDestination {
            is_named: true,
            recipient: Some(Recipient::Export),
            destination: parts.map(|_| Destination::Export),
        },
        (Parsed::Unset, _) => NamedDestination { is_named: false, recipient: None, destination: None },
        (_, Some(Protocol::Export)) => {
            let predicate = "is set, but protocol export sends nothing";
            reader.conflict(&OTLP_ENDPOINT, predicate, "remove one of the two settings");
            NamedDestination::INVALID
        }
        (Parsed::Invalid, _) => NamedDestination::INVALID,
        (Parsed::Valid(url), protocol) => endpoint(reader, url, protocol, parts, insecure),
    }
}

fn endpoint(
    reader: &mut SettingsReader<'_>,
    url: BaseUrl,
    protocol: Option<Protocol>,
    parts: Option<Parts>,
    insecure: Option<bool>,
) -> NamedDestination {
    let recipient = Recipient::Endpoint { host: url.host().to_ascii_lowercase(), port: url.port() };
    let is_exposed = !url.is_tls() && !url.is_loopback();
    // An invalid value has its own error.
    if is_exposed && insecure == Some(false) {
        let remedy = format!("use https://, or set {} to true", OTLP_INSECURE.variable);
        reader.conflict(&OTLP_ENDPOINT, "starts with http://, which sends reports unencrypted", remedy);
    }
    let transport = match protocol {
        Some(Protocol::HttpProtobuf) => Some(Transport::HttpProtobuf),
        Some(Protocol::Grpc) => Some(Transport::Grpc),
        Some(Protocol::Export) | None => None,
    };
    let is_misplaced = transport == Some(Transport::Grpc) && url.has_path();
    if is_misplaced {
        let remedy = format!("remove the path, or set {} to http/protobuf", OTLP_PROTOCOL.variable);
        reader.conflict(&OTLP_ENDPOINT, "has a path, which gRPC does not use", remedy);
    }
    let is_usable = insecure.is_some_and(|is_allowed| is_allowed || !is_exposed) && !is_misplaced;
    let destination = transport.zip(parts).filter(|_| is_usable).map(|(transport, parts)| {
        let Parts { headers, compression, timeout, tls, proxy } = parts;
        let settings = EndpointSettings { url, transport, headers, compression, timeout, tls, proxy };
        Destination::Endpoint(Box::new(settings))
    });
    NamedDestination { is_named: true, recipient: Some(recipient), destination }
}

/// What an endpoint has besides its URL and protocol.
struct Parts {
    headers: HeaderSettings,
    compression: Compression,
    timeout: Duration,
    tls: TlsFiles,
    proxy: ProxySettings,
}

/// Reads all parts before any is dropped, so that every error is found.
fn parts(reader: &mut SettingsReader<'_>) -> Option<Parts> {
    let values = reader.valid_or_default(&OTLP_HEADERS);
    let file = reader.read(&OTLP_HEADERS_FILE).optional();
    let compression = reader.valid_or_default(&OTLP_COMPRESSION);
    let timeout = reader.valid_or_default(&OTLP_TIMEOUT);
    let tls = tls(reader);
    let proxy = proxy(reader);
    Some(Parts {
        headers: HeaderSettings { values: values?, file: file? },
        compression: compression?,
        timeout: timeout?,
        tls: tls?,
        proxy: proxy?,
    })
}

fn tls(reader: &mut SettingsReader<'_>) -> Option<TlsFiles> {
    let certificate = reader.read(&OTLP_CERTIFICATE).optional();
    let client = client(reader);
    Some(TlsFiles { certificate: certificate?, client: client? })
}

/// Reads the client's certificate and key: both or neither.
fn client(reader: &mut SettingsReader<'_>) -> Option<Option<ClientIdentity>> {
    let certificate = reader.read(&OTLP_CLIENT_CERTIFICATE);
    let key: Parsed<PathBuf> = reader.read(&OTLP_CLIENT_KEY);
    let (given, other) = match (certificate, key) {
        (Parsed::Valid(certificate), Parsed::Valid(key)) => return Some(Some(ClientIdentity { certificate, key })),
        (Parsed::Unset, Parsed::Unset) => return Some(None),
        (Parsed::Unset, _) => (&OTLP_CLIENT_KEY, &OTLP_CLIENT_CERTIFICATE),
        (_, Parsed::Unset) => (&OTLP_CLIENT_CERTIFICATE, &OTLP_CLIENT_KEY),
        _ => return None,
    };
    reader.conflict(given, format!("is set without {}", other.variable), "set both or neither");
    None
}

/// Reads the proxy variables, in lower case first, as curl does. `delivery` checks their values.
fn proxy(reader: &mut SettingsReader<'_>) -> Option<ProxySettings> {
    let https = proxy_variable(reader, ["https_proxy", "HTTPS_PROXY"]);
    let http = proxy_variable(reader, ["http_proxy", "HTTP_PROXY"]);
    let no_proxy = proxy_variable(reader, ["no_proxy", "NO_PROXY"]);
    Some(ProxySettings {
        https: https?.map(SecretString::from),
        http: http?.map(SecretString::from),
        no_proxy: no_proxy?.map(str::to_owned),
    })
}

fn proxy_variable<'a>(reader: &mut SettingsReader<'a>, names: [&str; 2]) -> Option<Option<&'a str>> {
    for name in names {
        match reader.environment().get(name) {
            Variable::Unset => {}
            Variable::Text(text) => return Some(Some(text)),
            Variable::Unreadable => {
                let problem = Explanation::new("is not valid UTF-8", "set it again");
                reader.add_errors([SettingError::new(name, SettingErrorKind::Invalid, &problem)]);
                return None;
            }
        }
    }
    Some(None)
}

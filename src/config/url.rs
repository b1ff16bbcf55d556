//! Base URLs of the service and of the endpoint.
//!
//! Must not know files and sockets. No error repeats the text, since it may contain a password.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::Uri;
use http::uri::{Authority, Scheme};

use super::setting::Invalid;

/// The path that an OTLP/HTTP exporter appends for metrics.
const METRICS_PATH: &str = "/v1/metrics";
/// The paths for other signals, which never carry a report.
const OTHER_SIGNALS: [&str; 3] = ["/v1/traces", "/v1/logs", "/v1development/profiles"];

/// The base of all requests to a server: scheme, host, optional port and path. It has no user information, query or
/// fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at its end; empty for the root.
    path: String,
}

/// Why a text is not a [`BaseUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseUrlError {
    /// It is in quotes, which a shell would have removed and an env file keeps.
    Quotes,
    /// It has a blank or a control character within.
    Blank,
    /// It has characters outside ASCII.
    NotAscii,
    /// It has no scheme, or another one.
    Scheme,
    /// It does not parse.
    Malformed,
    /// Its host is missing, or no name or address.
    Host,
    /// Its host is an IPv6 address without brackets.
    Brackets,
    /// Its port is no number that a TCP port can be.
    Port,
    /// It holds a user or password.
    UserInformation,
    /// It holds a query.
    Query,
    /// It holds a fragment.
    Fragment,
    /// Its path is that of another signal.
    Signal,
}

impl From<BaseUrlError> for Invalid {
    fn from(error: BaseUrlError) -> Self {
        let (predicate, remedy) = match error {
            BaseUrlError::Quotes => ("must not be in quotes", "remove them"),
            BaseUrlError::Blank => ("must not contain spaces or control characters", "remove them"),
            BaseUrlError::NotAscii => (
                "must contain ASCII characters only",
                "write an international host name in its `xn--` form, and percent-encode the path",
            ),
            BaseUrlError::Scheme => ("must start with http:// or https://", "write it as in `http://127.0.0.1:8080`"),
            BaseUrlError::Malformed => {
                ("is not a URL", "write a scheme, a host and a port, as in `http://127.0.0.1:8080`")
            }
            BaseUrlError::Host => {
                ("has an invalid host", "write a host name or an IP address after http:// or https://")
            }
            BaseUrlError::Brackets => ("has an IPv6 address without brackets", "write it as in `http://[::1]:8080`"),
            BaseUrlError::Port => {
                ("has an invalid port", "write a number from 1 to 65535 after the colon, or no colon")
            }
            BaseUrlError::UserInformation => ("must not contain a user name or password", "remove the text before `@`"),
            BaseUrlError::Query => ("must not contain a query", "remove `?` and the text after it"),
            BaseUrlError::Fragment => ("must not contain a fragment", "remove `#` and the text after it"),
            BaseUrlError::Signal => {
                ("ends in the path of another signal", "remove that path, since headcount appends /v1/metrics")
            }
        };
        Self::because(predicate, remedy)
    }
}

impl BaseUrl {
    /// Reads a base URL. Blanks around it are dropped.
    ///
    /// # Errors
    /// Says what is wrong with the text, without repeating it.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let text = text.trim_ascii();
        check_characters(text)?;
        let parts = text.parse::<Uri>().map_err(|_| malformed(text))?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(BaseUrlError::Malformed);
        };
        if authority.as_str().contains('@') {
            return Err(BaseUrlError::UserInformation);
        }
        check_host(authority.host())?;
        port(&authority)?;
        let path_and_query = parts.path_and_query;
        if path_and_query.as_ref().is_some_and(|path| path.query().is_some()) {
            return Err(BaseUrlError::Query);
        }
        let path = path_and_query.map(|path| path.path().trim_end_matches('/').to_owned()).unwrap_or_default();
        Ok(Self { scheme, authority, path })
    }

    /// Reads the URL of an OTLP endpoint. The whole URL of its metrics is taken for the base, as vendors print both.
    ///
    /// # Errors
    /// As [`Self::parse`], and for the path of another signal.
    pub fn endpoint(text: &str) -> Result<Self, BaseUrlError> {
        let mut url = Self::parse(text)?;
        if OTHER_SIGNALS.iter().any(|path| url.path.ends_with(path)) {
            return Err(BaseUrlError::Signal);
        }
        if let Some(base) = url.path.strip_suffix(METRICS_PATH) {
            url.path = base.trim_end_matches('/').to_owned();
        }
        Ok(url)
    }

    /// The URI of `path_and_query` below this base; it begins with a slash.
    ///
    /// # Errors
    /// If the result is no valid URI, which no path made by this crate is.
    pub fn join(&self, path_and_query: &str) -> Result<Uri, http::Error> {
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path_and_query}", self.path))
            .build()
    }

    /// The host, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// The port: the one written, or the scheme's.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 })
    }

    /// Who is spoken to, as a consent file names it: `host`, or `host:port` where a port was written.
    #[must_use]
    pub fn recipient(&self) -> String {
        match self.authority.port_u16() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// Whether connections are to be encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// The path, without a slash at its end; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether requests go below a path.
    #[must_use]
    pub fn has_path(&self) -> bool {
        !self.path.is_empty()
    }

    /// Whether the host can only be this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host().trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

/// The port that an authority names, if any. `http` takes one that does not parse for none, which would be the scheme's.
///
/// # Errors
/// If it is not a number from 1 to 65535.
pub(crate) fn port(authority: &Authority) -> Result<Option<u16>, BaseUrlError> {
    let (_, after_user) = authority.as_str().rsplit_once('@').unwrap_or(("", authority.as_str()));
    let Some(rest) = after_user.strip_prefix(authority.host()).filter(|rest| !rest.is_empty()) else {
        return Ok(None);
    };
    let digits = rest.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let port = digits.and_then(|digits| digits.parse().ok()).filter(|port| *port > 0);
    port.map(Some).ok_or(BaseUrlError::Port)
}

/// What can be said before the text is taken apart.
fn check_characters(text: &str) -> Result<(), BaseUrlError> {
    let is_quote = |character: char| "\"'`\u{201c}\u{201d}\u{2018}\u{2019}".contains(character);
    if text.starts_with(is_quote) || text.ends_with(is_quote) {
        return Err(BaseUrlError::Quotes);
    }
    if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
        return Err(BaseUrlError::Blank);
    }
    let has_scheme = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !has_scheme("http://") && !has_scheme("https://") {
        return Err(BaseUrlError::Scheme);
    }
    if !text.is_ascii() {
        return Err(BaseUrlError::NotAscii);
    }
    if text.contains('#') { Err(BaseUrlError::Fragment) } else { Ok(()) }
}

/// Why a text that is no URI for `http` is none, if one of the likely mistakes is the reason.
fn malformed(text: &str) -> BaseUrlError {
    let (_, rest) = text.split_once("://").unwrap_or(("", text));
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return BaseUrlError::UserInformation;
    }
    let is_address = |text: &str| text.parse::<Ipv6Addr>().is_ok();
    let before_port = authority.rsplit_once(':').map_or("", |(host, _)| host);
    if is_address(authority) || is_address(before_port) {
        return BaseUrlError::Brackets;
    }
    if authority.is_empty() { BaseUrlError::Host } else { BaseUrlError::Malformed }
}

/// A host is a name of letters, digits, hyphens, dots and (Compose writes them) underscores, or an address.
fn check_host(host: &str) -> Result<(), BaseUrlError> {
    let is_valid = match host.strip_prefix('[').map(|rest| rest.strip_suffix(']').unwrap_or_default()) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            host.bytes().all(is_part) && host.bytes().any(|byte| byte.is_ascii_alphanumeric())
        }
    };
    if is_valid { Ok(()) } else { Err(BaseUrlError::Host) }
}

#[cfg(test)]
mod tests {
    use BaseUrlError::{Blank, Brackets, Fragment, Host, Malformed, NotAscii, Port, Quotes, Scheme};

    use super::*;

    type Parse = fn(&str) -> Result<BaseUrl, BaseUrlError>;

    const BOTH: [Parse; 2] = [BaseUrl::endpoint, BaseUrl::parse];

    #[test]
    fn valid_url_is_accepted() {
        let table = [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", 8080),
            ("https://telemetry.example.org", "https://telemetry.example.org", 443),
            ("http://compreface_fe", "http://compreface_fe", 80),
            ("HTTPS://Telemetry.Example.org:4318/", "https://Telemetry.Example.org:4318", 4318),
            ("  https://a.example \r\n", "https://a.example", 443),
            ("https://a.example:65535/base//", "https://a.example:65535/base", 65535),
            ("https://a.example:1", "https://a.example:1", 1),
            ("http://[::1]:4318", "http://[::1]:4318", 4318),
            ("http://[2001:db8::1]", "http://[2001:db8::1]", 80),
            ("https://xn--bcher-kva.example/base", "https://xn--bcher-kva.example/base", 443),
            ("https://a.example./base", "https://a.example./base", 443),
        ];
        for (text, shown, port) in table {
            for parse in BOTH {
                let url = parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
                assert_eq!((url.to_string().as_str(), url.port()), (shown, port), "{text}");
            }
        }
    }

    const INVALID: [(&str, BaseUrlError); 45] = [
        ("", Scheme),
        ("a.example", Scheme),
        ("a.example:4318", Scheme),
        ("//a.example", Scheme),
        ("https:/a.example", Scheme),
        ("https:a.example", Scheme),
        ("https//a.example", Scheme),
        ("htps://a.example", Scheme),
        ("grpc://a.example", Scheme),
        ("https:\\\\a.example", Scheme),
        ("\"https://a.example\"", Quotes),
        ("'https://a.example'", Quotes),
        ("\u{201c}https://a.example\u{201d}", Quotes),
        ("https://a.example\"", Quotes),
        ("https://a.example /x", Blank),
        ("https://a example", Blank),
        ("https://a.example\0", Blank),
        ("https://a\u{a0}.example", Blank),
        ("https://b\u{fc}cher.example", NotAscii),
        ("https://a.example/b\u{fc}cher", NotAscii),
        ("https://a.example#x", Fragment),
        ("https://a.example/#/login", Fragment),
        ("https://", Host),
        ("https:///v1", Host),
        ("https://:4318", Host),
        ("https://$(HOST_IP):4318", Host),
        ("https://...", Host),
        ("https://[::g]:4318", Host),
        ("https://[127.0.0.1]:4318", Host),
        ("https://[fe80::1%25eth0]:4318", Host),
        ("https://::1", Brackets),
        ("https://::1:4318", Brackets),
        ("https://2001:db8::1:4318/base", Brackets),
        ("https://a.example:70000", Port),
        ("https://a.example:65536", Port),
        ("https://a.example:4318o", Port),
        ("https://a.example:o", Port),
        ("https://a.example:0", Port),
        ("https://a.example:", Port),
        ("https://a.example:/base", Port),
        ("https://a.example:+80", Port),
        ("https://a.example:-1", Port),
        ("https://[::1]:", Port),
        ("https://[::1]:70000", Port),
        ("https://[::1]4318", Port),
    ];

    #[test]
    fn invalid_url_is_refused_without_repeating_it() {
        for (text, expected) in INVALID {
            for parse in BOTH {
                let error = parse(text).err().unwrap_or_else(|| panic!("{text} passed"));
                assert!(error == expected || (expected == Port && error == Malformed), "{text}: {error:?}");
                let words = format!("{:?}", Invalid::from(error));
                assert!(!words.contains("a.example") && !words.contains("4318o"), "{words}");
            }
        }
    }

    #[test]
    fn endpoint_with_credentials_or_a_query_is_invalid() {
        for text in ["https://user:hunter2@a.example", "https://user@a.example:4318", "https://u:p@rt@a.example"] {
            assert_eq!(BaseUrl::endpoint(text), Err(BaseUrlError::UserInformation), "{text}");
            assert_eq!(BaseUrl::parse(text), Err(BaseUrlError::UserInformation), "{text}");
        }
        for text in ["https://a.example?token=hunter2", "https://a.example/v1/metrics?x", "https://a.example/?"] {
            assert_eq!(BaseUrl::endpoint(text), Err(BaseUrlError::Query), "{text}");
            assert_eq!(BaseUrl::parse(text), Err(BaseUrlError::Query), "{text}");
        }
    }

    #[test]
    fn endpoint_with_the_metrics_path_is_accepted() {
        for (text, base) in [
            ("https://a.example/v1/metrics", "https://a.example"),
            ("https://a.example/v1/metrics/", "https://a.example"),
            ("https://a.example:4318/otlp/v1/metrics", "https://a.example:4318/otlp"),
            ("https://a.example/api/v1/otlp", "https://a.example/api/v1/otlp"),
            ("https://a.example/v1", "https://a.example/v1"),
            ("https://a.example/my-v1/metrics", "https://a.example/my-v1/metrics"),
        ] {
            assert_eq!(BaseUrl::endpoint(text).unwrap().to_string(), base, "{text}");
        }
        for text in ["https://a.example/v1/traces", "https://a.example/otlp/v1/logs/"] {
            assert_eq!(BaseUrl::endpoint(text), Err(BaseUrlError::Signal), "{text}");
        }
    }
}

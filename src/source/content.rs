//! What is wrong with the body of a response.

use super::meaning::Remedy;

/// What is wrong with a response's body. Nothing of the body is repeated, only where the error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentFault {
    /// Another content type.
    #[error("it is not JSON")]
    NotJson,
    /// A page for a browser.
    #[error("it is a web page, not JSON: a front end returns one where nothing matches, and so does a sign-in page")]
    WebPage,
    /// A content encoding, though none was asked for.
    #[error("it is compressed, which headcount did not request; a proxy in front of the service did that")]
    Encoded,
    /// More bytes than an answer may have.
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    /// More headers, or longer ones, than any of the service's answers has.
    #[error("its head is larger than any of the service's")]
    HeadTooLarge,
    /// More objects than can be asked about one by one.
    #[error("it lists more than {0} objects that take a request each")]
    TooMany(usize),
    /// Arrays or objects within each other.
    #[error("it is nested too deeply")]
    TooDeep,
    /// A string that no name or key is as long as.
    #[error("it holds a string of more than {0} bytes")]
    StringTooLong(usize),
    /// No JSON.
    #[error("it is malformed JSON at line {line}, column {column}")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It ends too early.
    #[error("it ends in the middle; check the service's log if this happens again")]
    Truncated,
    /// JSON, but not what was expected.
    #[error("line {line}, column {column} is not what CompreFace 1.1 or 1.2 returns; check the service's version")]
    Shape {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// An id or key in another form.
    #[error("an id or key in it is not a UUID in lower case; check the service's version")]
    NotUuid,
    /// A service of a type that is not counted.
    #[error("it names a type of service that headcount does not support; check the service's version")]
    UnknownType,
    /// A sign-in without the cookie that refreshes its session.
    #[error(
        "it sets no REFRESH_TOKEN cookie: CompreFace 1.1 is the oldest supported version, or a proxy removed the cookie"
    )]
    NoRefreshCookie,
    /// A sign-in without its cookies.
    #[error("it has no session cookies; a proxy in front of the service removed them")]
    NoCookies,
}

impl ContentFault {
    pub(super) const fn remedy(self) -> Remedy {
        match self {
            Self::NotJson
            | Self::WebPage
            | Self::TooLarge(_)
            | Self::HeadTooLarge
            | Self::TooMany(_)
            | Self::TooDeep
            | Self::StringTooLong(_)
            | Self::Malformed { .. } => Remedy::Check,
            Self::Encoded | Self::NoCookies => Remedy::Bypass,
            Self::NoRefreshCookie => Remedy::CheckWithVersion,
            Self::Truncated | Self::Shape { .. } | Self::NotUuid | Self::UnknownType => Remedy::None,
        }
    }
}

//! What a response with another status than 200 means, and what to do about it.
//!
//! Words only: which response means what is for each service to say.

/// What a response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Meaning {
    /// The front end is up, the service behind it is not.
    #[error("the service behind the front end is still starting")]
    Starting,
    /// A failure inside the service at the first requests of a scrape.
    #[error("the service is not ready: it is starting, or its database is down; check its log if this lasts")]
    NotReady,
    /// Wrong user or password.
    #[error("bad credentials; check HEADCOUNT_COMPREFACE_EMAIL and the password")]
    WrongCredentials,
    /// The account is disabled.
    #[error("the account is disabled; enable it in the service, or use another account")]
    AccountDisabled,
    /// The account is gone while its session lives on.
    #[error("account not found; create it again or use another account")]
    AccountDeleted,
    /// The account's role does not allow it.
    #[error("the account may not read this; give it the role ADMINISTRATOR, or use another account")]
    NoPrivilege,
    /// Something took the Authorization header away.
    #[error("a proxy in front of the service removed or changed the Authorization header")]
    AuthorizationMissing,
    /// The sign-in failed inside the service.
    #[error(
        "the service cannot check sign-ins: its database is down (check its log), its client secret was changed, or it \
         is an admin service of version 1.1, whose URL is the front end's"
    )]
    SignInBroken,
    /// A session is needed, or this one has ended.
    #[error("session rejected")]
    SessionEnded,
    /// The session cannot be refreshed; a new sign-in is needed.
    #[error("the session cannot be refreshed; headcount signs in again")]
    RefreshRefused,
    /// The object was deleted between two requests.
    #[error("deleted during the scrape")]
    Gone,
    /// The core does not know a key that the admin API gives.
    #[error("the core API does not know an API key that the admin API returned")]
    KeyUnknown,
    /// The key's header is missing or changed.
    #[error("a proxy in front of the core API removed or changed the `x-api-key` header")]
    KeyMissing,
    /// The admin API answered a request for the core API.
    #[error("this URL leads to the admin API, not to the core API")]
    AdminInsteadOfCore,
    /// The core API answered a request for the admin API.
    #[error("this URL leads to the core API, not to the admin API")]
    CoreInsteadOfAdmin,
    /// A 401 or 407 that is not the service's own.
    #[error("a proxy in front of the service requires a password or sign-in of its own")]
    PasswordInFront,
    /// A 403 that is not the service's own.
    #[error("a filter or an access rule in front of the service blocks the request")]
    BlockedInFront,
    /// A 400 that is not the service's own.
    #[error("a web server or proxy in front of the service refused the request; the port may require https")]
    RefusedInFront,
    /// A limit of something in front of the service.
    #[error("a proxy in front of the service limits requests; headcount makes few of them and retries later")]
    LimitedInFront,
    /// A path that nothing answers at.
    #[error("no API of CompreFace at this path")]
    NoSuchPath,
    /// A redirect to the same address with https.
    #[error("redirect to https")]
    RedirectToTls,
    /// Any other redirect.
    #[error("redirect to another address or a sign-in page; headcount does not follow redirects")]
    Redirect,
    /// A failure inside the service.
    #[error("the service failed, or its database is down; check its log")]
    Failed,
    /// Anything else.
    #[error("not a response of CompreFace 1.1 or 1.2")]
    Unexpected,
}

impl Meaning {
    pub(super) const fn remedy(self) -> Remedy {
        match self {
            Self::AuthorizationMissing | Self::KeyMissing | Self::PasswordInFront | Self::BlockedInFront => {
                Remedy::Bypass
            }
            Self::LimitedInFront => Remedy::Exempt,
            Self::SessionEnded => Remedy::OneInstallation,
            Self::KeyUnknown => Remedy::SameInstallation,
            Self::AdminInsteadOfCore => Remedy::CoreUrl,
            Self::CoreInsteadOfAdmin => Remedy::AdminUrl,
            Self::RefusedInFront | Self::SignInBroken => Remedy::Check,
            Self::NoSuchPath | Self::Unexpected => Remedy::CheckWithVersion,
            Self::RedirectToTls => Remedy::TlsUrl,
            Self::Redirect => Remedy::FinalUrl,
            Self::Starting
            | Self::NotReady
            | Self::WrongCredentials
            | Self::AccountDisabled
            | Self::AccountDeleted
            | Self::NoPrivilege
            | Self::RefreshRefused
            | Self::Gone
            | Self::Failed => Remedy::None,
        }
    }
}

/// What to do with the setting that an address came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Nothing: the meaning says it, or it passes.
    None,
    Check,
    CheckWithVersion,
    Bypass,
    Exempt,
    OneInstallation,
    SameInstallation,
    CoreUrl,
    AdminUrl,
    TlsUrl,
    FinalUrl,
}

impl Remedy {
    /// The end of a message, from the semicolon on.
    pub(super) fn words(self, setting: &str) -> String {
        match self {
            Self::None => String::new(),
            Self::Check => format!("; check {setting}"),
            Self::CheckWithVersion => {
                format!("; check {setting}, or the version of the service, if it is older than 1.1")
            }
            Self::Bypass => format!("; set {setting} to a URL that leads to the service without it"),
            Self::Exempt => format!("; exempt headcount from the limit, or set {setting} to a URL that bypasses it"),
            Self::OneInstallation => format!("; point {setting} at a single installation"),
            Self::SameInstallation => format!("; set {setting} to the core API of the same installation"),
            Self::CoreUrl => "; set HEADCOUNT_COMPREFACE_CORE_URL to the URL of the core API".to_owned(),
            Self::AdminUrl => format!("; set {setting} to the URL of the admin API"),
            Self::TlsUrl => format!("; set {setting} to the https:// URL"),
            Self::FinalUrl => format!("; set {setting} to the final URL, without a sign-in page in front"),
        }
    }
}

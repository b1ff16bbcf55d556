//! What a response with another status than 200 means, and what to do about it.

use crate::error_chain::Description;

/// What a response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// The front end is up, the service behind it is not.
    #[error("the service behind the front end is still starting")]
    Starting,
    /// A failure inside the service at the first requests of a scrape.
    #[error("the service is not ready: it is starting, or its database is down")]
    NotReady,
    /// Wrong user or password.
    #[error("bad credentials")]
    BadCredentials,
    /// The account is disabled.
    #[error("the account is disabled")]
    AccountDisabled,
    /// The account is gone while its session lives on.
    #[error("account not found")]
    AccountDeleted,
    /// The account's role does not allow it.
    #[error("the account may not read this")]
    NoPrivilege,
    /// Something took the Authorization header away.
    #[error("a proxy in front of the service removed or changed the Authorization header")]
    AuthorizationMissing,
    /// The sign-in failed inside the service.
    #[error("the service cannot check sign-ins")]
    SignInBroken,
    /// A session is needed, or this one has ended.
    #[error("session rejected")]
    SessionEnded,
    /// The session cannot be refreshed; a new sign-in is needed.
    #[error("the session cannot be refreshed")]
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
    #[error("a web server or proxy in front of the service rejected the request")]
    RejectedInFront,
    /// A limit of something in front of the service.
    #[error("a proxy in front of the service limits requests")]
    LimitedInFront,
    /// A path without an API.
    #[error("no API of CompreFace at this path")]
    NoSuchPath,
    /// A redirect to the same address with https.
    #[error("redirect to https")]
    RedirectToTls,
    /// Any other redirect.
    #[error("redirect to another address or a sign-in page")]
    Redirect,
    /// A failure inside the service.
    #[error("the service failed, or its database is down")]
    Failed,
    /// Anything else.
    #[error("not a response of CompreFace 1.1 or 1.2")]
    Unexpected,
}

impl ApiError {
    /// The code and the remedy. `setting` names the address that the response came from.
    pub(super) fn describe(self, setting: &str) -> Description {
        const OTHER_ACCOUNT: &str = "or use another account";
        let (code, remedy) = match self {
            Self::Starting => ("starting", String::new()),
            Self::NotReady => ("not_ready", "check the service's log if this lasts".to_owned()),
            Self::BadCredentials => ("bad_credentials", "check HEADCOUNT_COMPREFACE_EMAIL and the password".to_owned()),
            Self::AccountDisabled => ("account_disabled", format!("enable it in the service, {OTHER_ACCOUNT}")),
            Self::AccountDeleted => ("account_not_found", format!("create it again, {OTHER_ACCOUNT}")),
            Self::NoPrivilege => ("no_privilege", format!("give it the role ADMINISTRATOR, {OTHER_ACCOUNT}")),
            Self::AuthorizationMissing => ("authorization_removed", bypass(setting)),
            Self::SignInBroken => (
                "sign_in_broken",
                format!(
                    "check the service's log and database, its client secret, and {setting}: the URL of version 1.1 is the \
                     front end's"
                ),
            ),
            Self::SessionEnded => ("session_rejected", format!("point {setting} at a single installation")),
            Self::RefreshRefused => ("refresh_rejected", "headcount signs in again".to_owned()),
            Self::Gone => ("deleted", String::new()),
            Self::KeyUnknown => ("key_unknown", format!("set {setting} to the core API of the same installation")),
            Self::KeyMissing => ("key_removed", bypass(setting)),
            Self::AdminInsteadOfCore => {
                ("admin_api", "set HEADCOUNT_COMPREFACE_CORE_URL to the URL of the core API".to_owned())
            }
            Self::CoreInsteadOfAdmin => ("core_api", format!("set {setting} to the URL of the admin API")),
            Self::PasswordInFront => ("password_in_front", bypass(setting)),
            Self::BlockedInFront => ("blocked_in_front", bypass(setting)),
            Self::RejectedInFront => ("rejected_in_front", format!("check {setting}; the port may require https")),
            Self::LimitedInFront => (
                "limited_in_front",
                format!("exempt headcount from the limit, or set {setting} to a URL that bypasses it"),
            ),
            Self::NoSuchPath => ("no_such_path", check_version(setting)),
            Self::RedirectToTls => ("redirect_to_https", format!("set {setting} to the https:// URL")),
            Self::Redirect => ("redirect", format!("set {setting} to the final URL, without a sign-in page in front")),
            Self::Failed => ("service_failed", "check its log".to_owned()),
            Self::Unexpected => ("unexpected_response", check_version(setting)),
        };
        if remedy.is_empty() { Description::new(code) } else { Description::new(code).remedy(remedy) }
    }
}

fn bypass(setting: &str) -> String {
    format!("set {setting} to a URL that leads to the service without it")
}

fn check_version(setting: &str) -> String {
    format!("check {setting}, or the version of the service, if it is older than 1.1")
}

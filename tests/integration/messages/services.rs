//! The errors of each service, and those that all HTTP services share.

use std::time::Duration;

use headcount::contract::RequestTemplate;
use headcount::net::secret_file::{ReadProblem, SecretFileError};
use headcount::net::tls::PeerNames;
use headcount::source::compreface::{ApiError, CompreFaceError};
use headcount::source::frigate::{FrigateError, LibraryGone, Meaning, Version};
use headcount::source::http::{BodyError, FrontError, HttpError, Position, Requested};
use headcount::source::inventory::{InventoryError, StatusProblem};

use super::catalog::{CERTIFICATES, Errors, HANDSHAKES, boxed, cause};

pub(super) fn errors() -> [(&'static str, Errors); 4] {
    [
        ("source: http", http()),
        ("source: compreface", compreface()),
        ("source: frigate", frigate()),
        ("source: inventory", inventory()),
    ]
}

const fn requested(method: &'static str, path: &'static str, setting: &'static str) -> Requested {
    Requested { template: RequestTemplate::new(method, path, ""), setting }
}

const APPLICATIONS: Requested = requested("GET", "/admin/apps", "HEADCOUNT_COMPREFACE_URL");
const SIGN_IN: Requested = requested("POST", "/admin/oauth/token", "HEADCOUNT_COMPREFACE_URL");
const LIBRARY: Requested = requested("GET", "/api/faces", "HEADCOUNT_FRIGATE_URL");

const FRONT: [FrontError; 7] = [
    FrontError::RedirectToTls,
    FrontError::Redirect,
    FrontError::PasswordInFront,
    FrontError::BlockedInFront,
    FrontError::RejectedInFront,
    FrontError::LimitedInFront,
    FrontError::NoSuchPath,
];

const POSITION: Position = Position { line: 1, column: 7 };

const BODIES: [BodyError; 12] = [
    BodyError::NotJson,
    BodyError::WebPage,
    BodyError::Encoded,
    BodyError::TooLarge(16384),
    BodyError::HeadTooLarge,
    BodyError::TooMany(16384),
    BodyError::TooDeep(POSITION),
    BodyError::StringTooLong { bytes: 4096, position: POSITION },
    BodyError::Malformed(POSITION),
    BodyError::Truncated,
    BodyError::Shape(POSITION),
    BodyError::Value { code: "not_a_uuid", what: "an id or key that is not a UUID in lower case" },
];

fn http() -> Errors {
    let requested = APPLICATIONS;
    let names = PeerNames { url: "HEADCOUNT_COMPREFACE_URL", certificate: "HEADCOUNT_COMPREFACE_CERTIFICATE" };
    let mut errors = boxed([
        HttpError::NotListening { requested, source: cause().into() },
        HttpError::Unreachable { requested, source: cause().into() },
        HttpError::CutOff { requested, source: cause().into() },
        HttpError::Unbuildable { requested, source: cause().into() },
        HttpError::TimeLimit { what: "reading the service", seconds: 900 },
        HttpError::Decoder(cause().into()),
    ]);
    errors.extend(boxed(CERTIFICATES.map(|problem| HttpError::Certificate { requested, problem, names })));
    errors.extend(boxed(HANDSHAKES.map(|problem| HttpError::Handshake { requested, problem })));
    errors.extend(boxed(BODIES.map(|error| HttpError::Body { requested, error })));
    errors
}

fn compreface() -> Errors {
    let own = [
        (502, None, ApiError::Starting),
        (500, None, ApiError::NotReady),
        (400, None, ApiError::BadCredentials),
        (400, None, ApiError::AccountDisabled),
        (404, Some(16), ApiError::AccountDeleted),
        (400, Some(9), ApiError::NoPrivilege),
        (401, None, ApiError::AuthorizationMissing),
        (401, None, ApiError::SignInBroken),
        (401, None, ApiError::SessionEnded),
        (401, None, ApiError::RefreshRefused),
        (404, Some(2), ApiError::Gone),
        (404, Some(10), ApiError::KeyUnknown),
        (400, Some(20), ApiError::KeyMissing),
        (401, None, ApiError::AdminInsteadOfCore),
        (400, Some(20), ApiError::CoreInsteadOfAdmin),
        (500, None, ApiError::Failed),
        (418, None, ApiError::Unexpected),
    ];
    let answered = |(status, code, error)| CompreFaceError::Answered { requested: APPLICATIONS, status, code, error };
    let mut errors = boxed(own.map(answered));
    errors.extend(boxed(FRONT.map(|error| answered((400, None, ApiError::Front(error))))));
    errors.extend(boxed([
        CompreFaceError::Revoked,
        CompreFaceError::Role,
        CompreFaceError::SessionReplaced,
        CompreFaceError::SignInTimeLimit { seconds: 90 },
        CompreFaceError::NoRefreshCookie { requested: SIGN_IN },
        CompreFaceError::NoCookies { requested: SIGN_IN },
    ]));
    errors
}

fn frigate() -> Errors {
    let own = [
        (502, Meaning::Starting),
        (500, Meaning::Failed),
        (401, Meaning::BadCredentials),
        (429, Meaning::SignInLimited),
        (422, Meaning::SignInRejected),
        (401, Meaning::OriginAdded),
        (401, Meaning::TokenRejected),
        (401, Meaning::SignInNeeded),
        (403, Meaning::Forbidden),
        (418, Meaning::Unexpected),
    ];
    let requested = requested("POST", "/api/login", "HEADCOUNT_FRIGATE_URL");
    let mut errors = boxed(own.map(|(status, meaning)| FrigateError::Answered { requested, status, meaning }));
    errors.extend(boxed([
        FrigateError::NotAdmin,
        FrigateError::TooOld { found: Version::FIRST },
        FrigateError::NoToken { requested },
        FrigateError::SeveralTokens { requested },
    ]));
    errors.extend(boxed([LibraryGone { requested: LIBRARY }]));
    errors
}

fn inventory() -> Errors {
    let own = [
        (401, StatusProblem::TokenMissing),
        (401, StatusProblem::TokenRejected),
        (403, StatusProblem::Forbidden),
        (503, StatusProblem::Starting),
        (500, StatusProblem::Failed),
        (418, StatusProblem::Unexpected),
    ];
    let mut errors = boxed(own.map(|(status, problem)| InventoryError::Answered { status, problem }));
    let file = SecretFileError { setting: "HEADCOUNT_INVENTORY_URL", problem: ReadProblem::Absent };
    errors.extend(boxed([
        InventoryError::File(file),
        InventoryError::FileChanged,
        InventoryError::FileStale { age_limit: Duration::from_secs(7 * 24 * 3600) },
        InventoryError::FileBlocked,
        InventoryError::Token,
    ]));
    errors.extend(boxed(BODIES.map(|error| InventoryError::FileContents { error })));
    errors
}

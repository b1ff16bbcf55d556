//! The faults of the service: each is one way in which it, its network or its administrators may be.

use std::time::Duration;

use super::changes::{change_roles, create_something, delete_something, renew_keys};
use crate::service::web_faults::RESTARTS;
use crate::support::compreface::{Answer, Door, GlobalRole, Health, Model, PASSWORD, Simulated, Trouble, When};
use crate::support::world::Seeded;

/// A fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ServiceFault {
    None,
    Refused,
    Unreachable,
    AcceptsAndHangs,
    AcceptsAndCuts,
    BadGateway,
    NotReady,
    Restarts,
    HangsBeforeTheAnswer,
    DiesInTheBody,
    TruncatedJson,
    WrongLength,
    Html,
    WrongContentType,
    UnaskedEncoding,
    SomethingAfterTheBody,
    BodiesOfRubbish,
    Statuses,
    DatabaseDown,
    Redirects,
    Slow,
    Trickles,
    TricklesForEver,
    SignInTooSlow,
    SessionsForgotten,
    RefreshRefused,
    SessionsNotAccepted,
    SignInAnswerLost,
    NoCookies,
    PasswordChanged,
    AccountDisabled,
    RoleChangedInTheMiddle,
    AccountDeletedInTheMiddle,
    DatabaseRestored,
    SignOutFails,
    CookiesRemoved,
    KeysUnknownToTheCore,
    KeysRenewedInTheMiddle,
    DeletedInTheMiddle,
    CreatedInTheMiddle,
    Duplicates,
}

/// Doors whose answers a scrape needs.
const READS: [Door; 6] = [Door::Me, Door::Applications, Door::Services, Door::Statistics, Door::Faces, Door::Roles];
/// Doors whose answers are arrays, or one object.
const JSON: [Door; 6] = READS;
const STATUSES: [u16; 8] = [400, 403, 404, 409, 429, 500, 503, 504];
/// Cookies that are removed from the answer to a sign-in: both, or one. Before CompreFace 1.1 there was one.
const COOKIES: [&[&str]; 3] = [&["CFSESSION", "REFRESH_TOKEN"], &["CFSESSION"], &["REFRESH_TOKEN"]];
/// None of them makes sense as an answer of any door. One without its last element would do as a list of applications.
const RUBBISH: [&[u8]; 8] = [
    b"null",
    b"{}",
    b"[null]",
    br#"[{"id":"Grace Hopper","userId":"Grace Hopper","apiKey":"x","type":"RECOGNITION","role":"OWNER"}]"#,
    br#"[{"id":"0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30","apiKey":"0b9e7c1a-5d3f-4c86-9a41-7f2e8d6c5b30","type":"PSYCHIC"},{"id":7}]"#,
    br#"{"total_elements":99999999999999999999999999,"userId":12,"status":"MAYBE"}"#,
    b"[\"\xff\xfe\"]",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

impl ServiceFault {
    /// Every one.
    pub(super) fn all() -> [Self; NAMES.len()] {
        NAMES.map(|(fault, _)| fault)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(fault, _)| *fault == self).unwrap().1
    }

    /// The one of this name.
    pub(super) fn of(name: &str) -> Self {
        NAMES.iter().find(|(_, other)| *other == name).unwrap().0
    }

    /// Begins.
    pub(super) async fn begin(self, service: &Simulated, random: &Seeded) {
        if let Some(health) = self.health() {
            service.set_health(health).await;
        } else if let Some((door, trouble)) = self.trouble(random) {
            let when = random.pick(&[When::Always, When::Always, When::EverySecond, When::From(3)]);
            service.trouble(door, when, trouble);
            if matches!(door, Door::Token) {
                service.change(Model::expire_sessions);
            }
        } else {
            self.unsettle(service, random);
        }
    }

    /// How the whole service is.
    fn health(self) -> Option<Health> {
        Some(match self {
            Self::Refused | Self::Restarts => Health::Down,
            Self::Unreachable => Health::Unreachable,
            Self::AcceptsAndHangs => Health::Silent,
            Self::AcceptsAndCuts => Health::Cuts,
            Self::BadGateway => Health::BadGateway,
            Self::NotReady => Health::NotReady,
            _ => return None,
        })
    }

    /// What one of its answers is.
    fn trouble(self, random: &Seeded) -> Option<(Door, Trouble)> {
        let any = random.pick(&[READS[..].to_vec(), vec![Door::Token]].concat());
        let read = random.pick(&READS);
        let json = random.pick(&JSON);
        Some(match self {
            Self::HangsBeforeTheAnswer => (any, Trouble::Never),
            Self::DiesInTheBody => (any, Trouble::CutOff),
            Self::TruncatedJson => (json, Trouble::Half),
            Self::WrongLength => (any, Trouble::WrongLength),
            Self::Html => (any, Trouble::Answer(Answer::html())),
            Self::WrongContentType => {
                (any, Trouble::ContentType(random.pick(&["text/plain", "application/xml", "", "*"])))
            }
            Self::UnaskedEncoding => (any, Trouble::Encoding(random.pick(&["gzip", "br"]))),
            Self::SomethingAfterTheBody => (json, Trouble::Append("]}garbage")),
            Self::BodiesOfRubbish => (json, Trouble::Body(random.pick(&RUBBISH).to_vec())),
            Self::Statuses => (any, Trouble::Answer(Answer::internal(random.pick(&STATUSES)))),
            Self::DatabaseDown => (any, Trouble::LateAnswer(Duration::from_secs(60), Answer::database_down())),
            Self::Redirects => (any, Trouble::Answer(Answer::redirect("http://elsewhere.example.com/"))),
            Self::Slow => (read, Trouble::Late(random.between(Duration::from_secs(1), Duration::from_secs(30)))),
            Self::Trickles => (read, Trouble::Trickle(Duration::from_millis(500))),
            Self::TricklesForEver => (read, Trouble::Trickle(Duration::from_secs(40 * 60))),
            Self::SignInTooSlow => (Door::Token, Trouble::Late(Duration::from_secs(100))),
            Self::SignInAnswerLost => (Door::Token, lost(random)),
            Self::SignOutFails => (Door::SignOut, sign_out(random)),
            Self::CookiesRemoved => (Door::Token, Trouble::WithoutCookies(random.pick(&COOKIES))),
            Self::NoCookies => (Door::Token, Trouble::Answer(Answer::json(200, r#"{"token_type":"bearer"}"#))),
            _ => return None,
        })
    }

    /// What happens to its accounts and objects.
    fn unsettle(self, service: &Simulated, random: &Seeded) {
        let nth = 1 + random.next() % 4;
        match self {
            Self::SessionsForgotten => {
                for scrape in 0..4 {
                    let door = random.pick(&[Door::Me, Door::Applications, Door::Services, Door::Roles]);
                    service.before(door, nth + 2 * scrape, Model::forget_sessions);
                }
            }
            Self::RefreshRefused => service.change(|model| {
                model.refuse_refresh = true;
                model.expire_sessions();
            }),
            Self::SessionsNotAccepted => service.change(|model| model.refuse_sessions = true),
            Self::PasswordChanged => service.change(|model| {
                model.password = "Another1!".to_owned();
                model.refuse_refresh = true;
                model.forget_sessions();
            }),
            Self::AccountDisabled => service.change(|model| {
                model.disabled = true;
                model.refuse_refresh = true;
                model.forget_sessions();
            }),
            Self::RoleChangedInTheMiddle => change_roles(service, random),
            Self::AccountDeletedInTheMiddle => service.before_any(1 + random.next() % 12, Model::delete_account),
            Self::DatabaseRestored => service.before_any(1 + random.next() % 12, |model| {
                delete_something(model);
                model.lose_sessions();
            }),
            Self::KeysUnknownToTheCore => service.change(|model| {
                for service in model.applications.iter_mut().flat_map(|application| &mut application.services) {
                    service.foreign = true;
                }
            }),
            Self::Duplicates => service.change(|model| model.duplicates = true),
            _ => self.unsettle_often(service, random),
        }
    }

    /// What happens to its objects between two requests, again and again.
    fn unsettle_often(self, service: &Simulated, random: &Seeded) {
        let change: fn(&mut Model) = match self {
            Self::KeysRenewedInTheMiddle => renew_keys,
            Self::DeletedInTheMiddle => delete_something,
            Self::CreatedInTheMiddle => create_something,
            _ => return,
        };
        for scrape in 0..12 {
            let door = random.pick(&[Door::Applications, Door::Services, Door::Statistics, Door::Faces, Door::Roles]);
            service.before(door, 1 + scrape + random.next() % 3, change);
        }
    }
}

/// All of them end.
pub(super) async fn end(service: &Simulated) {
    service.set_health(Health::Up).await;
    service.behave();
    service.cancel_changes();
    service.change(|model| {
        model.refuse_refresh = false;
        model.refuse_sessions = false;
        model.disabled = false;
        model.duplicates = false;
        model.password = PASSWORD.to_owned();
        for service in model.applications.iter_mut().flat_map(|application| &mut application.services) {
            service.foreign = false;
        }
        match model.role() {
            None => model.make_account_again(),
            Some(_) => model.set_role(GlobalRole::Owner),
        }
    });
}

/// How the answer to a sign-in or a refresh gets lost: on the way, or because a front end did not wait for it.
fn lost(random: &Seeded) -> Trouble {
    match random.below(3) {
        0 => Trouble::CutOff,
        1 => Trouble::WrongLength,
        _ => Trouble::GivenUp(Answer::internal(504)),
    }
}

/// What is wrong with the answer to a sign-out.
fn sign_out(random: &Seeded) -> Trouble {
    match random.below(4) {
        0 => Trouble::Never,
        1 => Trouble::CutOff,
        2 => Trouble::Late(random.between(Duration::from_secs(1), Duration::from_secs(5))),
        _ => Trouble::Answer(Answer::internal(random.pick(&[429, 500, 502, 503]))),
    }
}

/// Every fault, with its name.
const NAMES: [(ServiceFault, &str); 41] = [
    (ServiceFault::None, "nothing"),
    (ServiceFault::Refused, "connection refused"),
    (ServiceFault::Unreachable, "unreachable"),
    (ServiceFault::AcceptsAndHangs, "accepts and hangs"),
    (ServiceFault::AcceptsAndCuts, "accepts and cuts"),
    (ServiceFault::BadGateway, "502 of the front end"),
    (ServiceFault::NotReady, "database down"),
    (ServiceFault::Restarts, RESTARTS),
    (ServiceFault::HangsBeforeTheAnswer, "hangs before the answer"),
    (ServiceFault::DiesInTheBody, "dies in the body"),
    (ServiceFault::TruncatedJson, "truncated JSON"),
    (ServiceFault::WrongLength, "wrong content-length"),
    (ServiceFault::Html, "HTML with 200"),
    (ServiceFault::WrongContentType, "wrong content type"),
    (ServiceFault::UnaskedEncoding, "content encoding that was not requested"),
    (ServiceFault::SomethingAfterTheBody, "something after the body"),
    (ServiceFault::BodiesOfRubbish, "bodies of rubbish"),
    (ServiceFault::Statuses, "400, 403, 404, 409, 429, 500, 503, 504"),
    (ServiceFault::DatabaseDown, "500 after a minute"),
    (ServiceFault::Redirects, "redirects"),
    (ServiceFault::Slow, "slow"),
    (ServiceFault::Trickles, "trickles"),
    (ServiceFault::TricklesForEver, "trickles for ever"),
    (ServiceFault::SignInTooSlow, "sign-in too slow"),
    (ServiceFault::SessionsForgotten, "sessions forgotten (401 in the middle)"),
    (ServiceFault::RefreshRefused, "refresh refused"),
    (ServiceFault::SessionsNotAccepted, "sessions not accepted"),
    (ServiceFault::SignInAnswerLost, "answer to the sign-in lost"),
    (ServiceFault::NoCookies, "sign-in without cookies"),
    (ServiceFault::PasswordChanged, "password changed"),
    (ServiceFault::AccountDisabled, "account disabled"),
    (ServiceFault::RoleChangedInTheMiddle, "promoted or demoted in the middle"),
    (ServiceFault::AccountDeletedInTheMiddle, "account deleted in the middle"),
    (ServiceFault::DatabaseRestored, "database restored in the middle"),
    (ServiceFault::SignOutFails, "429, 5xx, cut or late to the sign-out"),
    (ServiceFault::CookiesRemoved, "a proxy removes the cookies"),
    (ServiceFault::KeysUnknownToTheCore, "keys unknown to the core (404)"),
    (ServiceFault::KeysRenewedInTheMiddle, "keys renewed in the middle"),
    (ServiceFault::DeletedInTheMiddle, "deleted in the middle"),
    (ServiceFault::CreatedInTheMiddle, "created in the middle"),
    (ServiceFault::Duplicates, "everything listed twice"),
];

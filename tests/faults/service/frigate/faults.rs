//! The faults that are Frigate's own: what happens to its accounts, tokens, version and folders.

use std::time::Duration;

use super::{FACES, Installation, PROFILE, SIGN_IN, USERS, VERSION};
use crate::service::peer::Peer;
use crate::service::web_faults::Paths;
use crate::support::compreface::{Answer, Trouble, When};
use crate::support::frigate::{Account, Model, PASSWORD, USER, V016};
use crate::support::world::Seeded;

/// A fault of Frigate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrigateFault {
    None,
    Starting,
    DatabaseDamaged,
    PasswordChanged,
    SignInOff,
    SignInLimited,
    SignInTooSlow,
    SignInAnswerLost,
    NoCookie,
    SeveralCookies,
    OriginAdded,
    RoleDemoted,
    AccountDeleted,
    DemotedInTheMiddle,
    AccountDeletedInTheMiddle,
    TokenEndsInTheMiddle,
    NotMounted,
    MountLostInTheMiddle,
    EveryoneDeleted,
    ChangedInTheMiddle,
    TooOld,
    CachedAnswers,
}

/// A request of a scrape, whichever it is.
const ANY: u64 = 5;

pub(super) const PATHS: Paths = Paths {
    all: &[SIGN_IN, VERSION, PROFILE, USERS, FACES],
    json: &[
        (PROFILE, &[b"null", b"{}", b"[]", br#"{"role":7}"#, br#"{"username":"Olga","role":"viewer"}"#]),
        (USERS, &[b"null", b"{}", b"[null]", b"[{}]", br#"[{"username":7}]"#, b"[\"\xff\xfe\"]", DEEP]),
        (FACES, &[b"null", b"[]", b"[null]", br#"{"Olga":7}"#, br#"{"Olga":null}"#, br#"{"Olga":[7]}"#, DEEP]),
    ],
    for_ever: Duration::from_secs(40 * 60),
};
const DEEP: &[u8] =
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";

impl FrigateFault {
    /// Every one.
    pub(super) const ALL: [Self; NAMES.len()] = {
        let mut all = [Self::None; NAMES.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = NAMES[at].0;
            at += 1;
        }
        all
    };

    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(fault, _)| *fault == self).unwrap().1
    }

    /// The one of this name, if it is Frigate's own.
    pub(super) fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, other)| *other == name).map(|(fault, _)| *fault)
    }

    /// Begins.
    pub(super) fn begin(self, peer: &Peer<Installation>, random: &Seeded) {
        if let Some(trouble) = self.sign_in(random) {
            peer.trouble(SIGN_IN, When::Always, trouble);
            return;
        }
        if let Some(change) = self.in_the_middle() {
            for scrape in 0..12 {
                peer.before(None, 1 + ANY * scrape + random.next() % ANY, change);
            }
            return;
        }
        peer.change(|Installation { model, .. }| match self {
            Self::Starting => model.is_running = false,
            Self::DatabaseDamaged => model.is_database_damaged = true,
            Self::PasswordChanged => {
                if let Some(account) = own(model) {
                    account.password = "another".to_owned();
                }
            }
            Self::SignInOff => model.has_sign_in = false,
            Self::SignInLimited => model.is_limited = true,
            Self::RoleDemoted => demote(model),
            Self::AccountDeleted => delete_account(model),
            Self::NotMounted => model.is_mounted = false,
            Self::EveryoneDeleted => model.persons.clear(),
            Self::TooOld => model.version = "0.15.2-7a6fb1a2c",
            _ => {}
        });
    }

    /// What becomes of a sign-in's answer.
    fn sign_in(self, random: &Seeded) -> Option<Trouble> {
        let cookie = |name: &str| ("set-cookie", format!("{name}=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"));
        Some(match self {
            Self::SignInTooSlow => Trouble::Late(Duration::from_secs(random.pick(&[100, 280, 400]))),
            Self::SignInAnswerLost => match random.below(2) {
                0 => Trouble::GivenUp(Answer::internal(504)),
                _ => Trouble::Never,
            },
            Self::NoCookie => Trouble::WithoutCookies(&["frigate_token"]),
            Self::SeveralCookies => {
                let headers = vec![cookie("one"), cookie("other")];
                Trouble::Answer(Answer { status: 200, headers, body: String::new() })
            }
            Self::OriginAdded => Trouble::Answer(Answer::json(401, r#"{"message":"Missing CSRF header"}"#)),
            _ => return None,
        })
    }

    /// What happens between two requests of a scrape, again and again.
    fn in_the_middle(self) -> Option<fn(&mut Installation)> {
        let change: fn(&mut Installation) = match self {
            Self::DemotedInTheMiddle => |installation| match own(&mut installation.model) {
                Some(account) if account.role == "admin" => account.role = "viewer",
                Some(account) => account.role = "admin",
                None => {}
            },
            Self::AccountDeletedInTheMiddle => |installation| match own(&mut installation.model) {
                Some(_) => delete_account(&mut installation.model),
                None => make_account_again(&mut installation.model),
            },
            Self::TokenEndsInTheMiddle => |installation| installation.model.drop_tokens(),
            Self::MountLostInTheMiddle => |installation| installation.model.is_mounted ^= true,
            Self::ChangedInTheMiddle => |Installation { model, .. }| {
                if model.persons.pop_first().is_none() {
                    model.add_person("Wilhelmina of a moment", 3);
                }
            },
            Self::CachedAnswers => |Installation { model, .. }| {
                model.version = V016;
                model.keep_as_for_others();
                if model.persons.pop_first().is_none() {
                    model.add_person("Wilhelmina of a moment", 3);
                }
            },
            _ => return None,
        };
        Some(change)
    }
}

/// Everything is as it was, except what people did.
pub(super) fn end(model: &mut Model, version: &'static str) {
    model.is_running = true;
    model.is_database_damaged = false;
    model.has_sign_in = true;
    model.is_limited = false;
    model.is_mounted = true;
    model.version = version;
    match own(model) {
        None => make_account_again(model),
        Some(account) => *account = own_account(),
    }
}

fn own_account() -> Account {
    Account { name: USER.to_owned(), password: PASSWORD.to_owned(), role: "admin" }
}

fn own(model: &mut Model) -> Option<&mut Account> {
    model.accounts.iter_mut().find(|account| account.name == USER)
}

fn demote(model: &mut Model) {
    if let Some(account) = own(model) {
        account.role = "viewer";
    }
}

fn delete_account(model: &mut Model) {
    model.accounts.retain(|account| account.name != USER);
}

fn make_account_again(model: &mut Model) {
    model.accounts.push(own_account());
}

/// Every fault, with its name.
const NAMES: [(FrigateFault, &str); 22] = [
    (FrigateFault::None, "nothing"),
    (FrigateFault::Starting, "500 while starting"),
    (FrigateFault::DatabaseDamaged, "database damaged"),
    (FrigateFault::PasswordChanged, "password changed"),
    (FrigateFault::SignInOff, "sign-in turned off (viewer)"),
    (FrigateFault::SignInLimited, "sign-ins limited (429)"),
    (FrigateFault::SignInTooSlow, "sign-in too slow"),
    (FrigateFault::SignInAnswerLost, "answer to the sign-in lost"),
    (FrigateFault::NoCookie, "a proxy removes the cookie"),
    (FrigateFault::SeveralCookies, "a proxy sets cookies like tokens"),
    (FrigateFault::OriginAdded, "a proxy adds an Origin"),
    (FrigateFault::RoleDemoted, "account demoted"),
    (FrigateFault::AccountDeleted, "account deleted"),
    (FrigateFault::DemotedInTheMiddle, "demoted and promoted in the middle"),
    (FrigateFault::AccountDeletedInTheMiddle, "account deleted in the middle"),
    (FrigateFault::TokenEndsInTheMiddle, "token ends in the middle (401 of nginx)"),
    (FrigateFault::NotMounted, "volume not mounted (200 {})"),
    (FrigateFault::MountLostInTheMiddle, "volume lost in the middle"),
    (FrigateFault::EveryoneDeleted, "every person deleted"),
    (FrigateFault::ChangedInTheMiddle, "persons deleted in the middle"),
    (FrigateFault::TooOld, "a version without face recognition"),
    (FrigateFault::CachedAnswers, "cached answers of nginx"),
];

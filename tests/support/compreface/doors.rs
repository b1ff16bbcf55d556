//! What the admin API answers at each of its doors, by what the model knows of the session that asks.

use http::HeaderMap;

use super::answers::{self, Answer};
use super::model::Model;
use super::serve::{Door, Usual, application, service};

pub(super) fn admin(model: &mut Model, door: Door, path: &str, headers: &HeaderMap) -> Usual {
    let session = cookie(headers, "CFSESSION");
    match session.as_deref().map(|token| model.session(token)) {
        None => return Answer::unauthorized().into(),
        Some(Err(expired)) => return Answer::invalid_token(&session.unwrap_or_default(), expired).into(),
        Some(Ok(())) => {}
    }
    let is_deleted = model.role().is_none();
    match door {
        Door::Me if is_deleted => Answer::access_denied().into(),
        Door::Me => Answer::me(model).into(),
        Door::Roles => answers::users(model).into(),
        _ if is_deleted => Answer::user_unknown().into(),
        Door::Applications => answers::applications(model).into(),
        _ => {
            let listed = match service(path) {
                Some((application, service)) => answers::statistics(model, application, service),
                None => answers::services(model, application(path).unwrap()),
            };
            listed.map_or_else(Usual::from, Usual::from)
        }
    }
}

pub(super) fn token(model: &mut Model, headers: &HeaderMap, form: &[(String, String)]) -> Answer {
    if let Some(refusal) = client(headers) {
        return refusal;
    }
    match field(form, "grant_type") {
        Some("password") => {
            // The service lower-cases addresses.
            let is_known = field(form, "username").is_some_and(|email| email.to_lowercase() == model.email);
            if !is_known || field(form, "password") != Some(&model.password) || model.role().is_none() {
                return Answer::invalid_request(400, "Bad credentials");
            }
            if model.disabled {
                return Answer::invalid_request(400, "User is disabled");
            }
            let (session, refresh) = model.sign_in();
            Answer::tokens(&session, &refresh, model)
        }
        Some("refresh_token") => {
            let Some(old) = cookie(headers, "REFRESH_TOKEN") else {
                return Answer::invalid_request(400, "refresh_token parameter not provided");
            };
            match model.refresh(&old) {
                Ok((session, refresh)) => Answer::tokens(&session, &refresh, model),
                Err(true) => Answer::invalid_request(401, &format!("Invalid refresh token (expired): {old}")),
                Err(false) => Answer::invalid_request(400, &format!("Invalid refresh token: {old}")),
            }
        }
        _ => Answer::invalid_request(400, "Missing grant type"),
    }
}

pub(super) fn sign_out(model: &mut Model, headers: &HeaderMap) -> Answer {
    if let Some(refusal) = client(headers) {
        return refusal;
    }
    let Some(session) = cookie(headers, "CFSESSION") else {
        return Answer { status: 400, headers: Vec::new(), body: String::new() };
    };
    model.sign_out(&session);
    Answer::signed_out()
}

fn client(headers: &HeaderMap) -> Option<Answer> {
    match headers.get("authorization").map(|value| value.to_str().unwrap()) {
        None => Some(Answer::basic_missing()),
        Some("Basic Q29tbW9uQ2xpZW50SWQ6cGFzc3dvcmQ=") => None,
        Some(_) => Some(Answer::unauthorized()),
    }
}

pub(super) fn field<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    form.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    cookies(headers).into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

pub(super) fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let all = headers.get_all("cookie").iter().flat_map(|value| value.to_str().unwrap().split("; "));
    all.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

//! The answers, as they were recorded from CompreFace 1.2.

use headcount::source::compreface::kinds;
use uuid::Uuid;

use super::body::Written;
use super::model::{GlobalRole, Model, Version};

const JSON: &str = "application/json";
const CORE_ERROR: &str = "application/json;charset=ISO-8859-1";
const UNAUTHORIZED: &str =
    r#"{"error":"unauthorized","error_description":"Full authentication is required to access this resource"}"#;

/// An answer that is told whole.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type", JSON.to_owned())], body: body.into() }
    }

    fn core_error(status: u16, code: i64, message: &str) -> Self {
        let body = format!("{{\n  \"message\" : \"{message}\",\n  \"code\" : {code}\n}}");
        Self { status, headers: vec![("content-type", CORE_ERROR.to_owned())], body }
    }

    fn coded(status: u16, code: i64, message: &str) -> Self {
        Self::json(status, format!(r#"{{"message":"{message}","code":{code}}}"#))
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What the front end answers where nothing matches.
    pub fn html() -> Self {
        let body = "<!doctype html><html><head><title>CompreFace</title></head><body></body></html>".to_owned();
        Self { status: 200, headers: vec![("content-type", "text/html".to_owned())], body }
    }

    /// What the front end answers while the service starts.
    pub fn bad_gateway() -> Self {
        let body = "<html><head><title>502 Bad Gateway</title></head></html>".to_owned();
        Self { status: 502, headers: vec![("content-type", "text/html".to_owned())], body }
    }

    /// What the service answers when its database is down.
    pub fn database_down() -> Self {
        let body = "<!doctype html><html lang=\"en\"><body><h1>HTTP Status 500</h1></body></html>".to_owned();
        Self { status: 500, headers: vec![("content-type", "text/html;charset=utf-8".to_owned())], body }
    }

    /// A redirect.
    pub fn redirect(location: &str) -> Self {
        Self { status: 302, headers: vec![("location", location.to_owned())], body: String::new() }
    }

    /// No session cookie; also a sign-in with a wrong client secret, or without a database.
    pub fn unauthorized() -> Self {
        Self::json(401, UNAUTHORIZED)
    }

    /// A session that has run out, or that is not known. The token is echoed.
    pub fn invalid_token(token: &str, expired: bool) -> Self {
        let description = if expired { "Access token expired" } else { "Invalid access token" };
        let challenge = format!(
            r#"Bearer realm="authorization", error="invalid_token", error_description="{description}: {token}""#
        );
        Self::json(401, format!(r#"{{"error":"invalid_token","error_description":"{description}: {token}"}}"#))
            .with("www-authenticate", challenge)
    }

    /// A request that the sign-in endpoint refuses.
    pub fn invalid_request(status: u16, description: &str) -> Self {
        Self::json(status, format!(r#"{{"error":"invalid_request","error_description":"{description}"}}"#))
    }

    /// No Basic credentials of the client.
    pub fn basic_missing() -> Self {
        let body = r#"{"timestamp":"2026-11-22T10:39:54.376+00:00","status":401,"error":"Unauthorized","path":"/admin/oauth/token"}"#;
        Self::json(401, body).with("www-authenticate", r#"Basic realm="oauth2/client""#)
    }

    /// The account's role does not allow it.
    pub fn no_privilege() -> Self {
        Self::coded(400, 9, "Action not allowed for current user")
    }

    /// The account was deleted.
    pub fn access_denied() -> Self {
        Self::coded(403, 1, "Access denied")
    }

    /// The account was deleted.
    pub fn user_unknown() -> Self {
        Self::coded(404, 16, "User 2 does not exist")
    }

    /// The application was deleted.
    pub fn application_unknown(id: Uuid) -> Self {
        Self::coded(404, 2, &format!("App {id} not found"))
    }

    /// The service belongs to another application.
    pub fn service_elsewhere(id: Uuid) -> Self {
        Self::coded(404, 3, &format!("Model {id} doesn't belong to the app"))
    }

    /// The service was deleted.
    pub fn service_unknown(id: Uuid) -> Self {
        Self::coded(404, 10, &format!(" service with API Key {id} not found"))
    }

    /// A failure inside.
    pub fn internal(status: u16) -> Self {
        Self::coded(status, 0, "Something went wrong")
    }

    /// The core has no header with a key.
    pub fn key_missing() -> Self {
        Self::core_error(400, 20, "Missing header: x-api-key")
    }

    /// The core cannot read the key.
    pub fn key_malformed() -> Self {
        Self::core_error(400, 26, "Service API key should be UUID")
    }

    /// The core does not know the key, which is echoed.
    pub fn key_unknown(key: &str) -> Self {
        Self::core_error(404, 10, &format!("Recognition service with API Key {key} not found"))
    }

    /// The core without its database.
    pub fn core_down() -> Self {
        let body = "{\n  \"timestamp\" : \"2026-11-22T11:10:41.491+00:00\",\n  \"status\" : 500,\n  \"error\" : \"Internal Server Error\",\n  \"path\" : \"/api/v1/recognition/faces\"\n}";
        Self::json(500, body)
    }

    pub(super) fn tokens(session: &str, refresh: &str, model: &Model) -> Self {
        let age = model.session_validity.as_secs() - 1;
        let refresh_age = model.refresh_validity.as_secs() - 1;
        let body = format!(
            r#"{{"access_token":"{session}","token_type":"bearer","refresh_token":"{refresh}","expires_in":{age},"scope":"all"}}"#
        );
        let answer = match model.version {
            Version::V1_2 => Self::json(200, body),
            Version::V1_1 | Version::V1_0 => Self { status: 200, headers: Vec::new(), body: String::new() },
        };
        let answer = answer.with(
            "set-cookie",
            format!("CFSESSION={session}; Path=/admin; Max-Age={age}; Expires=Sun, 22 Nov 2026 11:19:51 GMT; HttpOnly"),
        );
        if model.version == Version::V1_0 {
            return answer;
        }
        answer.with("set-cookie", format!("REFRESH_TOKEN={refresh}; Path=/admin/oauth/token; Max-Age={refresh_age}; Expires=Sun, 06 Dec 2026 10:39:51 GMT; HttpOnly"))
    }

    pub(super) fn signed_out() -> Self {
        let gone = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly";
        Self { status: 200, headers: Vec::new(), body: String::new() }
            .with("set-cookie", format!("CFSESSION=; Path=/admin; {gone}"))
            .with("set-cookie", format!("REFRESH_TOKEN=; Path=/admin/oauth/token; {gone}"))
    }

    pub(super) fn me(model: &Model) -> Self {
        let (account, email) = (model.account, quoted(&model.email));
        Self::json(200, format!(r#"{{"userId":"{account}","email":{email},"firstName":"Olga","lastName":"Owner"}}"#))
    }

    pub(super) fn faces(faces: u64, subject: &str) -> Self {
        let page = if faces == 0 {
            "[ ]".to_owned()
        } else {
            format!(
                "[ {{\n    \"image_id\" : \"{}\",\n    \"subject\" : {}\n  }} ]",
                Uuid::from_u128(faces.into()),
                quoted(subject)
            )
        };
        Self::json(
            200,
            format!(
                "{{\n  \"faces\" : {page},\n  \"page_size\" : 1,\n  \"page_number\" : 0,\n  \"total_pages\" : {faces},\n  \"total_elements\" : {faces}\n}}"
            ),
        )
    }
}

/// As a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn times(model: &Model) -> usize {
    if model.duplicates { 2 } else { 1 }
}

/// `GET /admin/user/roles`.
pub(super) fn users(model: &Model) -> Written {
    let times = times(model);
    let users = model.users.clone().into_iter().enumerate().map(|(number, user)| (number as u64, user.id, user.role));
    let (first, last, domain) = (quoted(&model.names.first), model.names.last.clone(), model.names.domain.clone());
    let many = (0..model.many_users).map(|number| (number, made_up(number), GlobalRole::User));
    Written::array(users.chain(many).flat_map(move |(number, id, role)| {
        let role = role.word();
        let (last, email) = (quoted(&format!("{last} {number}")), quoted(&format!("user{number}@{domain}")));
        let user =
            format!(r#"{{"userId":"{id}","firstName":{first},"lastName":{last},"role":"{role}","email":{email}}}"#);
        std::iter::repeat_n(user, times)
    }))
}

/// The id of a user that is made up as the answer is written.
fn made_up(number: u64) -> Uuid {
    uuid::Builder::from_random_bytes(
        u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes(),
    )
    .into_uuid()
}

/// `GET /admin/apps`: a plain user sees its own alone, with no hint that there are more.
pub(super) fn applications(model: &Model) -> Written {
    let (account, times) = (model.account, times(model));
    let name = quoted(&model.names.application);
    let all = model.applications.iter().filter(|application| model.sees(application.id));
    let ids: Vec<_> = all.map(|application| (application.id, application.key)).collect();
    Written::array(ids.into_iter().flat_map(move |(id, key)| {
        let owner = format!(r#"{{"userId":"{account}","firstName":"Olga","lastName":"Owner"}}"#);
        let (role, owner) = if id.as_u128() % 3 == 0 { ("null", "null") } else { (r#""OWNER""#, owner.as_str()) };
        let application = format!(r#"{{"id":"{id}","name":{name},"apiKey":"{key}","role":{role},"owner":{owner}}}"#);
        std::iter::repeat_n(application, times)
    }))
}

/// `GET /admin/app/{id}/models`.
pub(super) fn services(model: &Model, application: Uuid) -> Result<Written, Answer> {
    if !model.sees(application) {
        return Err(Answer::no_privilege());
    }
    let (times, name, version) = (times(model), quoted(&model.names.service), model.version);
    let found = model.applications.iter().find(|other| other.id == application);
    let services = found.ok_or_else(|| Answer::application_unknown(application))?.services.clone();
    Ok(Written::array(services.into_iter().flat_map(move |service| {
        let kind = match service.kind {
            kinds::DETECTION => "DETECTION",
            kinds::VERIFICATION => "VERIFY",
            _ => "RECOGNITION",
        };
        let created =
            if service.kind == kinds::VERIFICATION { "" } else { r#","createdDate":"2026-11-22T10:40:33.171173""# };
        let created = match version {
            Version::V1_2 => created,
            Version::V1_1 | Version::V1_0 => r#","subjectCount":null,"imageCount":null,"createdDate":null"#,
        };
        let (id, key) = (service.id, service.key);
        let service = format!(r#"{{"id":"{id}","name":{name},"apiKey":"{key}","type":"{kind}"{created}}}"#);
        std::iter::repeat_n(service, times)
    })))
}

/// `GET /admin/app/{app}/model/{model}/statistics`: a day without requests is left out, and the newest comes first.
pub(super) fn statistics(model: &Model, application: Uuid, service: Uuid) -> Result<Written, Answer> {
    if !model.sees(application) {
        return Err(Answer::no_privilege());
    }
    let has = |id: Uuid| move |other: &&super::Application| other.services.iter().any(|service| service.id == id);
    let found = model.applications.iter().find(|other| other.id == application);
    let found = found.ok_or_else(|| Answer::application_unknown(application))?;
    if model.applications.iter().find(has(service)).is_none() {
        return Err(Answer::service_unknown(service));
    }
    if !has(service)(&found) {
        return Err(Answer::service_elsewhere(service));
    }
    let (times, days) = (times(model), model.uses.get(&service).cloned().unwrap_or_default());
    Ok(Written::array(days.into_iter().rev().flat_map(move |(day, requests)| {
        let date = day.start().to_string()[..10].to_owned();
        std::iter::repeat_n(format!(r#"{{"requestCount":{requests},"createdDate":"{date}"}}"#), times)
    })))
}

/// `GET /api/v1/recognition/faces`.
pub(super) fn faces(model: &Model, key: Option<&str>) -> Answer {
    let Some(key) = key else { return Answer::key_missing() };
    let Ok(uuid) = Uuid::try_parse(key) else { return Answer::key_malformed() };
    let is_written_as_given = uuid.to_string() == key;
    let found = model.applications.iter().flat_map(|application| &application.services).find(|service| {
        service.kind == kinds::RECOGNITION && service.key == uuid && !service.foreign && is_written_as_given
    });
    found.map_or_else(|| Answer::key_unknown(key), |service| Answer::faces(service.faces, &model.names.subject))
}

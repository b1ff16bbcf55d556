//! What a simulated Frigate holds, and how it answers.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Port;
use super::serve::Answer;

pub const V016: &str = "0.16.4-4131252a3";
pub const V017: &str = "0.17.2-3d4dd3ac4";
pub const V018: &str = "0.18.0-beta1-5f6043aa9";

/// How long the web server keeps a response.
const KEPT: Duration = Duration::from_secs(5);

/// Someone who may sign in.
#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub password: String,
    pub role: &'static str,
}

/// Whose session a token is, with the role that it was made with.
#[derive(Debug, Clone)]
struct Token {
    text: String,
    name: String,
    role: &'static str,
}

pub struct Model {
    pub version: &'static str,
    pub accounts: Vec<Account>,
    /// Persons, each with a number of faces.
    pub persons: BTreeMap<String, usize>,
    /// Attempts that were assigned to no person; the folder is there only if there are some.
    pub attempts: Option<usize>,
    /// Whether the folder of faces is there.
    pub is_mounted: bool,
    /// Whether the application behind the web server runs.
    pub is_running: bool,
    pub is_database_damaged: bool,
    /// `auth.enabled`.
    pub has_sign_in: bool,
    /// Whether `failed_login_rate_limit` is used up.
    pub is_limited: bool,
    /// The name of the cookie, which is a setting.
    pub cookie: &'static str,
    pub sign_ins: u64,
    tokens: Vec<Token>,
    /// What the web server of version 0.16 keeps, by the path, for all users together.
    kept: BTreeMap<String, (Instant, Answer)>,
}

impl Model {
    /// An installation of one administrator besides the one that every installation has.
    pub fn new(name: &str, password: &str) -> Self {
        let account = |name: &str, role| Account { name: name.to_owned(), password: password.to_owned(), role };
        Self {
            version: V017,
            accounts: vec![account("admin", "admin"), account(name, "admin")],
            persons: BTreeMap::new(),
            attempts: None,
            is_mounted: true,
            is_running: true,
            is_database_damaged: false,
            has_sign_in: true,
            is_limited: false,
            cookie: "frigate_token",
            sign_ins: 0,
            tokens: Vec::new(),
            kept: BTreeMap::new(),
        }
    }

    pub fn add_account(&mut self, name: &str, role: &'static str) {
        self.accounts.push(Account { name: name.to_owned(), password: "another password".to_owned(), role });
    }

    pub fn account(&mut self, name: &str) -> &mut Account {
        self.accounts.iter_mut().find(|account| account.name == name).unwrap()
    }

    pub fn add_person(&mut self, name: &str, faces: usize) {
        self.persons.insert(name.to_owned(), faces);
    }

    /// Every token that was ever given.
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.iter().map(|token| token.text.clone()).collect()
    }

    /// The web server of version 0.16 keeps what it has now for an administrator who reads at this moment, and gives it to
    /// everyone for a while.
    pub fn keep_as_for_others(&mut self) {
        let read = |path: &str| self.read("GET", path, "admin", "admin");
        let kept = ["/api/profile", "/api/users", "/api/faces"].map(|path| (path.to_owned(), read(path)));
        self.kept.extend(kept.map(|(path, answer)| (path, (Instant::now(), answer))));
    }

    /// No token is accepted any more, as after another secret was set.
    pub fn drop_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Answers a request.
    pub fn answer(&mut self, port: Port, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        let is_kept = self.version == V016 && method == "GET" && path != "/api/version";
        let is_read = is_kept && !headers.contains_key("x-cache-bypass") && self.session(port, headers).is_some();
        if let Some((at, kept)) = self.kept.get(path).filter(|_| is_read)
            && at.elapsed() < KEPT
        {
            return kept.clone();
        }
        let answer = self.fresh_answer(port, method, path, headers, body);
        if is_kept && answer.status == 200 {
            self.kept.insert(path.to_owned(), (Instant::now(), answer.clone()));
        }
        answer
    }

    fn fresh_answer(&mut self, port: Port, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        if !path.starts_with("/api/") {
            return Answer::page(200, "the front end");
        }
        let is_sign_in = path == "/api/login";
        if !self.is_running {
            return if is_sign_in {
                Answer::page(502, "Bad Gateway")
            } else {
                Answer::page(500, "Internal Server Error")
            };
        }
        if is_sign_in && method == "POST" {
            return self.sign_in(body);
        }
        if self.is_database_damaged {
            return Answer::page(500, "Internal Server Error");
        }
        match self.session(port, headers) {
            Some((name, role)) => self.read(method, path, &name, role),
            None => Answer::page(401, "Authorization Required"),
        }
    }

    /// Who asks, and with which role.
    fn session(&self, port: Port, headers: &HeaderMap) -> Option<(String, &'static str)> {
        if port == Port::Internal {
            return Some(("anonymous".to_owned(), "admin"));
        }
        if !self.has_sign_in {
            return Some(("viewer".to_owned(), "viewer"));
        }
        let text = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
        // The token is believed, whatever became of the account.
        self.tokens.iter().find(|token| token.text == text).map(|token| (token.name.clone(), token.role))
    }

    fn sign_in(&mut self, body: &[u8]) -> Answer {
        if self.is_limited {
            return Answer::json(429, &json!({"error": "Rate limit exceeded: 5 per 1 minute"}));
        }
        if self.is_database_damaged {
            return Answer::text(500, "Internal Server Error");
        }
        let sent: Value = serde_json::from_slice(body).unwrap_or_default();
        let (Some(name), Some(password)) = (sent["user"].as_str(), sent["password"].as_str()) else {
            let detail = json!({"type": "missing", "loc": ["body"], "msg": "Field required", "input": sent});
            return Answer::json(422, &json!({"detail": [detail]}));
        };
        let is_right = |account: &&Account| account.name == name && account.password == password;
        let Some(account) = self.accounts.iter().find(is_right) else {
            return Answer::json(401, &json!({"message": "Login failed"}));
        };
        self.sign_ins += 1;
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!(
            "{}.{}.{}",
            part(json!({"typ": "JWT", "alg": "HS256"})),
            part(json!({"sub": name, "role": account.role, "iat": self.sign_ins})),
            part(json!(format!("signature {}", self.sign_ins)))
        );
        self.tokens.push(Token { text: text.clone(), name: name.to_owned(), role: account.role });
        let cookie =
            format!("{}={text}; expires=Thu, 28 Oct 2083 04:29:52 GMT; HttpOnly; Path=/; SameSite=lax", self.cookie);
        Answer { status: 200, headers: vec![("set-cookie", cookie)], body: String::new() }
    }

    fn read(&self, method: &str, path: &str, name: &str, role: &str) -> Answer {
        let is_old = self.version == V016;
        let forbidden = if is_old {
            format!("Role {role} not authorized. Required: admin")
        } else {
            "Access denied. A user with the admin role is required.".to_owned()
        };
        let forbidden = Answer::json(403, &json!({ "detail": forbidden }));
        match (method, path) {
            ("GET", "/api/version") => Answer::text(200, self.version),
            ("GET", "/api/profile") if is_old => Answer::json(200, &json!({"username": name, "role": role})),
            ("GET", "/api/profile") => {
                Answer::json(200, &json!({"username": name, "role": role, "allowed_cameras": ["yard"]}))
            }
            ("GET", "/api/users") if role != "admin" => forbidden,
            ("GET", "/api/users") => self.users(),
            ("GET", "/api/faces") if role != "admin" && !is_old => forbidden,
            ("GET", "/api/faces") => self.faces(),
            _ => Answer::json(404, &json!({"detail": "Not Found"})),
        }
    }

    fn users(&self) -> Answer {
        let mut users: Vec<_> = self.accounts.iter().map(|account| (&account.name, account.role)).collect();
        users.sort_unstable();
        let users = users.into_iter().map(|(name, role)| json!({"username": name, "role": role}));
        Answer::json(200, &users.collect())
    }

    fn faces(&self) -> Answer {
        let mut folders = serde_json::Map::new();
        if self.is_mounted {
            let files = |name: &str, count: usize| (0..count).map(|number| format!("{name}-{number}.webp")).collect();
            for (name, count) in &self.persons {
                folders.insert(name.clone(), files(name, *count));
            }
            if let Some(count) = self.attempts {
                folders.insert("train".to_owned(), files("attempt", count));
            }
        }
        Answer::json(200, &Value::Object(folders))
    }
}

//! The secrets that pass through: the account's name and password, and the token that a sign-in gives.
//!
//! Every copy made here is redacted when shown and zeroed when dropped.

use bytes::Bytes;
use cookie::Cookie;
use http::HeaderMap;
use http::header::SET_COOKIE;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

use super::settings::{FRIGATE_PASSWORD_FILE, FrigateAccount};
use crate::net::secret_file::SecretFileError;

/// The cookie's name, unless the service's settings have another one.
const TOKEN_COOKIE: &str = "frigate_token";

#[derive(Serialize)]
struct SignInBody<'a> {
    user: &'a str,
    password: &'a str,
}

/// Returns the body of a sign-in. The password file is read each time, so that it can be rotated.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn sign_in_body(account: &FrigateAccount) -> Result<Bytes, SecretFileError> {
    let password = account.password.read(FRIGATE_PASSWORD_FILE.variable)?;
    let (user, password) = (account.user.expose_secret(), password.expose_secret());
    // Room for every byte escaped, so that the text is never moved and no copy stays behind.
    let mut text = Zeroizing::new(Vec::with_capacity(64 + 6 * (user.len() + password.len())));
    // Two strings are always JSON, and a vector takes all bytes.
    let _ = serde_json::to_writer(&mut *text, &SignInBody { user, password });
    Ok(Bytes::from_owner(text))
}

/// Why a sign-in has no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoToken {
    /// No cookie has a token's form.
    Missing,
    /// Several cookies have it, and none has the usual name.
    Several,
}

/// Returns the token in the cookies of a sign-in: that of the usual name, or else the one cookie that has a token's form.
///
/// # Errors
/// If there is not one.
pub(super) fn token(headers: &HeaderMap) -> Result<SecretString, NoToken> {
    let cookies = headers.get_all(SET_COOKIE).iter();
    let cookies: Vec<_> = cookies.filter_map(|cookie| Cookie::parse(cookie.to_str().ok()?).ok()).collect();
    let tokens: Vec<_> = cookies.iter().filter(|cookie| is_token(cookie.value())).collect();
    let usual = tokens.iter().find(|cookie| cookie.name() == TOKEN_COOKIE);
    match (usual, tokens.as_slice()) {
        (Some(found), _) | (None, [found]) => Ok(SecretString::from(found.value())),
        (None, []) => Err(NoToken::Missing),
        (None, _) => Err(NoToken::Several),
    }
}

/// Whether a text has the form of a JSON Web Token: three parts of base64 for URLs.
fn is_token(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    text.split('.').count() == 3 && text.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::source::PasswordSource;
    use crate::source::frigate::recorded;

    fn token_of(cookies: &[&'static str]) -> Result<String, NoToken> {
        let headers = cookies.iter().map(|cookie| (SET_COOKIE, HeaderValue::from_static(cookie)));
        token(&headers.collect()).map(|token| token.expose_secret().to_owned())
    }

    #[test]
    fn body_is_the_json_that_the_service_expects() {
        let password = PasswordSource::Value("p\"\\\n\u{e4}".into());
        let body = sign_in_body(&FrigateAccount { user: "reader".into(), password }).unwrap();
        assert_eq!(body, r#"{"user":"reader","password":"p\"\\\nä"}"#);
    }

    #[test]
    fn token_of_a_recorded_sign_in_is_found() {
        for name in ["login.ok.admin", "0.16.4.login.ok.admin", "0.18.0-beta1.login.ok.admin"] {
            let token = token(&recorded::answer(name).headers()).unwrap();
            assert!(is_token(token.expose_secret()), "{name}");
        }
    }

    #[test]
    fn token_is_found_under_a_name_of_the_operators_own() {
        const TOKEN: &str = "frigate_token=a.b.c; HttpOnly; Path=/";
        assert_eq!(token_of(&["other=x.y.z", TOKEN]).as_deref(), Ok("a.b.c"));
        assert_eq!(token_of(&["own=a.b.c; Path=/", "proxy=1"]).as_deref(), Ok("a.b.c"));
        assert_eq!(token_of(&["one=a.b.c", "two=d.e.f"]), Err(NoToken::Several));
        for cookies in [&["frigate_token="][..], &["frigate_token=a.b"], &[]] {
            assert_eq!(token_of(cookies), Err(NoToken::Missing), "{cookies:?}");
        }
    }
}

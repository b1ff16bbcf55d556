//! Header values that are secret.

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// Returns a header value that hyper does not print, made of bytes that are zeroed after use.
///
/// # Errors
/// If the bytes are no header value.
pub fn secret_header(text: Zeroizing<Vec<u8>>) -> Result<HeaderValue, http::Error> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text))?;
    value.set_sensitive(true);
    Ok(value)
}

//! Header values that are secret.

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

/// Returns a header value that hyper does not print, made of these parts, in bytes that are zeroed after use.
///
/// # Errors
/// If the bytes are no header value.
pub fn secret_header(parts: &[&[u8]]) -> Result<HeaderValue, http::Error> {
    // With the capacity for all of them, so that the text is never moved and no copy stays behind.
    let mut text = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| text.extend_from_slice(part));
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text))?;
    value.set_sensitive(true);
    Ok(value)
}

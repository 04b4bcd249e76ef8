//! Encoded values in messages.

/// The beginning of an encoded value, for messages: a string in quotes, an integer, or the bytes of anything else.
///
/// # Examples
///
/// ```
/// use massmap_core::codec::messagepack;
///
/// assert_eq!(messagepack::excerpt(b"\xa3key"), "\"key\"");
/// assert_eq!(messagepack::excerpt(b"\x92\x01\x02"), r"\x92\x01\x02 (as MessagePack)");
/// ```
#[must_use]
pub fn excerpt(encoded: &[u8]) -> String {
    /// Most characters or bytes that are shown: a value may have 4 GiB.
    const MAX_LENGTH: usize = 80;
    if let Ok(text) = rmp_serde::from_slice::<&str>(encoded) {
        return match text.char_indices().nth(MAX_LENGTH) {
            Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
            None => format!("{text:?}"),
        };
    }
    if let Ok(number) = rmp_serde::from_slice::<u64>(encoded) {
        return number.to_string();
    }
    if let Ok(number) = rmp_serde::from_slice::<i64>(encoded) {
        return number.to_string();
    }
    let (beginning, more) = match encoded.get(..MAX_LENGTH) {
        Some(beginning) if encoded.len() > MAX_LENGTH => (beginning, "…"),
        _ => (encoded, ""),
    };
    format!("{}{more} (as MessagePack)", beginning.escape_ascii())
}

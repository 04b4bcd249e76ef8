//! Encoded values in messages.

/// A string in quotes, an integer, or the bytes of anything else; the beginning if it is long.
pub(super) fn messagepack(encoded: &[u8]) -> String {
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

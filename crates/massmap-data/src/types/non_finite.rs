//! Floats that JSON numbers cannot represent: infinities and NaN.

/// How such a float is shown and typed in. Of NaN, only the sign is shown, not the payload.
pub fn text(value: f64) -> &'static str {
    match (value.is_nan(), value.is_sign_negative()) {
        (true, false) => "NaN",
        (true, true) => "-NaN",
        (false, false) => "inf",
        (false, true) => "-inf",
    }
}

/// Parses the text of such a float.
pub fn parse(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    Some(value).filter(|value| !value.is_finite() && self::text(*value) == text)
}

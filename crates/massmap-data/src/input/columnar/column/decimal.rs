//! Decimals as text.

/// The text of a decimal: all digits of the fraction, and no exponent. `digits` is its integer, and `scale` the number of digits of
/// the fraction.
pub(super) fn text(digits: &str, scale: i8) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits),
    };
    let Ok(scale @ 1..) = usize::try_from(scale) else {
        let zeros = match digits {
            "0" => 0,
            _ => usize::from(scale.unsigned_abs()),
        };
        return format!("{sign}{digits}{}", "0".repeat(zeros));
    };
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded
        .split_at_checked(padded.len() - scale)
        .unwrap_or((&padded, ""));
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_digits_are_written() {
        for (digits, scale, expected) in [
            ("0", 0, "0"),
            ("0", 2, "0.00"),
            ("5", 2, "0.05"),
            ("-5", 2, "-0.05"),
            ("1230", 2, "12.30"),
            ("-1230", 3, "-1.230"),
            ("12", 0, "12"),
            ("12", -3, "12000"),
            ("0", -3, "0"),
            ("1", 38, "0.00000000000000000000000000000000000001"),
        ] {
            assert_eq!(text(digits, scale), expected, "{digits} {scale}");
        }
    }
}

//! Scalars as text.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use massmap::dynamic::SchemaMismatch;

use crate::export::error::Refusal;
use crate::non_finite;

/// A float of either width.
pub(super) trait Float: Copy {
    /// Whether it is NaN with another payload than that of the text `NaN`.
    fn has_payload(self) -> bool;

    /// The text of a float that is not finite.
    fn non_finite(self) -> Option<&'static str>;

    /// Writes the shortest number that is the same float again.
    fn write(self, out: &mut impl Write) -> serde_json::Result<()>;
}

macro_rules! float {
    ($type:ty) => {
        impl Float for $type {
            fn has_payload(self) -> bool {
                self.is_nan() && self.abs().to_bits() != <$type>::NAN.abs().to_bits()
            }

            fn non_finite(self) -> Option<&'static str> {
                (!self.is_finite()).then(|| non_finite::text(self.into()))
            }

            fn write(self, out: &mut impl Write) -> serde_json::Result<()> {
                serde_json::to_writer(out, &self)
            }
        }
    };
}

float!(f32);
float!(f64);

/// Writes a float; one that is not finite between two `quote`s. If the text `is_exact`, the float can be had back from it.
pub(super) fn write_float(
    value: impl Float,
    quote: &str,
    is_exact: bool,
    out: &mut impl Write,
) -> Result<(), Refusal> {
    if is_exact && value.has_payload() {
        let expected = "a float that has a text: only NaN and -NaN without a payload have";
        return Err(SchemaMismatch::instead_of(expected, "a NaN with a payload").into());
    }
    match value.non_finite() {
        Some(text) => write!(out, "{quote}{text}{quote}")?,
        None => value.write(out).map_err(std::io::Error::from)?,
    }
    Ok(())
}

/// Writes bytes as base64.
pub(super) fn write_base64(bytes: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    // Pieces without padding.
    for piece in bytes.chunks(3 << 10) {
        out.write_all(STANDARD.encode(piece).as_bytes())?;
    }
    Ok(())
}

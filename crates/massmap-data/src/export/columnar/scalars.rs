//! Values of columns that do not consist of others.

use arrow_array::builder::PrimitiveBuilder;
use arrow_array::types::ArrowPrimitiveType;
use massmap::dynamic::{SchemaMismatch, Token};
use massmap::{IntegerType, Schema};

use crate::export::error::Refusal;

/// The most bytes of values in a column: what 32-bit offsets reach.
pub(super) const LONGEST: usize = i32::MAX as usize;

/// Checks that a column with these bytes has room for more.
pub(super) fn check_length(values: &[u8], more: usize) -> Result<(), Refusal> {
    match values.len() <= LONGEST.saturating_sub(more) {
        true => Ok(()),
        false => Err(too_long()),
    }
}

#[cold]
pub(super) fn too_long() -> Refusal {
    let expected = "what a column can hold: it has at most 2 GiB, and 64 MiB for the parts of elements";
    SchemaMismatch::instead_of(expected, "a value of more").into()
}

/// Whether a text is what the schema says.
pub(super) fn is_text(schema: &Schema, text: &str) -> bool {
    match schema {
        Schema::Char => text.chars().nth(1).is_none() && !text.is_empty(),
        Schema::Enum(variants) => variants.iter().any(|variant| *variant.name == *text),
        _ => matches!(schema, Schema::String),
    }
}

/// The integer of a token.
fn integer(token: Token<'_>) -> Option<i128> {
    match token {
        Token::Unsigned(value) => Some(value.into()),
        Token::Signed(value) => Some(value.into()),
        _ => None,
    }
}

/// Appends an integer, if the column has it.
pub(super) fn append<T: ArrowPrimitiveType<Native: TryFrom<i128>>>(
    values: &mut PrimitiveBuilder<T>,
    token: Token<'_>,
) -> Option<()> {
    values.append_value(integer(token)?.try_into().ok()?);
    Some(())
}

/// The digits of an integer of 128 bits.
pub(super) fn digits(schema: &Schema, token: Token<'_>) -> Option<String> {
    match (schema, token) {
        (Schema::Integer(IntegerType::U128), Token::Bytes(bytes)) => {
            Some(u128::from_be_bytes(bytes.try_into().ok()?).to_string())
        }
        (Schema::Integer(IntegerType::I128), Token::Bytes(bytes)) => {
            Some(i128::from_be_bytes(bytes.try_into().ok()?).to_string())
        }
        (Schema::Integer(_), token) => integer(token).map(|value| value.to_string()),
        _ => None,
    }
}

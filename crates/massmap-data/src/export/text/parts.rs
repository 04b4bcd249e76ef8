//! Taking values apart.

use massmap::Schema;
use massmap::dynamic::{SchemaMismatch, Token, Tokens};
use massmap::format::Walker;

use crate::export::error::Refusal;

/// The parts of a tuple, a struct or anything else, each with its schema, as they lie in columns.
pub(crate) fn split<'a, 's>(
    schema: &'s Schema,
    parts: &[&'s Schema],
    encoded: &'a [u8],
) -> Result<Vec<&'a [u8]>, Refusal> {
    let mut tokens = Tokens::new(encoded);
    let (is_map, length) = match (schema, tokens.next_token()?) {
        (Schema::Tuple(_), Token::Array(length)) => (false, length),
        (Schema::Struct { is_map: false, .. }, Token::Array(length)) => (false, length),
        (Schema::Struct { is_map: true, .. }, Token::Map(length)) => (true, length),
        (schema, token) => return Err(SchemaMismatch::new(schema, token).into()),
    };
    if length as usize != parts.len() {
        let found = format_args!("a value of {length} parts");
        return Err(SchemaMismatch::new(schema, found).into());
    }
    let mut walker = Walker::new(encoded.get(tokens.position()..).unwrap_or_default());
    let mut values = Vec::with_capacity(parts.len());
    for number in 0..parts.len() {
        if is_map {
            let name = walker.value()?;
            let is_named = match schema {
                Schema::Struct { fields, .. } => fields.get(number).is_some_and(|(field, _)| {
                    Tokens::new(name).next_token().ok() == Some(Token::Text(field.as_bytes()))
                }),
                _ => false,
            };
            if !is_named {
                let found = "a map without a field in its place";
                return Err(SchemaMismatch::new(schema, found).into());
            }
        }
        values.push(walker.value()?);
    }
    walker.finish()?;
    Ok(values)
}

//! The order of keys.

use std::cmp::Ordering;

use massmap_format::{IntegerType, Schema, Variant};

use super::StaticSchema;
use crate::codec::dynamic::{Integer, Token, Tokens};

impl StaticSchema {
    /// The order of two encoded values that the schema describes.
    ///
    /// Numbers are ordered by size, strings and byte arrays by their bytes, and `false` comes before `true`. What is missing comes before
    /// what is there. Sequences, tuples, structs and maps are ordered by the first part that differs; the beginning of another one comes
    /// before it. Variants are ordered by their numbers, and floats as by [`f64::total_cmp`]. Where the schema says [`Schema::Any`], nil,
    /// booleans, integers, floats, strings, byte arrays, extensions, arrays and maps come in this order.
    #[must_use]
    pub fn compare(&self, one: &[u8], other: &[u8]) -> Ordering {
        let order = compare(self.as_schema(), &mut Tokens::new(one), &mut Tokens::new(other));
        order.unwrap_or(Ordering::Equal)
    }
}

/// Compares the next values, and moves over them if they are equal. What is damaged comes last; `None` if both are.
fn compare(mut schema: &Schema, one: &mut Tokens<'_>, other: &mut Tokens<'_>) -> Option<Ordering> {
    while let Schema::Option(inner) = schema {
        schema = inner;
    }
    let (token, other_token) = match (one.next_token(), other.next_token()) {
        (Ok(token), Ok(other_token)) => (token, other_token),
        (Err(_), Err(_)) => return None,
        (one, other) => return Some(one.is_err().cmp(&other.is_err())),
    };
    Some(match (schema, token, other_token) {
        (_, Token::Nil, _) | (_, _, Token::Nil) => rank(&token).cmp(&rank(&other_token)),
        (Schema::Enum(variants), ..) => {
            let named = |token, tokens: &mut Tokens<'_>| match token {
                Token::Map(_) => find(variants, tokens.next_token().ok()),
                name => find(variants, Some(name)),
            };
            let (variant, other_variant) = (named(token, one), named(other_token, other));
            let number = |variant: Option<&Variant>| variant.map(|variant| variant.index);
            let order = number(variant).cmp(&number(other_variant));
            match variant.and_then(|variant| variant.content.as_ref()) {
                Some(content) if order.is_eq() => compare(content, one, other)?,
                _ => order,
            }
        }
        (_, Token::Array(length), Token::Array(other_length)) => {
            let elements = 0..length.min(other_length) as usize;
            let order = first_difference(elements, |number| compare(element(schema, number), one, other))?;
            order.then(length.cmp(&other_length))
        }
        (_, Token::Map(length), Token::Map(other_length)) => {
            let entries = 0..length.min(other_length) as usize;
            let order = first_difference(entries, |number| {
                let (key, value) = match schema {
                    Schema::Map(key, value) => (&**key, &**value),
                    _ => (&Schema::Any, element(schema, number)),
                };
                match compare(key, one, other)? {
                    Ordering::Equal => compare(value, one, other),
                    order => Some(order),
                }
            })?;
            order.then(length.cmp(&other_length))
        }
        _ => match (wide(schema, &token), wide(schema, &other_token)) {
            (Some(integer), Some(other_integer)) => integer.cmp(&other_integer),
            _ => scalars(&token, &other_token),
        },
    })
}

/// The first order that is none of equal parts.
fn first_difference(
    parts: impl Iterator<Item = usize>,
    mut compare: impl FnMut(usize) -> Option<Ordering>,
) -> Option<Ordering> {
    for number in parts {
        let order = compare(number)?;
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// The schema of an element of an array, or of a field.
fn element(schema: &Schema, number: usize) -> &Schema {
    match schema {
        Schema::Sequence(element, _) => element,
        Schema::Tuple(elements) => elements.get(number).unwrap_or(&Schema::Any),
        Schema::Struct { fields, .. } => fields.get(number).map_or(&Schema::Any, |(_, field)| field),
        _ => &Schema::Any,
    }
}

fn find<'s>(variants: &'s [Variant], name: Option<Token<'_>>) -> Option<&'s Variant> {
    variants
        .iter()
        .find(|variant| name == Some(Token::Text(variant.name.as_bytes())))
}

/// The integer that a token is, or stands for.
fn wide(schema: &Schema, token: &Token<'_>) -> Option<Integer> {
    match (schema, *token) {
        (_, Token::Unsigned(value)) => Some(value.into()),
        (_, Token::Signed(value)) => Some(value.into()),
        (Schema::Integer(IntegerType::U128), Token::Bytes(bytes)) => {
            Some(u128::from_be_bytes(bytes.try_into().ok()?).into())
        }
        (Schema::Integer(IntegerType::I128), Token::Bytes(bytes)) => {
            Some(i128::from_be_bytes(bytes.try_into().ok()?).into())
        }
        _ => None,
    }
}

fn scalars(one: &Token<'_>, other: &Token<'_>) -> Ordering {
    match (one, other) {
        (Token::Bool(one), Token::Bool(other)) => one.cmp(other),
        (Token::Float(one), Token::Float(other)) => one.total_cmp(other),
        (Token::Double(one), Token::Double(other)) => one.total_cmp(other),
        (Token::Text(one), Token::Text(other)) | (Token::Bytes(one), Token::Bytes(other)) => one.cmp(other),
        (
            Token::Extension { kind, data, .. },
            Token::Extension {
                kind: other_kind,
                data: other_data,
                ..
            },
        ) => (kind, data).cmp(&(other_kind, other_data)),
        (one, other) => rank(one).cmp(&rank(other)),
    }
}

/// The place of a kind among the kinds.
fn rank(token: &Token<'_>) -> u8 {
    match token {
        Token::Nil => 0,
        Token::Bool(_) => 1,
        Token::Unsigned(_) | Token::Signed(_) => 2,
        Token::Float(_) => 3,
        Token::Double(_) => 4,
        Token::Text(_) => 5,
        Token::Bytes(_) => 6,
        Token::Extension { .. } => 7,
        Token::Array(_) => 8,
        Token::Map(_) => 9,
    }
}

//! Encoded values as Python objects, without anything in between.

mod compound;
mod error;

use std::borrow::Cow;

use massmap::dynamic::{Token, Tokens};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyString};

use super::shape::Shape;

pub(crate) use error::Undecodable;

type Result<T, E = Undecodable> = std::result::Result<T, E>;

/// How keys or values are decoded.
#[derive(Debug)]
pub(crate) struct Decoder {
    shape: Shape,
    /// Whether whatever is not of the shape is decoded as what it is: names of types, all that format 1 has, may mean anything.
    is_lenient: bool,
    /// Whether objects are to be keys of a dict: tuples in place of lists and dicts.
    is_key: bool,
}

impl Decoder {
    /// Of values.
    pub(crate) fn of_values(shape: Shape, is_lenient: bool) -> Self {
        Self {
            shape,
            is_lenient,
            is_key: false,
        }
    }

    /// Of keys.
    pub(crate) fn of_keys(shape: Shape, is_lenient: bool) -> Self {
        Self {
            shape,
            is_lenient,
            is_key: true,
        }
    }

    /// The object for `encoded`. It takes at most about `limit` bytes of memory, beside strings and byte arrays.
    pub(crate) fn decode(&self, py: Python<'_>, encoded: &[u8], limit: usize) -> Result<Py<PyAny>> {
        let mut walk = Walk {
            py,
            tokens: Tokens::new(encoded),
            length: encoded.len(),
            limit,
            left: limit,
            depth: 0,
            is_lenient: self.is_lenient,
        };
        let object = walk.next(&self.shape, self.is_key)?;
        match encoded.len() - walk.tokens.position() {
            0 => Ok(object.unbind()),
            length => Err(Undecodable::TrailingBytes { length }),
        }
    }
}

impl Decoder {
    /// The bytes that `encoded` has, if it is a string, a byte array or a sequence of `u8`.
    ///
    /// # Errors
    ///
    /// What it is if it is something else.
    pub(crate) fn content<'e>(&self, encoded: &'e [u8]) -> Result<Result<Cow<'e, [u8]>, &'static str>> {
        let mut tokens = Tokens::new(encoded);
        let damaged = |source| Undecodable::Damaged { position: 0, source };
        let content = match (&self.shape, tokens.next_token().map_err(damaged)?) {
            (Shape::Wide { .. }, Token::Bytes(_)) => return Ok(Err(self.shape.name())),
            (_, Token::Bytes(bytes) | Token::Text(bytes)) => Cow::Borrowed(bytes),
            (Shape::ByteSequence, Token::Array(length)) => {
                let mut bytes = Vec::new();
                for _ in 0..length {
                    match tokens.next_token().map_err(damaged)? {
                        Token::Unsigned(byte @ 0..=0xff) => bytes.push(byte.to_le_bytes()[0]),
                        token => return Ok(Err(token.kind())),
                    }
                }
                Cow::Owned(bytes)
            }
            (_, token) => return Ok(Err(token.kind())),
        };
        match encoded.len() - tokens.position() {
            0 => Ok(Ok(content)),
            length => Err(Undecodable::TrailingBytes { length }),
        }
    }
}

/// A position in an encoded value.
struct Walk<'a, 'py> {
    py: Python<'py>,
    tokens: Tokens<'a>,
    /// Of all bytes.
    length: usize,
    /// How many bytes of memory objects may take.
    limit: usize,
    /// How many more.
    left: usize,
    /// How many arrays and maps have begun and not ended.
    depth: usize,
    is_lenient: bool,
}

impl<'a, 'py> Walk<'a, 'py> {
    /// The next value, which has this shape.
    fn next(&mut self, shape: &Shape, is_key: bool) -> Result<Bound<'py, PyAny>> {
        let position = self.tokens.position();
        let token = self.token(position)?;
        self.value(shape, is_key, position, token)
    }

    fn token(&mut self, position: usize) -> Result<Token<'a>> {
        self.tokens
            .next_token()
            .map_err(|source| Undecodable::Damaged { position, source })
    }

    /// The value that begins with `token`.
    fn value(
        &mut self,
        shape: &Shape,
        is_key: bool,
        position: usize,
        token: Token<'a>,
    ) -> Result<Bound<'py, PyAny>> {
        let py = self.py;
        Ok(match (shape, token) {
            (Shape::Integer | Shape::Any, Token::Unsigned(value)) => value.into_bound_py_any(py)?,
            (Shape::Integer | Shape::Any, Token::Signed(value)) => value.into_bound_py_any(py)?,
            (Shape::Text | Shape::Any, Token::Text(text)) => self.text(position, text)?.into_any(),
            (Shape::Bytes | Shape::ByteSequence | Shape::Any, Token::Bytes(bytes)) => {
                PyBytes::new(py, bytes).into_any()
            }
            (Shape::Float | Shape::Any, Token::Double(value)) => PyFloat::new(py, value).into_any(),
            (Shape::Float | Shape::Any, Token::Float(value)) => PyFloat::new(py, value.into()).into_any(),
            (Shape::Bool | Shape::Any, Token::Bool(value)) => PyBool::new(py, value).to_owned().into_any(),
            (Shape::Unit | Shape::Option(_) | Shape::Any, Token::Nil) => py.None().into_bound(py),
            (Shape::Option(inner), token) => self.value(inner, is_key, position, token)?,
            (Shape::Wide { is_signed }, Token::Bytes(bytes)) if bytes.len() == 16 => {
                let bytes = bytes.try_into().expect("the length has just been checked");
                match is_signed {
                    true => i128::from_be_bytes(bytes).into_bound_py_any(py)?,
                    false => u128::from_be_bytes(bytes).into_bound_py_any(py)?,
                }
            }
            // As other encoders store small ones.
            (Shape::Wide { .. }, Token::Unsigned(value)) => value.into_bound_py_any(py)?,
            (Shape::Wide { .. }, Token::Signed(value)) => value.into_bound_py_any(py)?,
            (Shape::ByteSequence, Token::Array(length)) => self.byte_sequence(position, length, is_key)?,
            (Shape::Sequence(element), Token::Array(length)) => {
                self.sequence(position, length, element, is_key)?
            }
            (Shape::Any, Token::Array(length)) => self.sequence(position, length, &Shape::Any, is_key)?,
            (Shape::Tuple(elements), Token::Array(length)) if elements.len() == length as usize => {
                self.tuple(position, elements.iter(), is_key)?
            }
            (Shape::Map(key, value), Token::Map(length)) => self.map(position, length, key, value, is_key)?,
            (Shape::Any, Token::Map(length)) => {
                self.map(position, length, &Shape::Any, &Shape::Any, is_key)?
            }
            (Shape::Struct { fields, is_map }, Token::Array(length) | Token::Map(length))
                if fields.len() == length as usize && *is_map == matches!(token, Token::Map(_)) =>
            {
                self.fields(position, fields, *is_map, is_key)?
            }
            (Shape::Enum(variants), Token::Text(name)) => self.unit_variant(position, variants, name)?,
            (Shape::Enum(variants), Token::Map(1)) => self.variant(position, variants, is_key)?,
            (Shape::Any, Token::Extension { kind, data, .. }) => {
                let arguments = (kind, PyBytes::new(py, data));
                py.import("massmap._extension")?
                    .getattr("Extension")?
                    .call1(arguments)?
            }
            _ if self.is_lenient => self.value(&Shape::Any, is_key, position, token)?,
            _ => {
                return Err(Undecodable::Mismatch {
                    position,
                    expected: shape.name(),
                    found: token.kind(),
                });
            }
        })
    }

    fn text(&self, position: usize, text: &[u8]) -> Result<Bound<'py, PyString>> {
        let text = str::from_utf8(text).map_err(|_| Undecodable::InvalidText { position })?;
        Ok(PyString::new(self.py, text))
    }
}

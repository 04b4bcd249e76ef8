//! Values that have others in them.

use massmap::FormatError;
use massmap::dynamic::Token;
use massmap::format::MAX_DEPTH;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

use super::{Result, Undecodable, Walk};
use crate::convert::shape::{Field, Shape};

/// About how many bytes an element of a list takes, with the object that it is.
const ELEMENT: usize = 40;

/// About how many an entry of a dict takes, with key and value.
const ENTRY: usize = 160;

/// About how many an empty list, tuple or dict takes.
const EMPTY: usize = 80;

impl<'py> Walk<'_, 'py> {
    /// A sequence of any length.
    pub(super) fn sequence(
        &mut self,
        position: usize,
        length: u32,
        element: &Shape,
        is_key: bool,
    ) -> Result<Bound<'py, PyAny>> {
        self.deeper(position, length, 1, ELEMENT, |this| {
            let elements = (0..length).map(|_| this.next(element, is_key));
            let elements = elements.collect::<Result<Vec<_>>>()?;
            Ok(match is_key {
                true => PyTuple::new(this.py, elements)?.into_any(),
                false => PyList::new(this.py, elements)?.into_any(),
            })
        })
    }

    /// A tuple of elements with these shapes.
    pub(super) fn tuple<'s>(
        &mut self,
        position: usize,
        shapes: impl ExactSizeIterator<Item = &'s Shape>,
        is_key: bool,
    ) -> Result<Bound<'py, PyAny>> {
        let length = u32::try_from(shapes.len()).unwrap_or(u32::MAX);
        self.deeper(position, length, 1, ELEMENT, |this| {
            let elements = shapes.map(|shape| this.next(shape, is_key));
            let elements = elements.collect::<Result<Vec<_>>>()?;
            Ok(PyTuple::new(this.py, elements)?.into_any())
        })
    }

    /// A sequence of `u8`.
    pub(super) fn byte_sequence(
        &mut self,
        position: usize,
        length: u32,
        is_key: bool,
    ) -> Result<Bound<'py, PyAny>> {
        let begin = self.tokens;
        self.check_room(position, length, 1)?;
        let mut bytes = Vec::with_capacity(length as usize);
        for _ in 0..length {
            let place = self.tokens.position();
            let token = self.token(place)?;
            match token {
                Token::Unsigned(value) if value <= 0xff => bytes.push(value.to_le_bytes()[0]),
                _ if self.is_lenient => {
                    self.tokens = begin;
                    return self.sequence(position, length, &Shape::Any, is_key);
                }
                token => {
                    return Err(Undecodable::Mismatch {
                        position: place,
                        expected: "an integer of 8 bits",
                        found: token.kind(),
                    });
                }
            }
        }
        Ok(PyBytes::new(self.py, &bytes).into_any())
    }

    /// A map. As a key, a tuple of its entries.
    pub(super) fn map(
        &mut self,
        position: usize,
        length: u32,
        key: &Shape,
        value: &Shape,
        is_key: bool,
    ) -> Result<Bound<'py, PyAny>> {
        self.deeper(position, length, 2, ENTRY, |this| {
            if is_key {
                let pairs = (0..length).map(|_| {
                    let pair = (this.next(key, true)?, this.next(value, true)?);
                    Ok(pair.into_pyobject(this.py)?)
                });
                let pairs = pairs.collect::<Result<Vec<_>>>()?;
                return Ok(PyTuple::new(this.py, pairs)?.into_any());
            }
            let dict = PyDict::new(this.py);
            for _ in 0..length {
                let key = this.next(key, true)?;
                dict.set_item(key, this.next(value, false)?)?;
            }
            Ok(dict.into_any())
        })
    }

    /// A struct. As a key, the tuple of its fields, which lookups take.
    pub(super) fn fields(
        &mut self,
        position: usize,
        fields: &[Field],
        is_map: bool,
        is_key: bool,
    ) -> Result<Bound<'py, PyAny>> {
        let length = u32::try_from(fields.len()).unwrap_or(u32::MAX);
        let least = if is_map { 2 } else { 1 };
        self.deeper(position, length, least, ENTRY, |this| {
            let dict = PyDict::new(this.py);
            let mut tuple = Vec::new();
            for field in fields {
                if is_map {
                    this.name(field)?;
                }
                let content = this.next(field.content.as_ref().unwrap_or(&Shape::Unit), is_key)?;
                match is_key {
                    true => tuple.push(content),
                    false => dict.set_item(field.name.bind(this.py), content)?,
                }
            }
            Ok(match is_key {
                true => PyTuple::new(this.py, tuple)?.into_any(),
                false => dict.into_any(),
            })
        })
    }

    /// Passes the name of a field.
    fn name(&mut self, field: &Field) -> Result<()> {
        let position = self.tokens.position();
        match self.token(position)? {
            Token::Text(text) if text == field.text.as_bytes() => Ok(()),
            token => Err(Undecodable::Mismatch {
                position,
                expected: "the name of a field",
                found: match token {
                    Token::Text(_) => "another string",
                    token => token.kind(),
                },
            }),
        }
    }

    /// A variant without content: its name.
    pub(super) fn unit_variant(
        &self,
        position: usize,
        variants: &[Field],
        name: &[u8],
    ) -> Result<Bound<'py, PyAny>> {
        match variants.iter().find(|variant| variant.text.as_bytes() == name) {
            Some(variant) if variant.content.is_none() => Ok(variant.name.bind(self.py).clone().into_any()),
            _ => Err(unknown_variant(position)),
        }
    }

    /// A variant with content: a dict from its name to that. As a key, a tuple of both.
    pub(super) fn variant(
        &mut self,
        position: usize,
        variants: &[Field],
        is_key: bool,
    ) -> Result<Bound<'py, PyAny>> {
        self.deeper(position, 1, 2, ENTRY, |this| {
            let Token::Text(name) = this.token(this.tokens.position())? else {
                return Err(unknown_variant(position));
            };
            let variant = variants.iter().find(|variant| variant.text.as_bytes() == name);
            let (variant, shape) = variant
                .and_then(|variant| Some((variant, variant.content.as_ref()?)))
                .ok_or_else(|| unknown_variant(position))?;
            let content = this.next(shape, is_key)?;
            let name = variant.name.bind(this.py);
            if is_key {
                return Ok((name, content).into_pyobject(this.py)?.into_any());
            }
            let dict = PyDict::new(this.py);
            dict.set_item(name, content)?;
            Ok(dict.into_any())
        })
    }

    /// Decodes what is in an array or a map of `length` elements, each of which takes `least` bytes or more of those that are left, and
    /// about `memory` bytes as objects.
    fn deeper(
        &mut self,
        position: usize,
        length: u32,
        least: u64,
        memory: usize,
        decode: impl FnOnce(&mut Self) -> Result<Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        self.check_room(position, length, least)?;
        let taken = (length as usize).saturating_mul(memory).saturating_add(EMPTY);
        self.left = self
            .left
            .checked_sub(taken)
            .ok_or(Undecodable::TooLarge { limit: self.limit })?;
        if self.depth == MAX_DEPTH {
            return Err(Undecodable::TooDeep);
        }
        self.depth += 1;
        let object = decode(self)?;
        self.depth -= 1;
        Ok(object)
    }

    /// Checks that there are enough bytes for `length` elements.
    fn check_room(&self, position: usize, length: u32, least: u64) -> Result<()> {
        let available = self.length - self.tokens.position();
        let needed = u64::from(length) * least;
        if needed <= available as u64 {
            return Ok(());
        }
        let source = FormatError::Truncated {
            position: self.tokens.position() - position,
            needed,
            available,
        };
        Err(Undecodable::Damaged { position, source })
    }
}

fn unknown_variant(position: usize) -> Undecodable {
    Undecodable::Mismatch {
        position,
        expected: "a variant of the enum that the file describes",
        found: "another one",
    }
}

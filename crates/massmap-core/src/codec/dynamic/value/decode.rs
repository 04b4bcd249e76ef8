//! Decoding values of which only the name of the type is known.

use massmap_format::{FormatError, MAX_DEPTH};

use crate::codec::OutOfMemory;
use crate::codec::dynamic::types::Kind;
use crate::codec::dynamic::{Integer, Token, Tokens, Type, Value, ValueError};

impl Type {
    /// Decodes a value, or a key, of this type.
    ///
    /// The type makes a difference for what MessagePack has no form of its own for: integers of 128 bits, and sequences of `u8`,
    /// which become [`Value::Bytes`]. A value that is not of the type is decoded as what it is.
    ///
    /// The value takes at most `limit` bytes of memory. One is about 32 bytes, beside what it holds.
    ///
    /// # Errors
    ///
    /// A [`ValueError`] if `bytes` are no MessagePack value, or one that takes too much memory, or nests deeper than
    /// [`MAX_DEPTH`].
    pub fn decode(&self, bytes: &[u8], limit: usize) -> Result<Value, ValueError> {
        let mut decoder = Decoder {
            tokens: Tokens::new(bytes),
            length: bytes.len(),
            limit,
            left: limit,
            depth: 0,
        };
        let value = decoder.value(Some(&self.0))?;
        match bytes.len() - decoder.tokens.position() {
            0 => Ok(value),
            length => Err(ValueError::TrailingBytes { length }),
        }
    }
}

struct Decoder<'a> {
    tokens: Tokens<'a>,
    /// Of all bytes.
    length: usize,
    /// How many bytes of memory may be taken.
    limit: usize,
    /// How many more.
    left: usize,
    /// How many arrays and maps have begun and not ended.
    depth: usize,
}

impl Decoder<'_> {
    /// The next value, of the type `kind` if that is known.
    fn value(&mut self, kind: Option<&Kind>) -> Result<Value, ValueError> {
        let position = self.tokens.position();
        let token = self
            .tokens
            .next_token()
            .map_err(|source| ValueError::Damaged { position, source })?;
        let kind = match kind {
            Some(Kind::Optional(inner)) => Some(&**inner),
            kind => kind,
        };
        Ok(match token {
            Token::Nil => Value::Null,
            Token::Bool(value) => value.into(),
            Token::Unsigned(value) => value.into(),
            Token::Signed(value) => value.into(),
            Token::Float(value) => value.into(),
            Token::Double(value) => value.into(),
            Token::Text(bytes) => {
                str::from_utf8(bytes).map_err(|_| ValueError::InvalidText { position })?;
                let text = String::from_utf8(self.copy(bytes)?);
                Value::String(text.expect("it has just been checked"))
            }
            Token::Bytes(bytes) => match wide_integer(kind, bytes) {
                Some(value) => value.into(),
                None => Value::Bytes(self.copy(bytes)?),
            },
            Token::Extension { kind, data, .. } => Value::Extension(kind, self.copy(data)?),
            Token::Array(length) => self.array(kind, position, length)?,
            Token::Map(length) => {
                let mut entries = self.room(position, length, 2)?;
                self.deeper(|this| {
                    for _ in 0..length {
                        entries.push((this.value(None)?, this.value(None)?));
                    }
                    Ok(Value::Map(entries))
                })?
            }
        })
    }

    fn array(&mut self, kind: Option<&Kind>, position: usize, length: u32) -> Result<Value, ValueError> {
        if let Some(Kind::Sequence { element, .. }) = kind {
            if let Kind::Integer(integer) = **element
                && integer.is_byte()
                && let Some(bytes) = self.bytes(position, length)?
            {
                return Ok(Value::Bytes(bytes));
            }
            return self.elements(position, length, |_| Some(element));
        }
        match kind {
            Some(Kind::Tuple(fields)) => self.elements(position, length, |number| fields.get(number)),
            _ => self.elements(position, length, |_| None),
        }
    }

    /// An array of `length` elements, whose types `kind` tells by their numbers.
    fn elements<'k>(
        &mut self,
        position: usize,
        length: u32,
        kind: impl Fn(usize) -> Option<&'k Kind>,
    ) -> Result<Value, ValueError> {
        let mut elements = self.room(position, length, 1)?;
        self.deeper(|this| {
            for number in 0..length as usize {
                elements.push(this.value(kind(number))?);
            }
            Ok(Value::Array(elements))
        })
    }

    /// The next `length` elements as bytes, if all of them are; nothing is passed otherwise.
    fn bytes(&mut self, position: usize, length: u32) -> Result<Option<Vec<u8>>, ValueError> {
        let begin = self.tokens;
        let left = self.left;
        let mut bytes = self.room(position, length, 1)?;
        for _ in 0..length {
            let byte = match self.tokens.next_token() {
                Ok(Token::Unsigned(value)) => u8::try_from(value).ok(),
                _ => None,
            };
            let Some(byte) = byte else {
                (self.tokens, self.left) = (begin, left);
                return Ok(None);
            };
            bytes.push(byte);
        }
        Ok(Some(bytes))
    }

    /// Memory for `length` elements, each of which takes `least` bytes or more of those that are left.
    fn room<T>(&mut self, position: usize, length: u32, least: u64) -> Result<Vec<T>, ValueError> {
        let available = self.length - self.tokens.position();
        let needed = u64::from(length) * least;
        if needed > available as u64 {
            let source = FormatError::Truncated {
                position: self.tokens.position() - position,
                needed,
                available,
            };
            return Err(ValueError::Damaged { position, source });
        }
        self.take((length as usize).saturating_mul(size_of::<T>()))?;
        let mut elements = Vec::new();
        elements
            .try_reserve_exact(length as usize)
            .map_err(|_| out_of_memory((length as usize).saturating_mul(size_of::<T>())))?;
        Ok(elements)
    }

    fn copy(&mut self, bytes: &[u8]) -> Result<Vec<u8>, ValueError> {
        self.take(bytes.len())?;
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len())
            .map_err(|_| out_of_memory(bytes.len()))?;
        copy.extend_from_slice(bytes);
        Ok(copy)
    }

    /// Counts memory that is about to be taken.
    fn take(&mut self, bytes: usize) -> Result<(), ValueError> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or(ValueError::TooLarge { limit: self.limit })?;
        Ok(())
    }

    /// Decodes what is in an array or a map.
    fn deeper(
        &mut self,
        decode: impl FnOnce(&mut Self) -> Result<Value, ValueError>,
    ) -> Result<Value, ValueError> {
        if self.depth == MAX_DEPTH {
            return Err(ValueError::TooDeep);
        }
        self.depth += 1;
        let value = decode(self)?;
        self.depth -= 1;
        Ok(value)
    }
}

fn wide_integer(kind: Option<&Kind>, bytes: &[u8]) -> Option<Integer> {
    match kind {
        Some(Kind::Integer(integer)) => integer.decode_wide(bytes),
        _ => None,
    }
}

fn out_of_memory(wanted: usize) -> OutOfMemory {
    OutOfMemory {
        wanted: wanted as u64,
    }
}

#[cfg(test)]
mod tests;

//! Decoding arrays, tuples and structs part by part.

use std::slice;

use rmp_serde::decode::Error;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use crate::codec::fixed::layout::{Compound, Layout, Run};

/// A record, or a part of one, with the length that its layout says.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec::fixed) struct Record<'l, 'de> {
    pub(in crate::codec::fixed) layout: &'l Layout,
    pub(in crate::codec::fixed) bytes: &'de [u8],
}

/// The parts of a compound that have not been decoded yet.
pub(in crate::codec::fixed) struct Parts<'l, 'de> {
    /// The parts that are left.
    left: u32,
    /// Number of all parts.
    count: u32,
    /// How many of them belong to `run`.
    in_run: u32,
    run: Option<&'l Run>,
    /// The runs behind it.
    runs: slice::Iter<'l, Run>,
    bytes: &'de [u8],
}

impl<'l, 'de> Parts<'l, 'de> {
    #[inline]
    pub(in crate::codec::fixed) fn new(compound: &'l Compound, bytes: &'de [u8]) -> Self {
        Self {
            left: compound.count,
            count: compound.count,
            in_run: 0,
            run: None,
            runs: compound.runs.iter(),
            bytes,
        }
    }

    /// The next part.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn next(&mut self) -> Option<Record<'l, 'de>> {
        if self.in_run == 0 {
            let run = self.runs.next()?;
            (self.run, self.in_run) = (Some(run), run.count);
        }
        let run = self.run?;
        let (bytes, rest) = self.bytes.split_at_checked(run.width as usize)?;
        self.bytes = rest;
        self.in_run -= 1;
        self.left -= 1;
        Some(Record {
            layout: &run.layout,
            bytes,
        })
    }

    /// Fails unless all parts have been decoded.
    pub(in crate::codec::fixed) fn finish(&self) -> Result<(), Error> {
        match self.left {
            0 => Ok(()),
            left => Err(Error::LengthMismatch(self.count - left)),
        }
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        match self.next() {
            Some(part) => seed.deserialize(part).map(Some),
            None => Ok(None),
        }
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left).ok()
    }
}

/// The fields of a struct that have not been decoded yet, with their names.
pub(in crate::codec::fixed) struct NamedParts<'l, 'de> {
    names: slice::Iter<'l, Box<str>>,
    parts: Parts<'l, 'de>,
}

impl<'l, 'de> NamedParts<'l, 'de> {
    pub(in crate::codec::fixed) fn new(compound: &'l Compound, bytes: &'de [u8]) -> Self {
        let names = compound.fields.as_ref().map_or(&[][..], |fields| &fields.names);
        Self {
            names: names.iter(),
            parts: Parts::new(compound, bytes),
        }
    }

    /// Fails unless all fields have been decoded.
    pub(in crate::codec::fixed) fn finish(&self) -> Result<(), Error> {
        self.parts.finish()
    }
}

impl<'de> MapAccess<'de> for NamedParts<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let name = self.names.next();
        name.map(|name| seed.deserialize(StrDeserializer::new(name)))
            .transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        match self.parts.next() {
            Some(part) => seed.deserialize(part),
            None => Err(Error::LengthMismatch(self.parts.count)),
        }
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.parts.left).ok()
    }
}

//! Arrays and maps.

use std::panic::Location;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, SerializeTuple, SerializeTupleStruct, SerializeTupleVariant};

use super::derived::text_at;
use super::encoder::Encoder;
use super::{derived, scalar, sorted};
use crate::codec::encode::error::Error;
use crate::codec::encode::output::Output;

/// Elements of an array whose header is already written.
pub(super) struct Items<'e, 'o, 'b> {
    pub(super) encoder: &'e mut Encoder<'o, 'b>,
}

macro_rules! items {
    ($($trait:ident by $method:ident)*) => {
        $(
            impl $trait for Items<'_, '_, '_> {
                type Ok = ();
                type Error = Error;

                #[inline]
                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                    value.serialize(&mut *self.encoder)
                }

                #[inline]
                fn end(self) -> Result<(), Error> {
                    Ok(())
                }
            }
        )*
    };
}

items! {
    SerializeTuple by serialize_element
    SerializeTupleStruct by serialize_field
    SerializeTupleVariant by serialize_field
}

/// Elements of a sequence.
pub(super) struct Sequence<'e, 'o, 'b> {
    encoder: &'e mut Encoder<'o, 'b>,
    /// Offset of the header.
    begin: usize,
    /// Number of elements so far, if the header does not have it.
    count: Option<usize>,
    unordered: bool,
}

impl<'e, 'o, 'b> Sequence<'e, 'o, 'b> {
    #[inline]
    pub(super) fn new(encoder: &'e mut Encoder<'o, 'b>, begin: usize, counted: bool) -> Self {
        Self {
            encoder,
            begin,
            count: counted.then_some(0),
            unordered: false,
        }
    }

    /// Records whether the elements, which come from an `I`, are unordered.
    #[inline]
    pub(super) fn note_order_of<I>(&mut self) {
        self.unordered = sorted::is_unordered::<I>();
    }
}

impl SerializeSeq for Sequence<'_, '_, '_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.encoder)?;
        if let Some(count) = &mut self.count {
            *count += 1;
        }
        Ok(())
    }

    #[inline]
    fn end(self) -> Result<(), Error> {
        if let Some(count) = self.count {
            replace_header(self.encoder, self.begin, |out| scalar::array_header(out, count))?;
        }
        if self.encoder.rules.sorted && self.unordered {
            sorted::sort(self.encoder.out.bytes_mut(), self.begin, 1);
        }
        Ok(())
    }
}

/// Replaces the byte at `begin` with the header that `write` writes.
fn replace_header(
    encoder: &mut Encoder<'_, '_>,
    begin: usize,
    write: impl FnOnce(&mut Output<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let end = encoder.out.bytes().len();
    write(encoder.out)?;
    let bytes = encoder.out.bytes_mut();
    let mut header = [0; 5];
    let written = bytes.get(end..).unwrap_or_default();
    let length = written.len();
    header.iter_mut().zip(written).for_each(|(to, from)| *to = *from);
    bytes.truncate(end);
    bytes.splice(begin..=begin, header.into_iter().take(length));
    Ok(())
}

/// Entries of a map.
pub(super) struct Entries<'e, 'o, 'b> {
    encoder: &'e mut Encoder<'o, 'b>,
    /// Offset of the header.
    begin: usize,
    /// Number of elements so far, if the header does not have it.
    count: Option<usize>,
    /// Source location that began the map.
    caller: &'static Location<'static>,
    /// Whether the map is part of a buffered value.
    outside: bool,
    /// Whether the entries come from a hash map.
    unordered: bool,
}

impl<'e, 'o, 'b> Entries<'e, 'o, 'b> {
    #[inline]
    pub(super) fn new(
        encoder: &'e mut Encoder<'o, 'b>,
        begin: usize,
        counted: bool,
        caller: &'static Location<'static>,
    ) -> Self {
        Self {
            begin,
            count: counted.then_some(0),
            caller,
            outside: encoder.buffered,
            unordered: false,
            encoder,
        }
    }

    /// Records whether the entries, which come from an `I`, are unordered.
    #[inline]
    pub(super) fn note_order_of<I>(&mut self) {
        self.unordered = sorted::is_unordered::<I>();
    }

    /// Writes a key, and refuses keys of flattened maps that readers could not buffer.
    #[inline]
    fn write_key<T: Serialize + ?Sized>(
        &mut self,
        key: &T,
        caller: &'static Location<'static>,
    ) -> Result<(), Error> {
        if self.count.is_none() || !self.encoder.rules.readable || !derived::is_passed_on(caller) {
            return key.serialize(&mut *self.encoder);
        }
        let before = std::mem::replace(&mut self.encoder.buffered, true);
        let written = key.serialize(&mut *self.encoder);
        let written = self.encoder.check_buffered(written, "a key of a flattened map");
        self.encoder.buffered = before;
        written
    }

    /// Writes a value whose key is at offset `key`, and refuses what readers could not buffer.
    #[inline]
    fn write_value<T: Serialize + ?Sized>(
        &mut self,
        key: usize,
        value: &T,
        caller: &'static Location<'static>,
    ) -> Result<(), Error> {
        // Types with flattened fields are written as maps of unknown length, which flattened types share.
        let special = self.count.is_some() || derived::is_text::<T>();
        if !special && !self.encoder.buffered {
            return value.serialize(&mut *self.encoder);
        }
        self.write_special_value(key, value, caller)
    }

    #[inline(never)]
    fn write_special_value<T: Serialize + ?Sized>(
        &mut self,
        key: usize,
        value: &T,
        caller: &'static Location<'static>,
    ) -> Result<(), Error> {
        let before = self.encoder.buffered;
        let mut tagged = false;
        if self.encoder.rules.readable {
            let passed_on = derived::is_passed_on(caller);
            tagged = derived::is_text::<T>() && (passed_on || caller == self.caller);
            self.encoder.buffered |= passed_on;
        }
        let written = value.serialize(&mut *self.encoder);
        let written = match self.encoder.buffered || written.is_err() {
            true => {
                let name = self.encoder.out.bytes().get(key..).and_then(text_at);
                let name = name.unwrap_or_default().to_owned();
                self.encoder.check_buffered(written, &name)
            }
            false => written,
        };
        // Values after a tag are buffered.
        self.encoder.buffered = before || tagged;
        written
    }
}

impl SerializeMap for Entries<'_, '_, '_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    #[track_caller]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        if let Some(count) = &mut self.count {
            *count += 1;
        }
        self.write_key(key, Location::caller())
    }

    #[inline]
    #[track_caller]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        // The offset of the key is no longer known.
        self.write_value(usize::MAX, value, Location::caller())
    }

    #[inline]
    #[track_caller]
    fn serialize_entry<K, V>(&mut self, key: &K, value: &V) -> Result<(), Error>
    where
        K: Serialize + ?Sized,
        V: Serialize + ?Sized,
    {
        let caller = Location::caller();
        let at = self.encoder.out.bytes().len();
        if let Some(count) = &mut self.count {
            *count += 1;
        }
        self.write_key(key, caller)?;
        self.write_value(at, value, caller)
    }

    #[inline]
    fn end(self) -> Result<(), Error> {
        self.encoder.buffered = self.outside;
        if let Some(count) = self.count {
            replace_header(self.encoder, self.begin, |out| scalar::map_header(out, count))?;
        }
        // The entries of a flattened or tagged map are passed on one by one, so their collection is unknown.
        if self.encoder.rules.sorted
            && (self.unordered || self.count.is_some() || derived::is_passed_on(self.caller))
        {
            sorted::sort(self.encoder.out.bytes_mut(), self.begin, 2);
        }
        Ok(())
    }
}

//! Structs and struct variants.

use std::panic::Location;

use serde::Serialize;
use serde::ser::{SerializeStruct, SerializeStructVariant};

use super::derived::text_at;
use super::encoder::{AdjacentContent, Encoder};
use super::{derived, scalar};
use crate::codec::encode::error::Error;
use crate::codec::encode::shape::ShapeError;

/// Fields of a struct or of a variant.
pub(super) struct Fields<'e, 'o, 'b> {
    encoder: &'e mut Encoder<'o, 'b>,
    type_name: &'static str,
    variant: Option<&'static str>,
    length: usize,
    /// Source location that began the struct.
    caller: &'static Location<'static>,
    /// Offset of the first field.
    start: usize,
    /// Whether the first field was the tag of an adjacently tagged enum.
    adjacent: bool,
    /// The first field that was skipped.
    skipped: Option<&'static str>,
    /// Whether the struct is part of a buffered value.
    outside: bool,
}

impl<'e, 'o, 'b> Fields<'e, 'o, 'b> {
    #[inline]
    pub(super) fn new(
        encoder: &'e mut Encoder<'o, 'b>,
        type_name: &'static str,
        variant: Option<&'static str>,
        length: usize,
        caller: &'static Location<'static>,
    ) -> Self {
        Self {
            type_name,
            variant,
            length,
            caller,
            start: encoder.out.bytes().len(),
            adjacent: false,
            skipped: None,
            outside: encoder.buffered,
            encoder,
        }
    }

    #[inline]
    fn write<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
        caller: &'static Location<'static>,
    ) -> Result<(), Error> {
        let is_first = self.encoder.out.bytes().len() == self.start;
        if self.encoder.rules.field_names {
            scalar::text(self.encoder.out, name)?;
        } else if let Some(skipped) = self.skipped {
            return Err(self.after_skipped(skipped, name));
        }
        let special =
            derived::is_text::<T>() || derived::is_adjacent_tag::<T>() || derived::is_adjacent_content::<T>();
        let written = match special && self.encoder.rules.readable {
            true => self.write_special(is_first, value, caller),
            false => value.serialize(&mut *self.encoder),
        };
        match self.encoder.buffered {
            true => self.encoder.check_buffered(written, name),
            false => written,
        }
    }

    /// Writes a value of a type that derived code uses for tagged enums.
    #[inline(never)]
    fn write_special<T: Serialize + ?Sized>(
        &mut self,
        is_first: bool,
        value: &T,
        caller: &'static Location<'static>,
    ) -> Result<(), Error> {
        let type_name = self.type_name;
        let is_array = !self.encoder.rules.field_names;
        if self.adjacent {
            // The first field is the name of the variant.
            let variant = self.start;
            self.encoder.content = is_array.then_some(AdjacentContent {
                type_name,
                variant,
                caller,
            });
            let written = value.serialize(&mut *self.encoder);
            self.encoder.content = None;
            return written;
        }
        let at = self.encoder.out.bytes().len();
        value.serialize(&mut *self.encoder)?;
        if !is_first {
            return Ok(());
        }
        let tag = self
            .encoder
            .out
            .bytes()
            .get(at..)
            .and_then(text_at)
            .unwrap_or_default();
        if derived::is_adjacent_tag::<T>() {
            self.adjacent = true;
            if is_array && self.length == 1 {
                let variant = tag.to_owned();
                return Err(ShapeError::AdjacentUnitVariant { type_name, variant }.into());
            }
            return Ok(());
        }
        let passed_on = derived::is_passed_on(caller);
        if !passed_on && caller == self.caller && tag == type_name {
            // Either a struct with a tag, which is not buffered and not read from an array, or an enum with a variant of its own
            // name, which is buffered and read from one. They look the same, and a value that may be readable is not refused.
            return Ok(());
        }
        self.encoder.buffered |= passed_on || caller == self.caller;
        Ok(())
    }

    #[cold]
    fn after_skipped(&self, skipped: &'static str, field: &'static str) -> Error {
        let type_name = match self.variant {
            Some(variant) => format!("{}::{variant}", self.type_name),
            None => self.type_name.to_owned(),
        };
        ShapeError::FieldBehindSkipped {
            type_name,
            skipped,
            field,
        }
        .into()
    }
}

macro_rules! fields {
    ($($trait:ident)*) => {
        $(
            impl $trait for Fields<'_, '_, '_> {
                type Ok = ();
                type Error = Error;

                #[inline]
                #[track_caller]
                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    name: &'static str,
                    value: &T,
                ) -> Result<(), Error> {
                    self.write(name, value, Location::caller())
                }

                #[inline]
                fn skip_field(&mut self, name: &'static str) -> Result<(), Error> {
                    self.skipped.get_or_insert(name);
                    Ok(())
                }

                #[inline]
                fn end(self) -> Result<(), Error> {
                    self.encoder.buffered = self.outside;
                    Ok(())
                }
            }
        )*
    };
}

fields! { SerializeStruct SerializeStructVariant }

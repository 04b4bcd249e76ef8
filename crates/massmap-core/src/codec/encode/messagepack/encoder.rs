//! The state of a serialization.

use std::cell::Cell;
use std::panic::Location;

use super::scalar;
use crate::codec::encode::error::Error;
use crate::codec::encode::output::Output;
use crate::codec::encode::rules::EncodeRules;
use crate::codec::encode::shape::ShapeError;

/// Encodes a value.
pub(super) struct Encoder<'o, 'b> {
    pub(super) out: &'o mut Output<'b>,
    pub(super) rules: EncodeRules,
    /// Whether the value is part of a value that serde reads into a buffer first.
    pub(super) buffered: bool,
    /// Whether a buffered value has turned out to be an address.
    pub(super) address: Cell<bool>,
    /// Set if the content of an adjacently tagged enum follows.
    pub(super) content: Option<AdjacentContent>,
}

/// An adjacently tagged enum whose content follows.
#[derive(Clone, Copy)]
pub(super) struct AdjacentContent {
    pub(super) type_name: &'static str,
    /// Offset of the name of the variant.
    pub(super) variant: usize,
    /// Source location of the derived code.
    pub(super) caller: &'static Location<'static>,
}

impl<'o, 'b> Encoder<'o, 'b> {
    #[inline]
    pub(super) fn new(out: &'o mut Output<'b>, rules: EncodeRules) -> Self {
        Self {
            out,
            rules,
            buffered: false,
            address: Cell::new(false),
            content: None,
        }
    }

    /// Refuses addresses in buffered values, and adds the field to errors.
    #[cold]
    pub(super) fn check_buffered(&self, written: Result<(), Error>, field: &str) -> Result<(), Error> {
        let written = match self.buffered && self.address.take() {
            true => written.and(Err(buffered("an IP or socket address"))),
            false => written,
        };
        written.map_err(|error| error.in_field(field))
    }

    #[inline]
    pub(super) fn write_128_bits(&mut self, bytes: [u8; 16]) -> Result<(), Error> {
        if self.buffered {
            return Err(buffered("a 128-bit integer"));
        }
        scalar::bytes(self.out, &bytes)
    }

    /// Writes the header of a map with one entry and its key.
    #[inline]
    pub(super) fn begin_variant(&mut self, variant: &'static str) -> Result<(), Error> {
        scalar::map_header(self.out, 1)?;
        scalar::text(self.out, variant)
    }
}

#[cold]
fn buffered(what: &'static str) -> Error {
    let field = String::new();
    ShapeError::Buffered { what, field }.into()
}

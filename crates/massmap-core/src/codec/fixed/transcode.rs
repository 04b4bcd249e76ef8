//! From MessagePack to records and back.

use super::error::{Failure, RecordError};
use super::input::Input;
use super::layout::{Compound, Layout, Run};
use super::place::Place;
use super::scalar::Scalar;
use crate::codec::encode::{Append, Output, scalar};
use crate::codec::memory::OutOfMemory;

impl Layout {
    /// Writes the record of the next value of `input` to `place`.
    #[inline]
    pub(super) fn read(&self, input: &mut Input<'_>, place: &mut Place<'_>) -> Result<(), RecordError> {
        let before = input.clone();
        match self {
            Self::Scalar(scalar) => match scalar.read(input, place) {
                Some(()) => Ok(()),
                None => Err(before.mismatch(scalar.name())),
            },
            Self::Unit => input.nil().ok_or_else(|| before.mismatch("nil")),
            Self::Bytes(length) => {
                let bytes = input.bytes().filter(|bytes| bytes.len() == *length as usize);
                match bytes.and_then(|bytes| Some((bytes, place.take(bytes.len())?))) {
                    Some((bytes, place)) => {
                        place.copy_from_slice(bytes);
                        Ok(())
                    }
                    None => Err(before.mismatch(format_args!("a byte array of {length} bytes"))),
                }
            }
            Self::Compound(compound) => compound.read(input, place),
        }
    }

    /// Appends the MessagePack of `record` to `out`.
    pub(super) fn encode(&self, record: &[u8], out: &mut Vec<u8>) -> Result<(), RecordError> {
        let mut output = Output::new(out);
        match self.write(record, &mut output) {
            Ok(()) => Ok(()),
            Err(Failure::Damaged(error)) => Err(error),
            Err(Failure::Output) => {
                // Lengths have 32 bits, so only memory can be missing.
                let wanted = record.len() as u64;
                let missing = output.out_of_memory().unwrap_or(OutOfMemory { wanted });
                Err(RecordError::OutOfMemory(missing))
            }
        }
    }

    /// Appends the MessagePack of `record` to any output.
    pub(super) fn write(&self, record: &[u8], out: &mut impl Append) -> Result<(), Failure> {
        match self {
            Self::Scalar(scalar) => scalar.to_messagepack(record, out),
            Self::Unit => Ok(scalar::nil(out)?),
            Self::Bytes(_) => Ok(scalar::bytes(out, record)?),
            Self::Compound(compound) => compound.write(record, out),
        }
    }

    /// Checks that `record` has such a value.
    pub(super) fn check(&self, record: &[u8]) -> Result<(), RecordError> {
        match self {
            Self::Unit | Self::Bytes(_) => Ok(()),
            Self::Scalar(scalar) => scalar.check(record),
            Self::Compound(compound) => compound.for_each(record, |_, layout, part| layout.check(part)),
        }
    }
}

impl Run {
    #[inline]
    fn read(&self, input: &mut Input<'_>, place: &mut Place<'_>) -> Result<(), RecordError> {
        let each = |count: u32, input: &mut Input<'_>, place: &mut Place<'_>| {
            (0..count).try_for_each(|_| self.layout.read(input, place))
        };
        // An array of bytes. Nothing may follow the last one.
        let before_last = match self.layout {
            Layout::Scalar(Scalar::U8) => self.count.saturating_sub(1),
            _ => 0,
        };
        if let Some(bytes) = usize::try_from(before_last)
            .ok()
            .and_then(|length| place.take(length))
            && input.small(bytes).is_none()
        {
            each(before_last, input, &mut Place::new(bytes))?;
        }
        each(self.count - before_last, input, place)
    }
}

impl Compound {
    fn read(&self, input: &mut Input<'_>, place: &mut Place<'_>) -> Result<(), RecordError> {
        let before = input.clone();
        let map = self.fields.as_ref().filter(|fields| fields.is_map);
        let (count, expected) = match map {
            Some(_) => (input.map(), "a map"),
            None => (input.array(), "an array"),
        };
        if count != Some(self.count) {
            return Err(before.mismatch(format_args!("{expected} of {}", self.count)));
        }
        let mut names = map.map_or(&[][..], |fields| &fields.names).iter();
        for run in &self.runs {
            if let Some(name) = names.next() {
                let before = input.clone();
                if input.text() != Some(name.as_bytes()) {
                    return Err(
                        before.mismatch(format_args!("the name of the field `{}`", name.escape_debug()))
                    );
                }
            }
            run.read(input, place)?;
        }
        Ok(())
    }

    fn write(&self, record: &[u8], out: &mut impl Append) -> Result<(), Failure> {
        let map = self.fields.as_ref().filter(|fields| fields.is_map);
        match map {
            Some(_) => scalar::map_header(out, self.count as usize)?,
            None => scalar::array_header(out, self.count as usize)?,
        }
        self.for_each(record, |number, layout, part| {
            if let Some(name) = map.and_then(|fields| fields.names.get(number)) {
                scalar::text(out, name)?;
            }
            layout.write(part, out)
        })
    }

    /// Calls `f` with the number of each run, from 0, and the layout and the bytes of each of its parts.
    fn for_each<E: From<RecordError>>(
        &self,
        record: &[u8],
        mut f: impl FnMut(usize, &Layout, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = record;
        for (number, run) in self.runs.iter().enumerate() {
            for _ in 0..run.count {
                let (part, behind) =
                    rest.split_at_checked(run.width as usize)
                        .ok_or(RecordError::Length {
                            found: record.len(),
                            expected: self.width as usize,
                        })?;
                f(number, &run.layout, part)?;
                rest = behind;
            }
        }
        Ok(())
    }
}

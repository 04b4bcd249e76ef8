//! Writes MessagePack to a buffer.

use crate::input::json::error::Problem;
use crate::input::json::number::Number;
use crate::input::memory::reserve;

const INFALLIBLE: &str = "writing to a vector cannot fail";

pub(in crate::input::json) const NIL: u8 = 0xc0;

/// Length of the longest header of a container or string: a marker and four bytes.
pub(in crate::input::json) const LONGEST_HEADER: usize = 5;

/// Length of the longest number: a marker and eight bytes.
pub(in crate::input::json) const LONGEST_SCALAR: usize = 9;

pub(in crate::input::json) fn boolean(value: bool) -> u8 {
    if value { 0xc3 } else { 0xc2 }
}

pub(in crate::input::json) fn encode_number(number: &Number, out: &mut Vec<u8>) -> Result<(), Problem> {
    match number {
        Number::Unsigned(number) => _ = rmp::encode::write_uint(out, *number).expect(INFALLIBLE),
        Number::Negative(number) => _ = rmp::encode::write_sint(out, *number).expect(INFALLIBLE),
        Number::Float(number) => rmp::encode::write_f64(out, *number).expect(INFALLIBLE),
        Number::BigInteger(_) => {
            let number = number.to_string();
            return Err(Problem::IntegerTooLong { number });
        }
    }
    Ok(())
}

/// Appends a string to `out`.
pub(crate) fn encode_text(text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
    let length = u32::try_from(text.len()).map_err(|_| Problem::TooLarge)?;
    reserve(out, LONGEST_HEADER.saturating_add(text.len()))?;
    rmp::encode::write_str_len(out, length).expect(INFALLIBLE);
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// A container or string whose content is being written. One byte is reserved for its header.
pub(crate) struct Open {
    start: usize,
}

impl Open {
    pub(crate) fn new(out: &mut Vec<u8>) -> Self {
        let start = out.len();
        out.push(0);
        Self { start }
    }

    /// Position of the header.
    pub(in crate::input::json) fn start(&self) -> usize {
        self.start
    }

    pub(in crate::input::json) fn discard(self, out: &mut Vec<u8>) {
        out.truncate(self.start);
    }

    pub(crate) fn close_text(self, out: &mut Vec<u8>) -> Result<(), Problem> {
        let length = out.len() - self.start - 1;
        self.close(length, out, |header, length| {
            rmp::encode::write_str_len(header, length).map(drop)
        })
    }

    pub(crate) fn close_array(self, length: usize, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.close(length, out, |header, length| {
            rmp::encode::write_array_len(header, length).map(drop)
        })
    }

    pub(crate) fn close_map(self, length: usize, out: &mut Vec<u8>) -> Result<(), Problem> {
        self.close(length, out, |header, length| {
            rmp::encode::write_map_len(header, length).map(drop)
        })
    }

    fn close<E: std::fmt::Debug>(
        self,
        length: usize,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut &mut [u8], u32) -> Result<(), E>,
    ) -> Result<(), Problem> {
        // massmap files limit entries to this length as well.
        let length = u32::try_from(length).map_err(|_| Problem::TooLarge)?;
        let mut header = [0; LONGEST_HEADER];
        let mut unused = &mut header[..];
        write(&mut unused, length).expect("the array is as long as the longest header");
        let used = LONGEST_HEADER - unused.len();
        match header.get(..used) {
            Some(&[marker]) => {
                if let Some(placeholder) = out.get_mut(self.start) {
                    *placeholder = marker;
                }
            }
            header => {
                reserve(out, LONGEST_HEADER)?;
                let header = header.unwrap_or_default().iter().copied();
                out.splice(self.start..=self.start, header);
            }
        }
        Ok(())
    }
}

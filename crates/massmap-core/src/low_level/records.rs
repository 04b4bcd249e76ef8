//! Records that lie one after the other.

/// `N` records of the same length, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Records<'a, const N: usize> {
    /// At least `N` × `length` bytes.
    bytes: &'a [u8],
    length: usize,
}

impl<'a, const N: usize> Records<'a, N> {
    /// The records of `length` bytes that `bytes` begin with; `None` if there are fewer than `N`.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn new(bytes: &'a [u8], length: u32) -> Option<Self> {
        let length = usize::try_from(length).ok()?;
        (bytes.len() >= length.checked_mul(N)?).then_some(Self { bytes, length })
    }

    /// The first `W` bytes of each record; those behind it if it is shorter. `None` if the bytes end before.
    ///
    /// The bounds are compared once for all of them.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[expect(unsafe_code, reason = "the bounds are compared once for all loads")]
    pub(crate) fn beginnings<const W: usize>(self) -> Option<[[u8; W]; N]> {
        if self.length < W {
            return None;
        }
        Some(std::array::from_fn(|number| {
            // SAFETY: `number` is less than `N`, there are `N` × `length` bytes, and `W` is at most `length`, so that the `W` bytes
            // from `number` × `length` on lie within them. Arrays of bytes are aligned anywhere.
            unsafe { *self.bytes.as_ptr().add(number * self.length).cast::<[u8; W]>() }
        }))
    }

    /// The record with this number, from 0.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[expect(unsafe_code, reason = "the bounds have been compared")]
    pub(crate) fn get(self, number: usize) -> Option<&'a [u8]> {
        if number >= N {
            return None;
        }
        let start = number * self.length;
        // SAFETY: `number` is less than `N`, and there are `N` × `length` bytes.
        Some(unsafe { self.bytes.get_unchecked(start..start + self.length) })
    }
}

#[cfg(test)]
mod tests {
    use super::Records;

    #[test]
    fn all_records_must_lie_within_the_bytes() {
        let bytes: Vec<u8> = (0..20).collect();
        let records = Records::<3>::new(&bytes, 6).unwrap();
        assert_eq!(records.beginnings(), Some([[0u8, 1], [6, 7], [12, 13]]));
        assert_eq!(records.beginnings::<6>().unwrap()[2], [12, 13, 14, 15, 16, 17]);
        assert_eq!(records.beginnings::<7>(), None);
        assert_eq!(records.get(2), Some(&bytes[12..18]));
        assert_eq!(records.get(3), None);
        for (length, fits) in [(5, true), (6, false), (u32::MAX, false)] {
            assert_eq!(Records::<4>::new(&bytes, length).is_some(), fits);
        }
        let all = Records::<4>::new(&bytes, 5).unwrap();
        assert_eq!(all.get(3), Some(&bytes[15..]));
        assert_eq!(all.beginnings::<5>().unwrap()[3], bytes[15..]);
    }
}

//! Integers as they lie in arrays.

/// How an integer lies in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// In bytes: 1, 2, 4 or 8.
    pub(super) width: usize,
    pub(super) is_signed: bool,
    pub(super) is_big_endian: bool,
}

/// Numbered integers.
#[derive(Debug, Default)]
pub(super) struct Integers {
    /// Arrays of integers, the first number of each, and which of them are there, if not all.
    arrays: Vec<Array>,
    /// Integers of lists.
    others: Vec<(usize, i128)>,
}

#[derive(Debug)]
struct Array {
    form: Form,
    first: usize,
    bytes: Vec<u8>,
    /// If not all.
    are_there: Option<Vec<bool>>,
}

impl Integers {
    pub(super) fn is_empty(&self) -> bool {
        self.arrays.is_empty() && self.others.is_empty()
    }

    pub(super) fn push(&mut self, number: usize, integer: i128) {
        self.others.push((number, integer));
    }

    /// Adds an array, of which the first integer has this number. Some may be left out.
    pub(super) fn push_array(
        &mut self,
        first: usize,
        form: Form,
        bytes: Vec<u8>,
        are_there: Option<Vec<bool>>,
    ) {
        self.arrays.push(Array {
            form,
            first,
            bytes,
            are_there,
        });
    }

    /// All of them, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, i128)> {
        self.arrays
            .iter()
            .flat_map(Array::iter)
            .chain(self.others.iter().copied())
    }
}

impl Array {
    fn iter(&self) -> impl Iterator<Item = (usize, i128)> {
        let Self { form, first, .. } = *self;
        let all = self.bytes.chunks_exact(form.width).enumerate();
        all.filter(|(place, _)| self.are_there.as_ref().is_none_or(|are_there| are_there[*place]))
            .map(move |(place, bytes)| (first + place, form.read(bytes)))
    }
}

impl Form {
    /// The integer that these bytes are.
    #[inline]
    fn read(self, bytes: &[u8]) -> i128 {
        if let Ok(bytes) = <[u8; 8]>::try_from(bytes) {
            let bits = match self.is_big_endian {
                true => u64::from_be_bytes(bytes),
                false => u64::from_le_bytes(bytes),
            };
            return match self.is_signed {
                true => bits.cast_signed().into(),
                false => bits.into(),
            };
        }
        let mut wide = [0; 8];
        for (place, byte) in bytes.iter().enumerate() {
            let place = match self.is_big_endian {
                true => bytes.len() - 1 - place,
                false => place,
            };
            wide[place] = *byte;
        }
        let bits = u64::from_le_bytes(wide);
        match self.is_signed {
            true => {
                let unused = 64 - 8 * self.width;
                ((bits << unused).cast_signed() >> unused).into()
            }
            false => bits.into(),
        }
    }
}

//! Opening a file: which ranges to read, and what their bytes say.

mod buckets;
pub(crate) mod headers;
pub(crate) mod opened;
mod pages;
mod source;

use bytes::Bytes;
use massmap_format::{MassMapHeader, PagedHeader};

use crate::ReadError;

use buckets::OpeningBuckets;
use headers::Header;
use opened::Opened;
use pages::OpeningPages;
use source::{LONGEST_READ, Parts, Source};

/// A range of the file that an [`Opening`] needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// All of the `length` bytes at `offset`.
    Range {
        /// Where they begin, in bytes from the start of the file.
        offset: u64,
        /// How many there are, at least 1.
        length: u64,
    },
    /// The first `length` bytes, or the whole file if it is shorter.
    Prefix {
        /// How many there are at most.
        length: u64,
    },
    /// The last `length` bytes, or the whole file if it is shorter.
    Suffix {
        /// How many there are at most.
        length: u64,
    },
}

/// The next step of an [`Opening`].
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for each file that is opened"
)]
pub enum Step {
    /// It needs the bytes of this range: read them and pass them to [`Opening::supply`].
    Read(Request),
    /// It is done.
    Done(Opened),
}

/// Opens a file of either format. Says which ranges of it to read, is supplied with their bytes, and gives an
/// [`Index`](crate::Index).
///
/// The bytes may come from anywhere, one range after the other. [`with_suffix`](Self::with_suffix) is for sources whose length is
/// known or that read from the end, such as object stores: one read opens most files of format 2.
/// [`with_prefix`](Self::with_prefix) takes two reads in either format, and [`new`](Self::new), which asks for nothing but exact
/// ranges, two in format 1 and three in format 2. Longer parts than 8 MiB are read in
/// [pieces](Self::with_longest_read). No piece is longer than the valid bytes before it, so memory is bounded by a small multiple
/// of the file's real size.
///
/// A file of format 2 has its header twice. Where the length of the file is known, one of them is enough, and a file that was
/// truncated is refused.
///
/// ```
/// use bytes::Bytes;
/// use massmap_core::{Opened, Opening, ReadError, Request, Step};
///
/// /// Opens the file that `read` reads from.
/// fn open(read: impl Fn(u64, u64) -> Bytes) -> Result<Opened, ReadError> {
///     let mut opening = Opening::new();
///     loop {
///         match opening.step()? {
///             Step::Read(Request::Range { offset, length }) => opening.supply(read(offset, length))?,
///             Step::Read(_) => unreachable!("asked for with_prefix and with_suffix only"),
///             Step::Done(opened) => return Ok(opened),
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Opening {
    parts: Parts,
    file_length: Option<u64>,
    /// The longest part that is read at once, in bytes.
    longest_read: u64,
    /// Whether the index is read in parts.
    index_in_parts: bool,
    /// The first request.
    first: Option<Request>,
    /// The request that has not been answered.
    pending: Option<Request>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The format is not known yet.
    Start,
    Buckets(Box<OpeningBuckets>),
    /// It is format 2, and the rest of the header is not known yet.
    PagedHeader,
    /// These first bytes are no header, or a damaged one. The end of the file may have another.
    SecondHeader(Vec<u8>),
    Pages(Box<OpeningPages>),
    Done(Box<Opened>),
}

impl State {
    fn of_header(header: Header) -> Self {
        match header {
            Header::Buckets(header) => Self::Buckets(Box::new(OpeningBuckets::new(header))),
            Header::Pages(header) => Self::Pages(Box::new(OpeningPages::new(header))),
        }
    }
}

/// The decoded bytes of a range, from [`Opening::decode`].
#[derive(Debug)]
pub struct Decoded(Progress);

#[derive(Debug)]
enum Progress {
    State(State),
    /// One of several pieces, to be added to those before it.
    Piece(Bytes),
}

impl Default for Opening {
    fn default() -> Self {
        Self::new()
    }
}

impl Opening {
    /// Asks for exact ranges only: [`Request::Range`].
    #[must_use]
    pub fn new() -> Self {
        Self {
            parts: Parts::default(),
            file_length: None,
            longest_read: LONGEST_READ,
            index_in_parts: false,
            first: None,
            pending: None,
            state: State::Start,
        }
    }

    /// First asks for the first `length` bytes. For sources where reading too much costs less than another round trip: with 512
    /// bytes or more, any file whose metadata and index take at most 8 MiB opens in two reads.
    #[must_use]
    pub fn with_prefix(length: u64) -> Self {
        Self {
            first: Some(Request::Prefix { length }),
            ..Self::new()
        }
    }

    /// First asks for the last `length` bytes. The answer must be passed to [`supply_suffix`](Self::supply_suffix), which also
    /// takes the length of the file.
    ///
    /// In format 2 they hold a header, and of most files, if there are 64 KiB of them, also the metadata and the index: these open
    /// in this one read, and others in two. Files of format 1 take two or three, since their header is at the beginning.
    #[must_use]
    pub fn with_suffix(length: u64) -> Self {
        Self {
            first: Some(Request::Suffix { length }),
            ..Self::new()
        }
    }

    /// Reads up to `bytes` at once, 8 MiB unless set, before it goes on in pieces.
    ///
    /// Set it to the number of bytes that the source really holds, or to [`u64::MAX`] for a source that states no more than it
    /// holds, as object stores do: all files then open in two reads. The length of a file may be much more than its file system
    /// stores of it, and reading the rest, which is zeros, takes memory.
    #[must_use]
    pub fn with_longest_read(mut self, bytes: u64) -> Self {
        self.longest_read = bytes.max(LONGEST_READ);
        self
    }

    /// Reads of the page index and the miss filter of a file of format 2 only their beginnings and the checksums of their blocks, about a
    /// thousandth of them. A lookup then needs up to three parts of 36 KiB besides its page, unless it finds them supplied: it fails with
    /// [`FormatError::SectionPartMissing`](massmap_format::FormatError::SectionPartMissing) until they are passed to
    /// [`Index::supply`](crate::Index::supply). For single lookups in huge files.
    ///
    /// No effect where all of them have been supplied, as by a [suffix](Self::with_suffix) or a [mapping](Self::of_bytes).
    #[must_use]
    pub const fn with_index_in_parts(mut self) -> Self {
        self.index_in_parts = true;
        self
    }

    /// Asks for exact ranges of a file of this length: two in either format, and one more if the first header is damaged and the
    /// second one is needed.
    #[must_use]
    pub fn with_file_length(length: u64) -> Self {
        Self {
            file_length: Some(length),
            ..Self::new()
        }
    }

    /// Uses `file`, the bytes of the whole file, without copying them: the index shares them. For mapped files.
    #[must_use]
    pub fn of_bytes(file: Bytes) -> Self {
        Self {
            file_length: Some(file.len() as u64),
            parts: Parts::mapping(file),
            ..Self::new()
        }
    }

    /// Continues as far as the supplied bytes allow. If called again before the bytes are supplied, it asks for the same range
    /// again.
    ///
    /// # Errors
    ///
    /// [`ReadError::Format`] if the file is no massmap file or contradicts itself; [`ReadError::UnexpectedEnd`] if it is known to be
    /// too short; [`ReadError::FileLength`] if its end is that of a file of another length; [`ReadError::SectionMemory`].
    pub fn step(&mut self) -> Result<Step, ReadError> {
        if let Some(request) = self.pending.or_else(|| self.first.take()) {
            self.pending = Some(request);
            return Ok(Step::Read(request));
        }
        self.use_second_header()?;
        loop {
            let (offset, length) = match std::mem::replace(&mut self.state, State::Start) {
                State::Done(opened) => return Ok(Step::Done(*opened)),
                state => {
                    self.state = state;
                    self.needed()?
                }
            };
            if let Some(bytes) = self.parts.get(offset, length) {
                let source = match self.parts.is_mapping() {
                    true => Source::Mapped(&bytes),
                    false => Source::Shared(&bytes),
                };
                let progress = self.progress(source)?;
                self.accept_progress(progress)?;
                continue;
            }
            if let Some(file_length) = self
                .file_length
                .filter(|end| offset.saturating_add(length) > *end)
            {
                return Err(ReadError::UnexpectedEnd {
                    offset,
                    length,
                    file_length,
                });
            }
            let request = Request::Range { offset, length };
            self.pending = Some(request);
            return Ok(Step::Read(request));
        }
    }

    /// Goes on from the header at the end of the file, if that has been supplied and counts.
    fn use_second_header(&mut self) -> Result<(), ReadError> {
        if let (State::Start, Some(file_length)) = (&self.state, self.file_length)
            && let Some(header) = headers::supplied_second(&self.parts, file_length)?
        {
            self.state = State::of_header(Header::Pages(header));
        }
        Ok(())
    }

    /// Offset and length of the range needed next. Starts reading in pieces if the range is long and has not been supplied.
    fn needed(&mut self) -> Result<(u64, u64), ReadError> {
        let (parts, longest) = (&self.parts, self.longest_read);
        let is_long = |(offset, length): (u64, u64)| {
            length > longest && !parts.is_mapping() && parts.get(offset, length).is_none()
        };
        Ok(match &mut self.state {
            // A file of format 1 may be shorter than the header of format 2.
            State::Start => match self
                .file_length
                .is_some_and(|length| length >= PagedHeader::SIZE as u64)
            {
                true => (0, PagedHeader::SIZE as u64),
                false => (0, MassMapHeader::SIZE as u64),
            },
            State::PagedHeader => (0, PagedHeader::SIZE as u64),
            State::SecondHeader(_) => {
                let size = PagedHeader::SIZE as u64;
                (self.file_length.unwrap_or(0).saturating_sub(size), size)
            }
            State::Buckets(state) => {
                if state.next_piece().is_none() && is_long(state.metadata()) {
                    state.begin_pieces()?;
                }
                state.next_piece().unwrap_or_else(|| state.metadata())
            }
            State::Pages(state) => {
                if state.is_at_once() {
                    let (offset, length) = state.sections();
                    if self.index_in_parts && parts.get(offset, length).is_none() {
                        state.begin_parts()?;
                    } else if is_long(state.sections()) {
                        state.begin_pieces();
                    }
                }
                state.next_piece()?.unwrap_or_else(|| state.sections())
            }
            State::Done(_) => (0, 0),
        })
    }

    /// Decodes the bytes needed next.
    fn progress(&self, source: Source<'_>) -> Result<Progress, ReadError> {
        let bytes = source.bytes();
        let piece = || match source {
            Source::Borrowed(bytes) => self.copy(bytes).map(Progress::Piece),
            Source::Shared(bytes) | Source::Mapped(bytes) => Ok(Progress::Piece(bytes.clone())),
        };
        Ok(Progress::State(match &self.state {
            State::Start if PagedHeader::is_magic(bytes) && bytes.len() < PagedHeader::SIZE => {
                State::PagedHeader
            }
            State::Start | State::PagedHeader => match headers::first(bytes, self.file_length) {
                Ok(header) => State::of_header(header),
                Err(error) if headers::may_have_second(&error, self.file_length) => {
                    State::SecondHeader(bytes.to_vec())
                }
                Err(error) => return Err(error),
            },
            State::SecondHeader(first) => match headers::second(bytes, self.file_length.unwrap_or(0))? {
                Some(header) => State::of_header(Header::Pages(header)),
                None => State::of_header(headers::first(first, self.file_length)?),
            },
            State::Buckets(state) => match state.next_piece() {
                Some(_) => return piece(),
                None => State::Done(Box::new(state.decode(bytes)?)),
            },
            State::Pages(state) => match state.next_piece()? {
                Some(_) => return piece(),
                None => State::Done(Box::new(state.decode(source)?)),
            },
            State::Done(_) => return piece(),
        }))
    }

    fn accept_progress(&mut self, progress: Progress) -> Result<(), ReadError> {
        let piece = match progress {
            Progress::State(state) => {
                self.state = state;
                return Ok(());
            }
            Progress::Piece(piece) => piece,
        };
        let opened = match &mut self.state {
            State::Buckets(state) => state.add_piece(&piece)?,
            State::Pages(state) => state.add_piece(&piece)?,
            State::Start | State::PagedHeader | State::SecondHeader(_) | State::Done(_) => None,
        };
        if let Some(opened) = opened {
            self.state = State::Done(Box::new(opened));
        }
        Ok(())
    }

    /// Takes the bytes of the range or prefix that [`step`](Self::step) asked for.
    ///
    /// # Errors
    ///
    /// [`ReadError::WrongLength`] if there are fewer or more than requested, or nothing was requested; otherwise those of
    /// [`step`](Self::step).
    pub fn supply(&mut self, bytes: Bytes) -> Result<(), ReadError> {
        let length = bytes.len() as u64;
        match self.pending {
            Some(Request::Prefix { length: most }) if length <= most => {
                if length < most {
                    self.file_length = Some(length);
                }
                self.parts.add(0, bytes);
            }
            _ => {
                self.check_length(bytes.len())?;
                let progress = self.progress(Source::Shared(&bytes))?;
                self.accept_progress(progress)?;
            }
        }
        self.pending = None;
        Ok(())
    }

    /// Takes the suffix that [`step`](Self::step) asked for, and the length of the file.
    ///
    /// # Errors
    ///
    /// [`ReadError::WrongLength`] if `bytes` do not have the length of the suffix of a file of this length, or no suffix was
    /// requested.
    pub fn supply_suffix(&mut self, bytes: Bytes, file_length: u64) -> Result<(), ReadError> {
        let Some(Request::Suffix { length }) = self.pending else {
            return Err(ReadError::NotRequested);
        };
        let expected = length.min(file_length);
        if expected != bytes.len() as u64 {
            let found = bytes.len();
            return Err(ReadError::WrongLength { expected, found });
        }
        self.file_length = Some(file_length);
        self.parts.add(file_length - expected, bytes);
        self.pending = None;
        Ok(())
    }

    /// Decodes the bytes of the range that [`step`](Self::step) asked for, and copies only what the index needs. Pass the result
    /// to [`accept`](Self::accept). For bytes that can only be borrowed. May be called several times.
    ///
    /// # Errors
    ///
    /// Those of [`supply`](Self::supply).
    pub fn decode(&self, bytes: &[u8]) -> Result<Decoded, ReadError> {
        self.check_length(bytes.len())?;
        self.progress(Source::Borrowed(bytes)).map(Decoded)
    }

    /// Continues with the result of [`decode`](Self::decode).
    ///
    /// # Errors
    ///
    /// Those of [`supply`](Self::supply).
    pub fn accept(&mut self, Decoded(progress): Decoded) -> Result<(), ReadError> {
        self.pending = None;
        self.accept_progress(progress)
    }

    /// Checks that this many bytes of a range were asked for.
    fn check_length(&self, found: usize) -> Result<(), ReadError> {
        match self.pending {
            Some(Request::Range { length, .. }) if length == found as u64 => Ok(()),
            Some(Request::Range { length, .. } | Request::Prefix { length }) => Err(ReadError::WrongLength {
                expected: length,
                found,
            }),
            Some(Request::Suffix { .. }) | None => Err(ReadError::NotRequested),
        }
    }

    /// A copy of a piece.
    fn copy(&self, piece: &[u8]) -> Result<Bytes, ReadError> {
        let length = piece.len() as u64;
        let offset = match self.pending {
            Some(Request::Range { offset, .. }) => offset,
            _ => 0,
        };
        let mut copy = Vec::new();
        copy.try_reserve_exact(piece.len())
            .map_err(|_| ReadError::SectionMemory { offset, length })?;
        copy.extend_from_slice(piece);
        Ok(copy.into())
    }
}

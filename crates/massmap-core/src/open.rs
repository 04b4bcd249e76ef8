//! Opening a file: which ranges to read, and what their bytes say.

mod buckets;
pub(crate) mod opened;
mod pages;
mod source;

use bytes::Bytes;
use massmap_format::{MassMapHeader, PagedHeader};

use crate::ReadError;

use buckets::OpeningBuckets;
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
/// The bytes may come from anywhere, one range after the other. [`new`](Self::new) is for sources that read exactly what they are
/// asked for, such as files: two reads for format 1 and three for format 2, whatever the size of the map. If a round trip is
/// costly, [`with_prefix`](Self::with_prefix) takes two. Long parts are read in pieces. No piece is longer than the valid bytes
/// before it, so memory is bounded by a small multiple of the file's real size.
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
    Pages(Box<OpeningPages>),
    Done(Box<Opened>),
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

    /// First asks for the last `length` bytes, which hold the metadata and the index of most files. The answer must be passed to
    /// [`supply_suffix`](Self::supply_suffix), which also takes the length of the file.
    ///
    /// The header, at the start of the file, takes a second read unless the whole file fits.
    #[must_use]
    pub fn with_suffix(length: u64) -> Self {
        Self {
            first: Some(Request::Suffix { length }),
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
    /// too short; [`ReadError::SectionMemory`].
    pub fn step(&mut self) -> Result<Step, ReadError> {
        if let Some(request) = self.pending.or_else(|| self.first.take()) {
            self.pending = Some(request);
            return Ok(Step::Read(request));
        }
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

    /// Offset and length of the range needed next. Starts reading in pieces if the range is long and has not been supplied.
    fn needed(&mut self) -> Result<(u64, u64), ReadError> {
        let parts = &self.parts;
        let is_long = |(offset, length): (u64, u64)| {
            length > LONGEST_READ && !parts.is_mapping() && parts.get(offset, length).is_none()
        };
        Ok(match &mut self.state {
            // A file of format 1 may be shorter than the header of format 2.
            State::Start => (0, MassMapHeader::SIZE as u64),
            State::PagedHeader => (0, PagedHeader::SIZE as u64),
            State::Buckets(state) => {
                if state.next_piece().is_none() && is_long(state.metadata()) {
                    state.begin_pieces()?;
                }
                state.next_piece().unwrap_or_else(|| state.metadata())
            }
            State::Pages(state) => {
                if state.next_piece()?.is_none() && is_long(state.sections()) {
                    state.begin_pieces();
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
            State::Start if PagedHeader::is_magic(bytes) => State::PagedHeader,
            State::Start => {
                let header = MassMapHeader::decode(bytes)?;
                header.validate()?;
                State::Buckets(Box::new(OpeningBuckets::new(header)))
            }
            State::PagedHeader => State::Pages(Box::new(OpeningPages::new(PagedHeader::decode(bytes)?))),
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
            State::Start | State::PagedHeader | State::Done(_) => None,
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

//! Writing objects to stores.

mod part;
mod part_sizes;
mod upload;

use std::collections::VecDeque;
use std::io::{Error, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use massmap_io::MassMapWriter;
use object_store::ObjectStore;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;

use crate::error::RemoteError;
use crate::readers::object_store::url::{ObjectUrl, UploadStore};
use part::Part;
use part_sizes::{MOST_PARTS, PartSizes};
use upload::{Sent, Upload};

/// Writes an object to a store of the crate [`object_store`]: S3, Google Cloud Storage, Azure and whatever else implements
/// [`MultipartStore`]. Builders and mergers write maps with it.
///
/// **Whole or not at all.** The object appears, or replaces an older one, in [`finish`](Self::finish) and not before. After any error,
/// and if the writer is dropped, what was sent is removed from the store. If that fails, too, the error says so
/// ([`RemoteError::PartsLeft`]); nobody says it if the process is killed. Have therefore a rule for the bucket that aborts incomplete
/// uploads after some days: they cost money and are in no listing.
///
/// **Order.** Bytes are to be written from the start of the object to its end. What was not sent yet may be written again: all of the first
/// part, which is sent last, and what was written since the part before the current one. Builders and mergers need no more: they write a
/// header when everything else is there. Other orders are errors.
///
/// **Requests and memory.** An object of up to 8 MiB is one `PUT`. A larger one is sent in parts of 8 MiB, which become twice as long
/// after each thousand, so that the 10,000 parts that stores take hold 7 TiB; see [`with_part_size`](Self::with_part_size). Parts are sent in
/// the background, several at a time, and whoever writes faster waits. In memory are the first part, the current one, and what is being
/// sent: some 100 MiB for objects of up to 56 GiB, and a four-hundredth of the object for larger ones. There is no `HEAD`.
///
/// **Threads, retries, forks** are as for [`BlockingReader`](crate::BlockingReader) and [`ObjectReader`](crate::ObjectReader).
///
/// ```
/// use std::sync::Arc;
///
/// use massmap_async::object_store::{memory::InMemory, path::Path};
/// use massmap_async::{AsyncReader, BlockingReader, ObjectReader, ObjectWriter};
/// use massmap_io::{MassMapReader, MassMapWriter};
///
/// let (store, path) = (Arc::new(InMemory::new()), Path::from("maps/alphabet"));
/// let writer = ObjectWriter::new(store.clone(), path.clone(), "memory:maps/alphabet")?;
/// writer.write_all_at(b"------", 0)?;
/// writer.write_all_at(b"ghi", 6)?;
/// writer.write_all_at(b"abcdef", 0)?;
/// writer.finish()?;
///
/// let reader = BlockingReader::open(ObjectReader::new(store, path, "memory:maps/alphabet"))?;
/// assert_eq!(reader.read_exact_at(4, 4, |bytes| Ok(bytes.to_vec()))?, b"efgh");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ObjectWriter {
    upload: Upload,
    sizes: PartSizes,
    most_in_flight: u64,
    written: Mutex<Written>,
}

/// What was written, and how much of it was sent.
#[derive(Debug)]
enum Written {
    Open(Parts),
    /// An error has ended it.
    Failed,
    /// The object is there.
    Finished,
}

/// The parts of an object.
#[derive(Debug, Default)]
struct Parts {
    /// Number 0, which is sent last.
    first: Part,
    /// The one after those that were sent.
    current: Part,
    /// Number of bytes between the first part and the current one.
    sent: u64,
    /// Those that were sent before, from number 1.
    stored: Vec<PartId>,
    /// Those that are being sent, after these, with their lengths.
    in_flight: VecDeque<(u64, Sent)>,
}

impl Parts {
    /// The number of the current part.
    fn current_number(&self) -> usize {
        1 + self.stored.len() + self.in_flight.len()
    }
}

impl ObjectWriter {
    /// A writer of the object at `path` in `store`. No request is sent yet.
    ///
    /// `location` is what messages call it: a name without passwords, such as the URL.
    ///
    /// # Errors
    ///
    /// Any error of the system, which may have no thread left for requests.
    pub fn new<S: ObjectStore + MultipartStore>(
        store: Arc<S>,
        path: Path,
        location: impl Into<String>,
    ) -> Result<Self> {
        Self::to(store, path, location.into())
    }

    /// A writer of the object at a URL, as [`ObjectUrl::parse`] understands it. No request is sent yet.
    ///
    /// # Errors
    ///
    /// Those of [`ObjectUrl::parse`] and of [`to_object`](Self::to_object).
    pub fn from_url(url: &str) -> Result<Self> {
        Self::to_object(ObjectUrl::parse(url)?)
    }

    /// A writer of an object that a URL names. No request is sent yet.
    ///
    /// # Errors
    ///
    /// - [`RemoteError::NotWritable`] for URLs of plain HTTP, which has no way to write a large object whole or not at all, and of files,
    ///   for which there is [`AtomicFile`](massmap_io::AtomicFile);
    /// - any error of the system, which may have no thread left for requests.
    pub fn to_object(url: ObjectUrl) -> Result<Self> {
        match url.uploads {
            Some(store) => Self::to(store, url.path, url.location),
            None => {
                let reason = match url.location.starts_with("file:") {
                    true => "it is a file: give its path to a writer of files",
                    false => {
                        "plain HTTP has no way to write an object whole or not at all: give the URL of a store, such as s3://, gs:// or az://"
                    }
                };
                let location = url.location;
                Err(RemoteError::NotWritable { location, reason }.into())
            }
        }
    }

    fn to(store: Arc<dyn UploadStore>, path: Path, location: String) -> Result<Self> {
        Ok(Self {
            upload: Upload::new(store, path, location)?,
            sizes: PartSizes::Growing,
            most_in_flight: 64 << 20,
            written: Mutex::new(Written::Open(Parts::default())),
        })
    }

    /// Makes all parts but the last equally long, in bytes: from 5 MiB to 4000 MiB; other lengths are rounded to these. An object is no
    /// longer than 10,000 of them. To be set before anything is written.
    ///
    /// Some stores demand equal parts, such as Cloudflare R2. Unless set, parts become longer after 8 GiB, and such a store refuses the
    /// object then.
    #[must_use]
    pub fn with_part_size(mut self, bytes: u64) -> Self {
        self.sizes = PartSizes::equal(bytes);
        self
    }

    /// Most bytes that are being sent at a time; 64 MiB unless set. One part is sent at least.
    #[must_use]
    pub fn with_bytes_in_flight(mut self, bytes: u64) -> Self {
        self.most_in_flight = bytes;
        self
    }

    /// Sends what was not sent yet, and makes the object appear.
    ///
    /// # Errors
    ///
    /// [`RemoteError::Write`] if the store refuses a part or the object; then nothing is left of it, and an older object at its place is as it
    /// was. If a store completes an upload and the answer is lost, an error is returned although the new object is there.
    /// [`RemoteError::GivenUp`] after a write that failed, and after [`abort`](Self::abort). A second call does nothing.
    pub fn finish(&self) -> Result<()> {
        let mut written = self.written();
        let finished = match std::mem::replace(&mut *written, Written::Failed) {
            Written::Open(parts) => self.send_rest(parts),
            Written::Failed => Err(self.upload.given_up()),
            Written::Finished => Ok(()),
        };
        match finished {
            Ok(()) => {
                *written = Written::Finished;
                Ok(())
            }
            Err(error) => Err(self.upload.give_up_after(error)),
        }
    }

    /// Removes what was sent. Later writes are errors, and so is one that is waiting in another thread. Does nothing to a finished object.
    ///
    /// Dropping the writer does the same, but tells nobody if it fails.
    ///
    /// # Errors
    ///
    /// [`RemoteError::PartsLeft`] if the store does not do it.
    pub fn abort(&self) -> Result<()> {
        self.upload.give_up()
    }

    /// The URL or other name of the object.
    pub fn location(&self) -> &str {
        self.upload.location()
    }

    fn send_rest(&self, mut parts: Parts) -> Result<()> {
        if parts.current_number() == 1 && parts.current.len() == 0 {
            return self.upload.put(parts.first.into_payload());
        }
        if parts.current.len() > 0 {
            self.send_current(&mut parts)?;
        }
        while !parts.in_flight.is_empty() {
            self.wait_for_oldest(&mut parts)?;
        }
        // The header is in it.
        let sent = self.upload.send(0, parts.first.into_payload())?;
        let mut ids = vec![self.upload.wait(0, &sent)?];
        ids.append(&mut parts.stored);
        self.upload.complete(ids)
    }

    fn write(&self, parts: &mut Parts, data: &[u8], offset: u64) -> Result<()> {
        let first_length = self.sizes.of(0);
        let (mut rest, mut position) = (data, offset);
        while !rest.is_empty() {
            let behind_sent = position.checked_sub(first_length + parts.sent);
            let (part, within, length) = match behind_sent {
                None if position < first_length && position <= parts.first.len() => {
                    (&mut parts.first, position, first_length)
                }
                Some(within) if parts.first.len() == first_length && within <= parts.current.len() => {
                    let length = self.sizes.of(parts.current_number());
                    if within == length {
                        self.send_current(parts)?;
                        continue;
                    }
                    (&mut parts.current, within, length)
                }
                _ => return Err(self.out_of_order(parts, data, offset)),
            };
            let room = usize::try_from(length - within).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at(room.min(rest.len()));
            part.write(within, now);
            position += now.len() as u64;
            rest = later;
        }
        Ok(())
    }

    /// Sends the current part, and begins another one.
    fn send_current(&self, parts: &mut Parts) -> Result<()> {
        let number = parts.current_number();
        if number >= MOST_PARTS {
            return Err(RemoteError::TooManyParts {
                location: self.location().to_owned(),
                parts: MOST_PARTS,
                most: self.sizes.most(),
            }
            .into());
        }
        let length = parts.current.len();
        while !parts.in_flight.is_empty()
            && parts.in_flight.iter().map(|(length, _)| length).sum::<u64>() + length > self.most_in_flight
        {
            self.wait_for_oldest(parts)?;
        }
        let payload = std::mem::take(&mut parts.current).into_payload();
        parts.sent += length;
        let sent = self.upload.send(number, payload)?;
        parts.in_flight.push_back((length, sent));
        Ok(())
    }

    fn wait_for_oldest(&self, parts: &mut Parts) -> Result<()> {
        let number = 1 + parts.stored.len();
        if let Some((_, sent)) = parts.in_flight.pop_front() {
            parts.stored.push(self.upload.wait(number, &sent)?);
        }
        Ok(())
    }

    fn out_of_order(&self, parts: &Parts, data: &[u8], offset: u64) -> Error {
        let held_from = parts.first.len() + parts.sent;
        RemoteError::OutOfOrder {
            location: self.location().to_owned(),
            offset,
            length: data.len() as u64,
            held_first: parts.first.len(),
            held_from,
            end: held_from + parts.current.len(),
        }
        .into()
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        // Nothing panics while it is half changed.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MassMapWriter for ObjectWriter {
    fn write_all_at(&self, data: &[u8], offset: u64) -> Result<()> {
        let mut written = self.written();
        let result = match &mut *written {
            Written::Open(parts) => self.write(parts, data, offset),
            Written::Failed => return Err(self.upload.given_up()),
            Written::Finished => {
                let location = self.location().to_owned();
                return Err(RemoteError::Finished { location }.into());
            }
        };
        result.map_err(|error| {
            *written = Written::Failed;
            self.upload.give_up_after(error)
        })
    }
}

impl Drop for ObjectWriter {
    fn drop(&mut self) {
        // A rule of the bucket does it where this fails.
        let _ = self.abort();
    }
}

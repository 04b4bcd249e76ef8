//! Objects in stores.

mod answer;
mod body;
pub(crate) mod failure;
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
mod lenient;
mod pinned;
#[cfg(feature = "http")]
mod secrets;
pub(crate) mod url;

use std::io::{Error, Result};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::FutureExt;
use massmap_io::IoError;
use object_store::path::Path;
use object_store::{Attribute, Error as StoreError, GetOptions, GetRange, ObjectStore};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::RemoteError;
use crate::reader::{AsyncReader, Suffix};
use answer::{Answer, Asked, Got, NoAnswer};
use failure::{OfRange, kind_of, of_range, telling};
use pinned::Pinned;
use url::ObjectUrl;

/// What is read first where a store cannot be asked for the end of an object, which tells how long it is. In bytes.
const PREFIX: u64 = 64 << 10;

/// Requests in flight unless set otherwise.
const MOST_IN_FLIGHT: usize = 256;

/// The advice where answers contradict themselves.
const FAULTY: &str = "the server or a proxy is faulty";

/// The most bytes that a suffix is asked for, since servers take numbers of 64 bits for nonsense. No object is longer.
const LONGEST_SUFFIX: u64 = 1 << 62;

/// Reads an object from a store of the crate [`object_store`]: S3, Google Cloud Storage, Azure, plain HTTP, files, memory and whatever else
/// implements [`ObjectStore`].
///
/// **One version.** The first answer tells which version of the object it is of. All later requests carry the condition `If-Match` with its
/// ETag, and what their answers say is compared with it, so that a store that ignores the condition is noticed, too. Where the ETag is weak
/// or missing, the version is that of the store if it has such; otherwise the time of the last change and the length are compared, and the
/// [`VersionTag`](crate::VersionTag) is not strong. A strong ETag is taken at its word; that of nginx, and of files of this machine, is made
/// of a time and a length, so that a file that is replaced within a second by one of the same length may keep it. The checksums of a map
/// of format 2 then tell its pages from those of the other file, if they are checked at every read, as they are unless told otherwise.
///
/// **Requests.** Each read is one `GET` of a range; no `HEAD` is ever sent. [`read_suffix`](AsyncReader::read_suffix) is one as well, and
/// two in Azure for objects of more than 64 KiB, since Azure cannot be asked for the end of an object. An answer of another range or of
/// the whole object is an error, and so is a body that is shorter or longer than the range. No memory is allocated for bytes that a store
/// only promises.
///
/// **Retries and timeouts** are those of the store. Unless told otherwise (`RetryConfig` and `ClientOptions` of `object_store`), it retries
/// a request 10 times within 3 minutes, after pauses that grow from 100 ms to 15 s, if the server answers with 5xx, 429 or 408, or not
/// at all; it gives up a connection after 5 s and an answer after 30 s. A body that breaks off is resumed where it ended if the object has
/// an ETag, and read once more from the beginning of the range otherwise.
///
/// Stores that send requests do so within a runtime of tokio with its drivers enabled: call the methods within one, or use
/// [`BlockingReader`](crate::BlockingReader).
///
/// ```
/// use massmap_async::object_store::memory::InMemory;
/// use massmap_async::object_store::{ObjectStoreExt, path::Path};
/// use massmap_async::{AsyncReader, ObjectReader};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (store, path) = (std::sync::Arc::new(InMemory::new()), Path::from("maps/alphabet"));
/// store.put(&path, "abcdefghijklmnopqrstuvwxyz".into()).await?;
///
/// let reader = ObjectReader::new(store.clone(), path.clone(), "memory:maps/alphabet");
/// let suffix = reader.read_suffix(3).await?;
/// assert_eq!((&suffix.bytes[..], suffix.file_length), (&b"xyz"[..], 26));
///
/// store.put(&path, "ABCDEFGHIJKLMNOPQRSTUVWXYZ".into()).await?;
/// let error = reader.read(0..3).await.unwrap_err();
/// assert!(error.to_string().starts_with("memory:maps/alphabet was replaced since it was opened"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ObjectReader {
    store: Arc<dyn ObjectStore>,
    path: Path,
    /// Without passwords.
    location: Arc<str>,
    /// The version of the first answer. Clones read the same one.
    pinned: Arc<OnceLock<Pinned>>,
    /// One permit for each request that may be sent before others are answered.
    in_flight: Arc<Semaphore>,
    most_in_flight: usize,
}

impl ObjectReader {
    /// A reader of the object at `path` in `store`. No request is sent yet.
    ///
    /// `location` is what messages call it, and what tells objects apart in a cache: a name without passwords, such as the URL.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, path: Path, location: impl Into<String>) -> Self {
        Self {
            store,
            path,
            location: location.into().into(),
            pinned: Arc::new(OnceLock::new()),
            in_flight: Arc::new(Semaphore::new(MOST_IN_FLIGHT)),
            most_in_flight: MOST_IN_FLIGHT,
        }
    }

    /// Sends up to `requests` requests before others are answered, and lets more wait; 256 unless set, 1 at least. Clones that are made
    /// afterwards share them.
    ///
    /// Each takes a connection of its own from servers of HTTP/1.1, such as S3, and processes may often open no more than 1024 files.
    #[must_use]
    pub fn with_requests_in_flight(mut self, requests: usize) -> Self {
        self.most_in_flight = requests.clamp(1, Semaphore::MAX_PERMITS);
        self.in_flight = Arc::new(Semaphore::new(self.most_in_flight));
        self
    }

    /// A reader of the same object and the same version through another store, such as one with connections of its own in a process that
    /// was forked. It shares no requests in flight with this one, of which there may be as many.
    #[must_use]
    pub fn through(&self, store: Arc<dyn ObjectStore>) -> Self {
        let pinned = match self.pinned.get() {
            Some(pinned) => OnceLock::from(pinned.clone()),
            None => OnceLock::new(),
        };
        Self {
            store,
            path: self.path.clone(),
            location: Arc::clone(&self.location),
            pinned: Arc::new(pinned),
            in_flight: Arc::new(Semaphore::new(self.most_in_flight)),
            most_in_flight: self.most_in_flight,
        }
    }

    /// A reader of the object at a URL, as [`ObjectUrl::parse`] understands it. No request is sent yet.
    ///
    /// ```
    /// # #[cfg(feature = "fs")] {
    /// use massmap_async::{AsyncReader, ObjectReader};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("alphabet");
    /// std::fs::write(&path, "abcdefghijklmnopqrstuvwxyz")?;
    /// let reader = ObjectReader::from_url(&format!("file://{}", path.display()))?;
    /// assert_eq!(reader.read(0..3).await?, "abc");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`ObjectUrl::parse`].
    pub fn from_url(url: &str) -> Result<Self> {
        ObjectUrl::parse(url).map(Self::from)
    }

    /// The answer to one request for a range, or for what there is of the object besides its bytes.
    async fn get(&self, range: Option<GetRange>, asked: &Asked) -> Got {
        let (reader, asked) = (self.clone(), asked.clone());
        let request = async move {
            let _permit = reader.in_flight.acquire().await.expect("it is never closed");
            // Takes no memory before its turn.
            Box::pin(reader.request(range, &asked)).await
        };
        let Ok(runtime) = Handle::try_current() else {
            return request.await;
        };
        // A task of its own goes on even if this future is not polled for a while, like those of a stream whose results are not taken. Otherwise
        // it would keep its permit from others that its program waits for. Dropping the set ends the task.
        let mut task = JoinSet::new();
        task.spawn_on(request, &runtime);
        match task.join_next().await {
            Some(Ok(got)) => got,
            Some(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
            _ => Err(Error::other("the runtime is being shut down").into()),
        }
    }

    /// Makes the request, and once more if its body breaks off where the store does not resume it.
    async fn request(&self, range: Option<GetRange>, asked: &Asked) -> Got {
        let mut is_repeated = false;
        loop {
            let mut options = GetOptions {
                range: range.clone(),
                ..GetOptions::default()
            };
            if let Some(pinned) = self.pinned.get() {
                pinned.add_conditions(&mut options);
            }
            // Where overflows are checked, object_store panics if a `Content-Range` ends at the largest number.
            let answer = AssertUnwindSafe(self.store.get_opts(&self.path, options)).catch_unwind();
            let Ok(answer) = answer.await else {
                return Err(self
                    .wrong(asked, "what no client understands".to_owned(), FAULTY)
                    .into());
            };
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    return match of_range(&error) {
                        Some(meaning) if range.is_some() => Err(NoAnswer::Range(meaning, error)),
                        _ => Err(self.failed(error, asked).into()),
                    };
                }
            };
            let found = Pinned::new(&answer.meta);
            self.check_version(&found)?;
            if range.is_none() {
                return Ok(Answer {
                    bytes: Bytes::new(),
                    start: 0,
                    found,
                });
            }
            let (start, end) = (answer.range.start, answer.range.end);
            let resumes = answer.meta.e_tag.is_some();
            let encoding = answer.attributes.get(&Attribute::ContentEncoding).cloned();
            match body::collect(answer).await {
                Ok(bytes) => {
                    let expected = end.saturating_sub(start);
                    if bytes.len() as u64 != expected {
                        let comparison = match (bytes.len() as u64) < expected {
                            true => format!("only {} of {expected} bytes", bytes.len()),
                            false => format!("more than {expected} bytes"),
                        };
                        return Err(match encoding {
                            Some(encoding) => {
                                let found = format!("{comparison}, encoded as {}", encoding.as_ref());
                                self.wrong(asked, found, "have it served without compression")
                            }
                            None => self.wrong(asked, comparison, FAULTY),
                        }
                        .into());
                    }
                    return Ok(Answer { bytes, start, found });
                }
                // The store resumes bodies of objects with an ETag, and has given up. Others are read from the beginning again.
                Err(_) if !resumes && !is_repeated => is_repeated = true,
                Err(error) => return Err(self.failed(error, asked).into()),
            }
        }
    }

    /// Takes the version of an answer for that of the object if it is the first one, and compares it with that otherwise.
    fn check_version(&self, found: &Pinned) -> Result<()> {
        // Of two first answers at the same time, one is the first.
        let pinned = self.pinned.get_or_init(|| found.clone());
        match pinned.is_same(found) {
            true => Ok(()),
            false => Err(self.changed(pinned, found.to_string())),
        }
    }

    /// The last bytes where ranges cannot count from the end: the first bytes tell the length.
    async fn suffix_from_start(&self, length: u64) -> Got {
        let file_length = match self.pinned.get() {
            Some(pinned) => pinned.length,
            None => {
                let prefix = self.get_range(0..PREFIX).await?;
                if prefix.bytes.len() as u64 == prefix.found.length {
                    return Ok(prefix);
                }
                prefix.found.length
            }
        };
        // Of an empty object, too, a range that is not empty is asked for.
        self.get_range(file_length.saturating_sub(length)..file_length.max(1))
            .await
    }

    async fn get_range(&self, range: Range<u64>) -> Got {
        let asked = Asked::Range(range.clone());
        self.get(Some(GetRange::Bounded(range)), &asked).await
    }

    /// The suffix of an object that has no bytes at all, as a store may mean by its answer to a range.
    async fn empty(&self, meaning: OfRange, error: StoreError, asked: &Asked) -> Result<Suffix> {
        let answer = self.get(None, &Asked::All).await;
        match answer {
            Ok(Answer { bytes, found, .. }) if found.length == 0 => Ok(Suffix {
                bytes,
                file_length: 0,
                version: found.tag(),
            }),
            Ok(_) if meaning == OfRange::NoBytes => {
                Err(self.wrong(asked, "none of its bytes".to_owned(), FAULTY))
            }
            Ok(_) => Err(self.of_range(meaning, error, asked)),
            Err(error) => Err(self.without_answer(error, &Asked::All)),
        }
    }

    /// The error of a request that has no answer.
    fn without_answer(&self, error: NoAnswer, asked: &Asked) -> Error {
        match error {
            NoAnswer::Range(meaning, error) => self.of_range(meaning, error, asked),
            NoAnswer::Error(error) => error,
        }
    }

    /// The error of a store that does not treat a range as it should.
    fn of_range(&self, meaning: OfRange, error: StoreError, asked: &Asked) -> Error {
        match (meaning, self.pinned.get()) {
            (OfRange::Whole, _) => self.wrong(
                asked,
                "the whole file".to_owned(),
                "have it served by a server that answers range requests",
            ),
            (OfRange::NoBytes, Some(pinned)) => self.changed(pinned, "shorter".to_owned()),
            (OfRange::NoBytes, None) => self.wrong(asked, "none of its bytes".to_owned(), FAULTY),
            (OfRange::NotAsked, _) => self.failed(error, asked),
        }
    }

    fn changed(&self, pinned: &Pinned, found: String) -> Error {
        RemoteError::Changed {
            location: self.location.to_string(),
            opened: pinned.to_string(),
            found,
        }
        .into()
    }

    fn wrong(&self, asked: &Asked, found: String, advice: &'static str) -> Error {
        RemoteError::WrongAnswer {
            location: self.location.to_string(),
            asked: asked.to_string(),
            found,
            advice,
        }
        .into()
    }

    fn failed(&self, error: StoreError, asked: &Asked) -> Error {
        match (telling(&error), self.pinned.get()) {
            (StoreError::Precondition { .. }, Some(pinned)) => {
                return self.changed(pinned, "another version".to_owned());
            }
            (StoreError::NotFound { .. }, Some(pinned)) => {
                return self.changed(pinned, "removed".to_owned());
            }
            _ => {}
        }
        RemoteError::Store {
            location: self.location.to_string(),
            asked: asked.to_string(),
            kind: kind_of(&error),
            source: Arc::new(error),
        }
        .into()
    }
}

impl AsyncReader for ObjectReader {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let length = range.end.saturating_sub(range.start);
        if length == 0 {
            return Ok(Bytes::new());
        }
        if let Some(pinned) = self.pinned.get()
            && range.end > pinned.length
        {
            return Err(beyond(&range, pinned.length));
        }
        match self.get_range(range.clone()).await {
            Ok(answer) if answer.start == range.start && answer.bytes.len() as u64 == length => {
                Ok(answer.bytes)
            }
            Ok(answer) if range.end > answer.found.length => Err(beyond(&range, answer.found.length)),
            Ok(answer) => {
                let found = format!("{} bytes from {}", answer.bytes.len(), answer.start);
                Err(self.wrong(&Asked::Range(range), found, FAULTY))
            }
            // How long it is instead is not known.
            Err(NoAnswer::Range(OfRange::NoBytes, _)) if self.pinned.get().is_none() => {
                Err(beyond(&range, range.start))
            }
            Err(error) => Err(self.without_answer(error, &Asked::Range(range))),
        }
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        // No range is empty, and how long the file is shall be told anyway.
        let wanted = length.clamp(1, LONGEST_SUFFIX);
        let asked = Asked::Suffix(wanted);
        let answer = match self.get(Some(GetRange::Suffix(wanted)), &asked).await {
            Err(NoAnswer::Range(OfRange::NotAsked, _)) => self.suffix_from_start(wanted).await,
            answer => answer,
        };
        let Answer { bytes, start, found } = match answer {
            Ok(answer) => answer,
            Err(NoAnswer::Range(meaning @ (OfRange::NoBytes | OfRange::Whole), error)) => {
                return self.empty(meaning, error, &asked).await;
            }
            Err(error) => return Err(self.without_answer(error, &asked)),
        };
        let file_length = found.length;
        let least = wanted.min(file_length);
        if start.checked_add(bytes.len() as u64) != Some(file_length) || (bytes.len() as u64) < least {
            let found = format!("{} bytes from {start} of {file_length}", bytes.len());
            return Err(self.wrong(&asked, found, FAULTY));
        }
        let surplus = usize::try_from(length).map_or(0, |length| bytes.len().saturating_sub(length));
        Ok(Suffix {
            bytes: bytes.slice(surplus..),
            file_length,
            version: found.tag(),
        })
    }

    fn location(&self) -> &str {
        &self.location
    }
}

impl From<ObjectUrl> for ObjectReader {
    fn from(url: ObjectUrl) -> Self {
        Self::new(url.store, url.path, url.location)
    }
}

/// The error of a range beyond the end.
fn beyond(range: &Range<u64>, file_length: u64) -> Error {
    IoError::UnexpectedEnd {
        offset: range.start,
        length: range.end.saturating_sub(range.start),
        available: file_length.saturating_sub(range.start),
    }
    .into()
}

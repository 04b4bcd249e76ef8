//! Objects in memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// An object, and what the server says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub(crate) bytes: Bytes,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

impl Object {
    /// An object with a strong ETag that no other object has, changed last on the first day of 2024.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self {
            bytes: bytes.into(),
            etag: Some(format!("\"version-{}\"", NEXT.fetch_add(1, Ordering::Relaxed))),
            last_modified: Some("Mon, 01 Jan 2024 00:00:00 GMT".to_owned()),
        }
    }

    /// With this ETag, quotes included and `W/` before them if it is weak.
    #[must_use]
    pub fn with_etag(mut self, etag: &str) -> Self {
        self.etag = Some(etag.to_owned());
        self
    }

    /// Without an ETag.
    #[must_use]
    pub fn without_etag(mut self) -> Self {
        self.etag = None;
        self
    }

    /// With this time of the last change, as HTTP writes it.
    #[must_use]
    pub fn with_last_modified(mut self, time: &str) -> Self {
        self.last_modified = Some(time.to_owned());
        self
    }

    /// Without a time of the last change.
    #[must_use]
    pub fn without_last_modified(mut self) -> Self {
        self.last_modified = None;
        self
    }

    /// Its content.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its ETag.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }
}

/// The objects of a server, by path. A clone is of the same objects.
#[derive(Debug, Clone, Default)]
pub struct Objects(Arc<Mutex<HashMap<String, Object>>>);

impl Objects {
    /// Puts an object at `path`, instead of what is there.
    pub fn put(&self, path: &str, object: Object) {
        self.lock().insert(path.to_owned(), object);
    }

    /// Removes the object at `path`.
    pub fn remove(&self, path: &str) -> Option<Object> {
        self.lock().remove(path)
    }

    /// The object at `path`. Its bytes are not copied.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Object> {
        self.lock().get(path).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Object>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

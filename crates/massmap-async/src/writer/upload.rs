//! The upload of an object: what its store knows of it.

use std::fmt;
use std::io::{Error, Result};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{Error as StoreError, MultipartId, ObjectStoreExt, PutPayload};
use tokio::task::JoinHandle;

use crate::error::RemoteError;
use crate::readers::blocking::runtime::Driver;
use crate::readers::object_store::failure::kind_of;
use crate::readers::object_store::url::UploadStore;

/// An object that is being written to a store. There is nothing in the store before the first part.
pub(super) struct Upload {
    store: Arc<dyn UploadStore>,
    path: Path,
    location: String,
    driver: Driver,
    progress: Mutex<Progress>,
}

/// How far an upload is.
#[derive(Debug)]
enum Progress {
    NotBegun,
    Begun {
        id: MultipartId,
        /// Those that send parts; some may have ended.
        tasks: Vec<JoinHandle<()>>,
    },
    /// The object is in the store.
    Complete,
    GivenUp,
}

/// A part that is being sent.
pub(super) type Sent = Receiver<std::result::Result<PartId, StoreError>>;

impl Upload {
    pub(super) fn new(store: Arc<dyn UploadStore>, path: Path, location: String) -> Result<Self> {
        Ok(Self {
            store,
            path,
            location,
            driver: Driver::new(None)?,
            progress: Mutex::new(Progress::NotBegun),
        })
    }

    pub(super) fn location(&self) -> &str {
        &self.location
    }

    /// Sends a part, in the background. The first one begins the upload.
    pub(super) fn send(&self, part: usize, payload: PutPayload) -> Result<Sent> {
        let mut progress = self.progress();
        if matches!(*progress, Progress::NotBegun) {
            let id = self.driver.wait(self.store.create_multipart(&self.path))?;
            let id = id.map_err(|error| self.failed("beginning the upload".to_owned(), error))?;
            *progress = Progress::Begun {
                id,
                tasks: Vec::new(),
            };
        }
        let Progress::Begun { id, tasks } = &mut *progress else {
            return Err(self.given_up());
        };
        let (store, path, id) = (Arc::clone(&self.store), self.path.clone(), id.clone());
        let (sender, sent) = mpsc::sync_channel(1);
        tasks.retain(|task| !task.is_finished());
        tasks.push(self.driver.spawn(async move {
            let result = store.put_part(&path, &id, part, payload).await;
            // Fails if nobody waits for it any longer.
            let _ = sender.send(result);
        })?);
        Ok(sent)
    }

    /// Waits until a part is in the store.
    pub(super) fn wait(&self, part: usize, sent: &Sent) -> Result<PartId> {
        match sent.recv() {
            Ok(result) => result.map_err(|error| self.failed(format!("part {}", part + 1), error)),
            // The task was ended.
            Err(_) => Err(self.given_up()),
        }
    }

    /// Makes the object of its parts. They must be complete.
    pub(super) fn complete(&self, parts: Vec<PartId>) -> Result<()> {
        let mut progress = self.progress();
        let Progress::Begun { id, .. } = &*progress else {
            return Err(self.given_up());
        };
        let completed = self
            .driver
            .wait(self.store.complete_multipart(&self.path, id, parts))?;
        completed.map_err(|error| self.failed("completing the upload".to_owned(), error))?;
        *progress = Progress::Complete;
        Ok(())
    }

    /// Writes all of an object with one request.
    pub(super) fn put(&self, payload: PutPayload) -> Result<()> {
        let mut progress = self.progress();
        if !matches!(*progress, Progress::NotBegun) {
            return Err(self.given_up());
        }
        let put = self.driver.wait(self.store.put(&self.path, payload))?;
        put.map_err(|error| self.failed("writing the object".to_owned(), error))?;
        *progress = Progress::Complete;
        Ok(())
    }

    /// Ends what is being sent, and removes the parts from the store. Does nothing if the object is complete, and in a forked process,
    /// which has no part in the upload.
    pub(super) fn give_up(&self) -> Result<()> {
        let mut progress = self.progress();
        let (id, tasks) = match &mut *progress {
            Progress::NotBegun => {
                *progress = Progress::GivenUp;
                return Ok(());
            }
            Progress::Begun { id, tasks } if self.driver.is_here() => (id, tasks),
            Progress::Begun { .. } | Progress::Complete | Progress::GivenUp => return Ok(()),
        };
        tasks.iter().for_each(JoinHandle::abort);
        let removed = self.driver.wait(async {
            // A part that arrives after the upload is gone might stay.
            for task in tasks {
                // It ended early, as it was meant to.
                let _ = task.await;
            }
            self.store.abort_multipart(&self.path, id).await
        })?;
        let upload = std::mem::take(id);
        *progress = Progress::GivenUp;
        match removed {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(RemoteError::PartsLeft {
                location: self.location.clone(),
                upload,
                removal: kind_of(&error),
                kind: kind_of(&error),
                source: Arc::new(self.given_up()),
            }
            .into()),
        }
    }

    /// Gives up because of an error, and returns it.
    pub(super) fn give_up_after(&self, error: Error) -> Error {
        let Err(removal) = self.give_up() else {
            return error;
        };
        let payload = removal.get_ref().and_then(|payload| payload.downcast_ref());
        match payload.cloned() {
            Some(RemoteError::PartsLeft {
                location,
                upload,
                removal,
                ..
            }) => RemoteError::PartsLeft {
                location,
                upload,
                removal,
                kind: error.kind(),
                source: Arc::new(error),
            }
            .into(),
            _ => error,
        }
    }

    fn failed(&self, step: String, error: StoreError) -> Error {
        RemoteError::Write {
            location: self.location.clone(),
            step,
            kind: kind_of(&error),
            source: Arc::new(error),
        }
        .into()
    }

    pub(super) fn given_up(&self) -> Error {
        RemoteError::GivenUp {
            location: self.location.clone(),
        }
        .into()
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        // Nothing panics while it is half changed.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("location", &self.location)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

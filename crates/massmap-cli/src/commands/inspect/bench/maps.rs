//! The file, opened in several ways.

use std::path::Path;

use massmap::{OpenOptions, UntypedMap};

/// The maps whose lookups are measured.
pub(super) struct Maps {
    /// Read through the page cache.
    pub(super) cached: UntypedMap,
    /// Read past it.
    pub(super) direct: Option<UntypedMap>,
    /// Read past it, with many reads in flight.
    pub(super) ring: Option<UntypedMap>,
    /// What cannot be measured here, and why.
    pub(super) notes: Vec<String>,
}

impl Maps {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be opened through the page cache.
    pub(super) fn open(path: &Path) -> massmap::Result<Self> {
        let mut maps = Self {
            cached: OpenOptions::new().open_untyped(path)?,
            direct: None,
            ring: None,
            notes: Vec::new(),
        };
        maps.open_direct(path);
        Ok(maps)
    }

    #[cfg(target_os = "linux")]
    fn open_direct(&mut self, path: &Path) {
        match OpenOptions::new().direct().open_untyped(path) {
            Ok(map) => self.direct = Some(map),
            Err(error) => {
                let error = anyhow::Error::from(error);
                self.notes
                    .push(format!("Reads past the page cache are left out: {error:#}"));
                return;
            }
        }
        self.open_ring(path);
    }

    #[cfg(not(target_os = "linux"))]
    fn open_direct(&mut self, _: &Path) {
        let note = "Reads past the page cache are left out: this program has them only on Linux";
        self.notes.push(note.to_owned());
    }

    #[cfg(all(target_os = "linux", feature = "io-uring"))]
    fn open_ring(&mut self, path: &Path) {
        /// As many reads as most disks serve at once.
        const IN_FLIGHT: usize = 128;
        let map = OpenOptions::new().direct().io_uring(IN_FLIGHT).open_untyped(path);
        self.ring = map.ok().filter(|map| match &map.as_inner().reader {
            massmap::AnyReader::DirectUring(file) => file.has_ring(),
            _ => false,
        });
        if self.ring.is_none() {
            let note = "Batches with reads in flight are left out: io_uring is not available here";
            self.notes.push(note.to_owned());
        }
    }

    #[cfg(all(target_os = "linux", not(feature = "io-uring")))]
    fn open_ring(&mut self, _: &Path) {
        let note =
            "Batches with reads in flight are left out: this program was built without the feature io-uring";
        self.notes.push(note.to_owned());
    }
}

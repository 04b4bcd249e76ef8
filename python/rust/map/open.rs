//! Opening maps.

use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use massmap::DirectFile;
use massmap::{AnyReader, ChecksumPolicy, MappedFileOptions, OpenOptions};
use massmap_data::Location;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Map;
use super::opened::Opened;
use super::reader::{Reader, Source};
use crate::error::{SettingError, exception_at};

/// How much memory a value may take as objects, unless set: as much as the core's dynamic values.
const DEFAULT_VALUE_LIMIT: usize = 64 << 20;

/// How a map is opened: the keyword arguments of `open`.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) key_type: Option<String>,
    pub(crate) value_type: Option<String>,
    pub(crate) map: bool,
    pub(crate) direct: bool,
    pub(crate) checksums: Option<String>,
    pub(crate) check_all_keys: bool,
    /// How much memory a value may take as objects.
    pub(crate) value_limit: usize,
}

impl Settings {
    /// The settings that are the same wherever a file is.
    pub(crate) fn options(&self) -> PyResult<OpenOptions> {
        let mut options = OpenOptions::new().check_all_keys(self.check_all_keys);
        if let Some(policy) = self.checksum_policy()? {
            options = options.checksum_policy(policy);
        }
        if let Some(name) = &self.key_type {
            options = options.expect_key_type(name);
        }
        if let Some(name) = &self.value_type {
            options = options.expect_value_type(name);
        }
        Ok(options)
    }

    /// The keyword arguments again.
    pub(crate) fn keywords<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let keywords = PyDict::new(py);
        keywords.set_item("key_type", &self.key_type)?;
        keywords.set_item("value_type", &self.value_type)?;
        keywords.set_item("map", self.map)?;
        keywords.set_item("direct", self.direct)?;
        keywords.set_item("checksums", &self.checksums)?;
        keywords.set_item("check_all_keys", self.check_all_keys)?;
        keywords.set_item("value_limit", self.value_limit)?;
        Ok(keywords)
    }

    fn checksum_policy(&self) -> PyResult<Option<ChecksumPolicy>> {
        Ok(match self.checksums.as_deref() {
            None => None,
            Some("every-read") => Some(ChecksumPolicy::EveryRead),
            Some("first-read") => Some(ChecksumPolicy::FirstRead),
            Some("never") => Some(ChecksumPolicy::Never),
            Some(other) => {
                return Err(SettingError::new_err(format!(
                    "checksums is {other:?}, and must be \"first-read\", \"every-read\" or \"never\""
                )));
            }
        })
    }

    /// Opens the file at `path`.
    fn reader(&self, path: &Path) -> massmap::Result<AnyReader> {
        #[cfg(target_os = "linux")]
        if self.direct {
            return Ok(DirectFile::open(path)?.into());
        }
        if !self.map {
            return Ok(AnyReader::open(path)?);
        }
        #[expect(
            unsafe_code,
            reason = "whoever maps a file has to promise that its bytes stay"
        )]
        // SAFETY: the documentation of `open` asks that nobody changes the file in place.
        let mapped = unsafe { MappedFileOptions::new().open(path)? };
        Ok(mapped.into())
    }
}

/// Opens the map in the file at `path`.
///
/// >>> _ = massmap.build("numbers.massmap", ((number, number**2) for number in range(1000)))
/// >>> with massmap.open("numbers.massmap", map=False) as numbers:
/// ...     numbers[30]
/// 900
///
/// :param key_type: Opens only files with keys of this type, such as ``"u64"`` or ``"string"``; others are a :class:`KeyTypeError`.
/// :param value_type: Opens only files with values of this type; others are a :class:`ValueTypeError`.
/// :param map: Whether the file is mapped into memory. Lookups then take no system call, and all processes that have the file open
///     share one copy of it. Until the map and all that came from it are gone, nobody may change the file in place or make it shorter;
///     replacing it by a rename, as a build does, is no change. Without, each lookup is one read, during which the GIL is released:
///     better for files much larger than memory, where a mapped file makes other threads wait while it is fetched from disk.
/// :param direct: Whether the file is read past the page cache, and not mapped: for files much larger than memory on a fast disk. Only
///     on Linux.
/// :param checksums: When checksums are checked: ``"first-read"`` of each page, ``"every-read"``, or ``"never"``. Unless set, at the
///     first read of mapped files and at every read of others. Format 1 has none.
/// :param check_all_keys: Whether all keys are checked against their type and the hash function now, which reads the whole file, rather
///     than a sample of them at the first lookup.
/// :param value_limit: How many bytes of memory the objects of a value may take, beside strings and byte arrays; a larger value is a
///     :class:`DecodeError`. Its encoded bytes can be had from :meth:`Map.get_encoded`.
#[pyfunction]
#[pyo3(signature = (
    path, *, key_type = None, value_type = None, map = true, direct = false, checksums = None, check_all_keys = false,
    value_limit = DEFAULT_VALUE_LIMIT
))]
#[expect(clippy::too_many_arguments, reason = "they are keyword arguments")]
pub(crate) fn open(
    py: Python<'_>,
    path: PathBuf,
    key_type: Option<String>,
    value_type: Option<String>,
    map: bool,
    direct: bool,
    checksums: Option<String>,
    check_all_keys: bool,
    value_limit: usize,
) -> PyResult<Map> {
    let settings = Settings {
        key_type,
        value_type,
        map,
        direct,
        checksums,
        check_all_keys,
        value_limit,
    };
    open_with(py, path, settings)
}

/// Opens the map at a path or a URL with settings.
pub(crate) fn open_with(py: Python<'_>, path: PathBuf, settings: Settings) -> PyResult<Map> {
    let options = settings.options()?;
    if settings.direct && !cfg!(target_os = "linux") {
        return Err(SettingError::new_err("direct=True is for Linux: leave it out"));
    }
    let location = Location::from(path.into_os_string());
    let opened = match &location {
        Location::Path(path) => py.detach(|| {
            let reader = Reader::from(Source::Local(settings.reader(path)?));
            options.open_untyped_reader(reader)
        }),
        Location::Url(_) => {
            return Err(SettingError::new_err(format!(
                "{location} is a URL, and only files can be opened"
            )));
        }
    };
    let map = opened.map_err(|error| exception_at(error, &location))?;
    Ok(Map::new(Opened::new(py, map, location, settings)))
}

//! Opening maps.

use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use massmap::DirectFile;
use massmap::{AnyReader, ChecksumPolicy, MappedFileOptions, OpenOptions};
use massmap_data::Location;
use pyo3::prelude::*;

use super::Map;
use super::opened::Opened;
use super::reader::{Reader, Source};
use crate::error::{SettingError, exception};

/// How a map is opened: the keyword arguments of `open`.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) key_type: Option<String>,
    pub(crate) value_type: Option<String>,
    pub(crate) map: bool,
    pub(crate) direct: bool,
    pub(crate) checksums: Option<String>,
    pub(crate) check_all_keys: bool,
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

/// Opens the map at a path or a URL.
#[pyfunction]
#[pyo3(signature = (
    path, *, key_type = None, value_type = None, map = true, direct = false, checksums = None, check_all_keys = false
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
) -> PyResult<Map> {
    let settings = Settings {
        key_type,
        value_type,
        map,
        direct,
        checksums,
        check_all_keys,
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
    Ok(Map::new(Opened::new(
        py,
        opened.map_err(exception)?,
        location,
        settings,
    )?))
}

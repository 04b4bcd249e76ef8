//! Opening maps.

use std::collections::BTreeMap;
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
use crate::remote;
use crate::remote::settings::{Hedge, RemoteSettings, requests, seconds};

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
    pub(crate) remote: RemoteSettings,
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
        self.remote.add_to(&keywords)?;
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

/// Opens the map in the file at `path`, a path or a URL: ``s3://BUCKET/PATH``, ``gs://BUCKET/PATH``, ``az://CONTAINER/PATH``,
/// ``https://HOST/PATH``, ``http://HOST/PATH`` or ``file:///PATH``, which is the same as the path.
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
///
/// A map at a URL is the same map. Opening it takes one request or two, a lookup one, and :meth:`Map.get_many` has many in flight; all
/// maps of the process share one thread that serves their connections, and what is awaited takes up to eight more to answer. Once the
/// object is replaced, lookups are a :class:`ReplacedError`. Credentials, regions and endpoints come from environment variables such as ``AWS_ACCESS_KEY_ID`` and
/// ``AWS_REGION``, unless ``storage_options`` says otherwise. Forked processes make connections of their own. A pickle has the URL and all
/// options as they were given, **secrets among them**: leave secrets to the environment where pickles are kept.
///
/// :param storage_options: Options of the store, by the names of the crate ``object_store``, such as ``aws_endpoint``,
///     ``aws_access_key_id``, ``google_service_account``, ``azure_storage_account_name`` and ``timeout``.
/// :param cache: How many bytes of memory keep pages that were read. None unless set.
/// :param timeout: After how many seconds a request is a ``TimeoutError``. Unless set, it is tried again for up to three minutes.
/// :param hedge: Whether a second request is made where the first one takes longer than 95 % of the last ones, or after how many
///     seconds. At most 5 % of the requests get a second one.
/// :param requests_in_flight: How many requests a batch has at a time; 64 unless set.
/// :param allow_unknown_version: Whether a map of format 1, which has no checksums, may be opened although its server tells no version
///     of it, so that nobody would notice if it was replaced.
#[pyfunction]
#[pyo3(signature = (
    path, *, key_type = None, value_type = None, map = true, direct = false, checksums = None, check_all_keys = false,
    value_limit = DEFAULT_VALUE_LIMIT, storage_options = None, cache = None, timeout = None, hedge = None,
    requests_in_flight = None, allow_unknown_version = false
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
    storage_options: Option<BTreeMap<String, String>>,
    cache: Option<u64>,
    timeout: Option<f64>,
    hedge: Option<&Bound<'_, PyAny>>,
    requests_in_flight: Option<usize>,
    allow_unknown_version: bool,
) -> PyResult<Map> {
    let settings = Settings {
        key_type,
        value_type,
        map,
        direct,
        checksums,
        check_all_keys,
        value_limit,
        remote: RemoteSettings {
            storage_options: storage_options.unwrap_or_default(),
            cache,
            timeout: timeout.map(|given| seconds("timeout", given)).transpose()?,
            hedge: hedge.map(Hedge::of_object).transpose()?.flatten(),
            requests_in_flight: requests_in_flight.map(requests).transpose()?,
            allow_unknown_version,
        },
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
        Location::Path(path) => {
            if let Some(name) = settings.remote.given() {
                return Err(SettingError::new_err(format!(
                    "{name} is for URLs, and {location} is a file: leave it out"
                )));
            }
            py.detach(|| {
                let reader = Reader::from(Source::Local(settings.reader(path)?));
                options.open_untyped_reader(reader)
            })
        }
        Location::Url(url) => {
            if settings.direct {
                return Err(SettingError::new_err(format!(
                    "direct=True is for files: leave it out for {location}"
                )));
            }
            py.detach(|| remote::open::open(url, options, &settings.remote))
        }
    };
    let map = opened.map_err(|error| exception_at(error, &location))?;
    Ok(Map::new(Opened::new(py, map, location, settings))?)
}

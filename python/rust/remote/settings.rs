//! How maps at URLs are read.

use std::collections::BTreeMap;
use std::time::Duration;

use massmap::remote::{BlockingOptions, HedgeDelay};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

use crate::error::SettingError;

/// The keyword arguments of `open` that are for URLs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RemoteSettings {
    pub(crate) storage_options: BTreeMap<String, String>,
    /// Bytes of memory for pages.
    pub(crate) cache: Option<u64>,
    /// For each request.
    pub(crate) timeout: Option<Duration>,
    pub(crate) hedge: Option<Hedge>,
    /// At least 1.
    pub(crate) requests_in_flight: Option<usize>,
    pub(crate) allow_unknown_version: bool,
}

/// When a second request is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Hedge {
    /// When the first one takes longer than most.
    Usual,
    /// After this time.
    After(Duration),
}

impl RemoteSettings {
    /// The name of an argument that was given, which only URLs have.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let Self {
            storage_options,
            cache,
            timeout,
            hedge,
            requests_in_flight,
            allow_unknown_version,
        } = self;
        [
            ("storage_options", !storage_options.is_empty()),
            ("cache", cache.is_some()),
            ("timeout", timeout.is_some()),
            ("hedge", hedge.is_some()),
            ("requests_in_flight", requests_in_flight.is_some()),
            ("allow_unknown_version", *allow_unknown_version),
        ]
        .into_iter()
        .find_map(|(name, is_given)| is_given.then_some(name))
    }

    /// Adds the keyword arguments that were given, secrets among them.
    pub(crate) fn add_to(&self, keywords: &Bound<'_, PyDict>) -> PyResult<()> {
        if self.given().is_none() {
            return Ok(());
        }
        keywords.set_item("storage_options", &self.storage_options)?;
        keywords.set_item("cache", self.cache)?;
        keywords.set_item("timeout", self.timeout.map(|time| time.as_secs_f64()))?;
        match self.hedge {
            None => keywords.set_item("hedge", false)?,
            Some(Hedge::Usual) => keywords.set_item("hedge", true)?,
            Some(Hedge::After(time)) => keywords.set_item("hedge", time.as_secs_f64())?,
        }
        keywords.set_item("requests_in_flight", self.requests_in_flight)?;
        keywords.set_item("allow_unknown_version", self.allow_unknown_version)
    }

    pub(crate) fn blocking_options(&self) -> BlockingOptions {
        let options = BlockingOptions::new().allow_unknown_version(self.allow_unknown_version);
        match self.requests_in_flight {
            Some(requests) => options.requests_in_flight(requests),
            None => options,
        }
    }
}

impl Hedge {
    /// What `hedge` says: whether there are second requests, or after how many seconds.
    pub(crate) fn of_object(given: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        if let Ok(is_wanted) = given.cast::<PyBool>() {
            return Ok(is_wanted.is_true().then_some(Self::Usual));
        }
        match given.extract::<f64>() {
            Ok(after) => Ok(Some(Self::After(seconds("hedge", after)?))),
            Err(_) => Err(SettingError::new_err(
                "hedge must be True, False or a number of seconds",
            )),
        }
    }

    pub(crate) fn delay(self) -> HedgeDelay {
        match self {
            Self::Usual => HedgeDelay::default(),
            Self::After(delay) => HedgeDelay::Fixed(delay),
        }
    }
}

/// A time that was given in seconds.
pub(crate) fn seconds(name: &str, given: f64) -> PyResult<Duration> {
    match Duration::try_from_secs_f64(given) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(SettingError::new_err(format!(
            "{name} is {given}, and must be a number of seconds above 0"
        ))),
    }
}

/// How many requests there may be at a time.
pub(crate) fn requests(given: usize) -> PyResult<usize> {
    match given {
        0 => Err(SettingError::new_err(
            "requests_in_flight is 0, and must be at least 1",
        )),
        _ => Ok(given),
    }
}

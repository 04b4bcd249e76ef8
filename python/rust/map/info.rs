//! What a map says about itself, as objects of Python.

use massmap::{DuplicateKeys, EntryLayout, FormatVersion, Problem};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyBytes, PyDict, PyTuple};

use super::opened::Opened;
use crate::remote::wait::wait;

/// An `Info`.
pub(super) fn info<'py>(py: Python<'py>, opened: &Opened) -> PyResult<Bound<'py, PyAny>> {
    let inner = opened.map.as_inner();
    let hash = &inner.meta.hash_config;
    let parameters = py
        .import("json")?
        .call_method1("loads", (hash.parameters.to_string(),))?;
    let fields = PyDict::new(py);
    fields.set_item("format", number(inner.format()))?;
    fields.set_item("entries", inner.len())?;
    fields.set_item("key_type", opened.key_type())?;
    fields.set_item("value_type", opened.value_type())?;
    fields.set_item("hash_function", &hash.name)?;
    fields.set_item("hash_parameters", parameters)?;
    fields.set_item(
        "duplicate_keys",
        match inner.duplicate_keys() {
            DuplicateKeys::KeepAll => "keep_all",
            DuplicateKeys::Error => "error",
            DuplicateKeys::First => "first",
            DuplicateKeys::Last => "last",
        },
    )?;
    fields.set_item(
        "entry_layout",
        match inner.entry_layout() {
            EntryLayout::Fixed(_) => "fixed",
            EntryLayout::Compressed => "compressed",
            EntryLayout::Variable => "variable",
        },
    )?;
    fields.set_item(
        "compression_level",
        inner.compression().map(|compression| compression.level),
    )?;
    fields.set_item("page_size", inner.page_size())?;
    fields.set_item("buckets", inner.bucket_count())?;
    fields.set_item("has_miss_filter", inner.has_miss_filter())?;
    fields.set_item("shard", inner.shard().map(|shard| (shard.index, shard.count)))?;
    fields.set_item("build_id", inner.build_id().map(|id| PyBytes::new(py, &id)))?;
    py.import("massmap._info")?
        .getattr("Info")?
        .call((), Some(&fields))
}

/// What was noted about the map when it was built.
pub(super) fn user_metadata<'py>(py: Python<'py>, opened: &Opened) -> PyResult<Bound<'py, PyDict>> {
    opened.map.as_inner().user_metadata().into_py_dict(py)
}

/// Reads the whole file, and gives a `VerifyReport`.
pub(super) fn verify<'py>(py: Python<'py>, opened: &Opened) -> PyResult<Bound<'py, PyAny>> {
    let report = match opened.map.as_inner().reader.remote() {
        Some(source) => {
            let map = source
                .asynchronous(opened.map.as_inner(), &opened.settings.remote)
                .map_err(|error| opened.exception(error.into()))?;
            wait(py, map.verify())?
        }
        None => py.detach(|| opened.map.verify()),
    };
    let module = py.import("massmap._info")?;
    let class = module.getattr("Problem")?;
    let problem = |problem: &Problem| class.call1((problem.place, &problem.message));
    let problems = report
        .problems
        .iter()
        .map(problem)
        .collect::<PyResult<Vec<_>>>()?;
    let fields = PyDict::new(py);
    fields.set_item("format", number(report.format))?;
    fields.set_item("entries", report.entries)?;
    fields.set_item("blocks", report.blocks)?;
    fields.set_item("bytes", report.bytes)?;
    fields.set_item("keys_checked", report.keys_checked)?;
    fields.set_item("problem_count", report.problem_count)?;
    fields.set_item("problems", PyTuple::new(py, problems)?)?;
    fields.set_item("unverified", report.unverified.as_ref().map(problem).transpose()?)?;
    module.getattr("VerifyReport")?.call((), Some(&fields))
}

/// The number of a format.
pub(super) fn number(format: FormatVersion) -> u8 {
    match format {
        FormatVersion::V1 => 1,
        _ => 2,
    }
}

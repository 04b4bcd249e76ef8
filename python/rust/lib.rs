//! The native part of the Python package `massmap`. What users see of it is in `src/massmap/`.

mod batch;
mod build;
mod command_line;
mod convert;
mod error;
mod map;
mod remote;

use pyo3::prelude::*;

// Whatever is shared is behind locks or does not change: interpreters without a GIL need not put one back.
#[pymodule(gil_used = false)]
mod _massmap {
    #[pymodule_export]
    use crate::build::build;
    #[pymodule_export]
    use crate::build::merge::merge;
    #[pymodule_export]
    use crate::build::table::{build_table, table_schema};
    #[pymodule_export]
    use crate::command_line::run_command_line;
    #[pymodule_export]
    use crate::map::{Map, open::open};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        remote::process::forks::watch()?;
        let end = wrap_pyfunction!(remote::process::runtime::end_delivery, module)?;
        module.py().import("atexit")?.call_method1("register", (end,))?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

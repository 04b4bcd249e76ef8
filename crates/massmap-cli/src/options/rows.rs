//! Formats of rows that lookups write.

use std::io::{self, IsTerminal};
use std::path::Path;

use massmap_data::{AnswerFormat, InputFormat};

use super::usage::UsageError;

/// The format of answers that is `given`, or that the name of the output suggests; otherwise NDJSON.
///
/// # Errors
///
/// Fails if the name suggests a format that `command` does not write.
pub(crate) fn answer_format(
    given: Option<AnswerFormat>,
    output: Option<&Path>,
    command: &'static str,
) -> Result<AnswerFormat, UsageError> {
    let named = output.and_then(|path| InputFormat::of_name(&path.to_string_lossy()));
    let format = match (given, named.map(AnswerFormat::of_input)) {
        (Some(format), _) | (None, Some(Some(format))) => format,
        (None, None) => AnswerFormat::Ndjson,
        (None, Some(None)) => {
            return Err(UsageError {
                command,
                message: format!("{command} does not write json: give --format, or another name"),
            });
        }
    };
    check_columnar(format.as_input(), output, command)?;
    Ok(format)
}

/// Checks that a format can be written to `output`, or to standard output, if its columns have types.
///
/// # Errors
///
/// Fails for a terminal, and for a name that would compress Parquet, which nobody could read then.
pub(crate) fn check_columnar(
    format: InputFormat,
    output: Option<&Path>,
    command: &'static str,
) -> Result<(), UsageError> {
    let name = match output.filter(|path| path.as_os_str() != "-") {
        Some(path) => path.to_string_lossy().to_ascii_lowercase(),
        None if format.is_columnar() && io::stdout().is_terminal() => {
            return Err(UsageError {
                command,
                message: format!(
                    "{} is not for terminals: give -o, or another --format",
                    format.name()
                ),
            });
        }
        None => return Ok(()),
    };
    match format == InputFormat::Parquet && (name.ends_with(".gz") || name.ends_with(".zst")) {
        true => Err(UsageError {
            command,
            message: "parquet is compressed in itself: give a name that ends in .parquet".to_owned(),
        }),
        false => Ok(()),
    }
}

//! Formats of rows that lookups write.

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
    match (given, named.map(AnswerFormat::of_input)) {
        (Some(format), _) | (None, Some(Some(format))) => Ok(format),
        (None, None) => Ok(AnswerFormat::Ndjson),
        (None, Some(None)) => Err(UsageError {
            command,
            message: format!("{command} does not write json: give --format, or another name"),
        }),
    }
}

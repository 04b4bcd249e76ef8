//! Usage errors that clap does not find.

use super::choices::Format;

/// Arguments that contradict each other. The program prints the usage of the command and exits with code 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct UsageError {
    pub(crate) command: &'static str,
    pub(crate) message: String,
}

/// Fails if one of `options` was given. Each comes with its name and whether it was given; all need another format than
/// `format`, which `command` writes.
pub(crate) fn reject_for_format<'a>(
    command: &'static str,
    format: Format,
    options: impl IntoIterator<Item = (&'a str, bool)>,
) -> Result<(), UsageError> {
    let Some((option, _)) = options.into_iter().find(|(_, given)| *given) else {
        return Ok(());
    };
    let (needed, written) = match format {
        Format::V1 => ("v2", "v1"),
        Format::V2 => ("v1", "v2"),
    };
    Err(UsageError {
        command,
        message: format!("{option} needs --format {needed}; the output format is {written}"),
    })
}

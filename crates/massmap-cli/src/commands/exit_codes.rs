//! The exit codes of all commands.

/// The codes, and what they mean.
pub(crate) const EXIT_CODES: [(u8, &str); 5] = [
    (0, "Success"),
    (1, "Failure, such as a missing key or a damaged file"),
    (2, "Usage error"),
    (130, "Interrupted by SIGINT"),
    (143, "Terminated by SIGTERM"),
];

/// Shows them as the end of a help.
pub(crate) fn help() -> String {
    let lines = EXIT_CODES.map(|(code, meaning)| format!("\n  {code:<3}  {meaning}"));
    format!("Exit codes:{}", lines.concat())
}

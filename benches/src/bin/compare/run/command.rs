//! The command that repeats a run.

/// The command line of this run, without its output options.
pub(super) fn command() -> String {
    let features = if cfg!(feature = "rocksdb") {
        " --features rocksdb"
    } else {
        ""
    };
    let mut arguments = String::new();
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            // These do not change the results.
            "--publish" => {}
            "--directory" | "--output" => _ = given.next(),
            _ if argument.starts_with("--directory=") || argument.starts_with("--output=") => {}
            _ => arguments += &format!(" {}", quoted(&argument)),
        }
    }
    if !arguments.is_empty() {
        arguments.insert_str(0, " --");
    }
    format!("cargo run --release --manifest-path benches/Cargo.toml{features} --bin compare{arguments}")
}

/// Quotes an argument for a shell.
fn quoted(argument: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=,./+:@%".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_for_a_shell() {
        assert_eq!(quoted("--stores=lmdb,v2-file"), "--stores=lmdb,v2-file");
        assert_eq!(quoted("a b.tsv"), "'a b.tsv'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}

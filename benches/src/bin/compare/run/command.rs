//! The command that makes the same results again.

/// The command line, as it is to be given again.
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
            // What comes out is the same, wherever it goes.
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

/// As a shell takes it for one argument.
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
    fn arguments_can_be_given_to_a_shell_again() {
        assert_eq!(quoted("--stores=lmdb,v2-file"), "--stores=lmdb,v2-file");
        assert_eq!(quoted("a b.tsv"), "'a b.tsv'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}

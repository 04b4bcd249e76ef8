//! Detects unsupported data, to name their format and how to convert them.

use super::compression::Compression;
use super::origin::Origin;

/// Fails if data with this beginning are known to be unsupported. The error says what they look like and what to do.
pub(super) fn reject(beginning: &[u8], origin: &Origin) -> anyhow::Result<()> {
    let path = match origin {
        Origin::File(path) => in_shell(&path.display().to_string()),
        Origin::StandardInput | Origin::Table | Origin::Url { .. } => "FILE".to_owned(),
    };
    let (name, remedy) = if let Some(name) = utf_16_or_32(beginning) {
        (
            name,
            format!("iconv -f {name} -t UTF-8 {path} | massmap build -i - … reads it"),
        )
    } else if let Some((name, program)) = compressed(beginning) {
        (name, format!("{program} {path} | massmap build -i - … reads it"))
    } else if let Some(format) = binary_format(beginning) {
        let (name, option) = match format {
            Binary::Parquet => ("Parquet", "parquet"),
            Binary::Arrow => ("Arrow IPC", "arrow"),
            Binary::Feather => ("Feather", "arrow"),
            Binary::Other(name) => {
                return Err(anyhow::anyhow!(
                    "it looks like {name}, which is not supported: convert it to NDJSON or CSV first"
                ));
            }
        };
        return Err(anyhow::anyhow!(
            "it looks like {name}, not text: --input-format {option} reads it"
        ));
    } else {
        return Ok(());
    };
    Err(anyhow::anyhow!(
        "it looks like {name}, which is not supported: {remedy}"
    ))
}

/// Quotes a path as one shell argument that is not an option.
fn in_shell(path: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+,:@%=".contains(character);
    let path = match path.starts_with('-') {
        true => format!("./{path}"),
        false => path.to_owned(),
    };
    match path.chars().all(is_plain) && !path.is_empty() {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

/// Fails if decompressed data are still compressed.
pub(super) fn reject_nested(beginning: &[u8]) -> anyhow::Result<()> {
    match Compression::of(beginning) {
        Some(compression) => {
            let name = compression.name();
            Err(anyhow::anyhow!(
                "it is compressed twice, with {name} inside: decompress it once first"
            ))
        }
        None => Ok(()),
    }
}

/// The name of the encoding in iconv.
fn utf_16_or_32(beginning: &[u8]) -> Option<&'static str> {
    match beginning {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        // Without a byte order mark: two ASCII characters.
        [1..=255, 0, 1..=255, 0, ..] => Some("UTF-16LE"),
        [0, 1..=255, 0, 1..=255, ..] => Some("UTF-16BE"),
        [1..=255, 0, 0, 0, ..] => Some("UTF-32LE"),
        [0, 0, 0, 1..=255, ..] => Some("UTF-32BE"),
        _ => None,
    }
}

/// The compression, and the command that decompresses a file to standard output.
fn compressed(beginning: &[u8]) -> Option<(&'static str, &'static str)> {
    match beginning {
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(("xz", "xz -dc")),
        [
            b'B',
            b'Z',
            b'h',
            b'1'..=b'9',
            0x31,
            0x41,
            0x59,
            0x26,
            0x53,
            0x59,
            ..,
        ] => Some(("bzip2", "bzip2 -dc")),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(("lz4", "lz4 -dc")),
        [b'P', b'K', 3, 4, ..] => Some(("zip", "unzip -p")),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some(("7z", "7z x -so")),
        [0x1f, 0x9d, ..] => Some(("compress", "gzip -dc")),
        _ => None,
    }
}

/// A format that is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input) enum Binary {
    Parquet,
    /// Arrow IPC, a file or a stream.
    Arrow,
    /// The first version of Feather.
    Feather,
    /// One of this name, which is not read.
    Other(&'static str),
}

/// The format that is not text of data with this beginning.
pub(in crate::input) fn binary_format(beginning: &[u8]) -> Option<Binary> {
    // Text may begin with these letters, but not continue with such bytes.
    let is_binary = |rest: &[u8]| rest.iter().take(8).any(|byte| *byte < b'\t');
    match beginning {
        [b'P', b'A', b'R', b'1', rest @ ..] if is_binary(rest) => Some(Binary::Parquet),
        [b'A', b'R', b'R', b'O', b'W', b'1', 0, 0, ..] => Some(Binary::Arrow),
        // An Arrow IPC stream: a continuation marker and the length of the schema.
        [0xff, 0xff, 0xff, 0xff, _, _, 0, 0, ..] => Some(Binary::Arrow),
        [b'F', b'E', b'A', b'1', rest @ ..] if is_binary(rest) => Some(Binary::Feather),
        [b'O', b'b', b'j', 1, ..] => Some(Binary::Other("Avro")),
        [b'O', b'R', b'C', rest @ ..] if is_binary(rest) => Some(Binary::Other("ORC")),
        [0x89, b'H', b'D', b'F', ..] => Some(Binary::Other("HDF5")),
        _ if beginning.starts_with(b"SQLite format 3\0") => Some(Binary::Other("SQLite")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn refusal(beginning: &[u8]) -> Option<String> {
        let origin = Origin::File(PathBuf::from("in"));
        reject(beginning, &origin).err().map(|error| error.to_string())
    }

    #[test]
    fn unsupported_formats_are_named_with_a_remedy() {
        for (beginning, name, remedy) in [
            (&b"\xfd7zXZ\0\0\x04"[..], "xz", "xz -dc in | massmap build -i -"),
            (b"BZh91AY&SY", "bzip2", "bzip2 -dc in | "),
            (b"\x04\x22\x4d\x18\x64", "lz4", "lz4 -dc in | "),
            (b"PK\x03\x04\x14", "zip", "unzip -p in | "),
            (b"7z\xbc\xaf\x27\x1c", "7z", "7z x -so in | "),
            (b"\x1f\x9d\x90", "compress", "gzip -dc in | "),
            (b"Obj\x01\x04", "Avro", "NDJSON or CSV"),
            (b"ORC\x0a\x02", "ORC", "NDJSON or CSV"),
            (b"\x89HDF\r\n\x1a\n", "HDF5", "NDJSON or CSV"),
            (b"SQLite format 3\0\x10", "SQLite", "NDJSON or CSV"),
            (b"\xff\xfek\0,\0", "UTF-16", "iconv -f UTF-16 -t UTF-8 in | "),
            (b"\xfe\xff\0k\0,", "UTF-16", "iconv -f UTF-16 -t UTF-8 in | "),
            (b"k\0,\0v\0", "UTF-16LE", "iconv -f UTF-16LE "),
            (b"\0k\0,\0v", "UTF-16BE", "iconv -f UTF-16BE "),
            (b"\xff\xfe\0\0k\0\0\0", "UTF-32", "iconv -f UTF-32 "),
            (b"k\0\0\0,\0\0\0", "UTF-32LE", "iconv -f UTF-32LE "),
            (b"\0\0\0k\0\0\0,", "UTF-32BE", "iconv -f UTF-32BE "),
        ] {
            let message = refusal(beginning).unwrap();
            let start = format!("it looks like {name}, which is not supported: ");
            assert!(
                message.starts_with(&start) && message.contains(remedy),
                "{message}"
            );
        }
    }

    #[test]
    fn tables_with_typed_columns_are_named_with_their_option() {
        for (beginning, name, option) in [
            (&b"PAR1\x15\x04\x15"[..], "Parquet", "parquet"),
            (b"ARROW1\0\0\xff", "Arrow IPC", "arrow"),
            (b"\xff\xff\xff\xff\x10\x01\0\0", "Arrow IPC", "arrow"),
            (b"FEA1\0\0\0\0", "Feather", "arrow"),
        ] {
            let message = format!("it looks like {name}, not text: --input-format {option} reads it");
            assert_eq!(refusal(beginning), Some(message));
        }
    }

    #[test]
    fn paths_in_remedies_are_one_shell_argument() {
        for (path, quoted) in [
            ("in.csv", "in.csv"),
            ("a/é_1.csv", "a/é_1.csv"),
            ("x y.xz", "'x y.xz'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
            ("-dc", "./-dc"),
            ("", "''"),
        ] {
            assert_eq!(in_shell(path), quoted);
        }
    }

    #[test]
    fn text_is_never_rejected() {
        for text in [
            &b""[..],
            b"a",
            b"{}",
            b"PAR1,PAR2\n1,2\n",
            b"ORC,orc\n",
            b"BZh9,x\n",
            b"PK,value\n",
            b"FEA1\tb\n",
            b"Obj,a\r\n",
            b"SQLite format 3,x",
            b"7z,x",
            b"\xef\xbb\xbfk,v",
            b"\xc3\xa9,\xc3\xa9",
            b"k\0",
        ] {
            assert_eq!(refusal(text), None, "{text:?}");
        }
    }
}

//! Parsers of option values.

mod stream;

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{OsStringValueParser, TypedValueParser};
use massmap_format::{CompressionDescription, MAX_PAGE_SIZE, MIN_PAGE_SIZE};

use super::choices::Algorithm;
use massmap_data::Location;
use stream::is_stream;

/// Parses the size of a page.
pub(crate) fn page_size(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|size: &u32| size.is_power_of_two() && (MIN_PAGE_SIZE..=MAX_PAGE_SIZE).contains(size))
        .ok_or_else(|| format!("not a power of two from {MIN_PAGE_SIZE} to {MAX_PAGE_SIZE}"))
}

/// Parses the path or URL of an output file, which must not name a stream such as standard output.
pub(crate) fn output() -> impl TypedValueParser<Value = Location> {
    OsStringValueParser::new().try_map(|argument| match Location::from(argument) {
        Location::Path(path) if is_stream(&path) => Err(format!(
            "a map is written to a file that appears once it is complete, not to a stream; give a path{}",
            match path.as_os_str() == "-" {
                true => ", such as ./- for a file of this name",
                false => "",
            }
        )),
        location => Ok(location),
    })
}

/// Parses the path of an output file that is no map.
pub(crate) fn output_path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|argument| match PathBuf::from(argument) {
        path if is_stream(&path) => Err(
            "it is written to a file that appears once it is complete, not to a stream; give a path"
                .to_owned(),
        ),
        path => Ok(path),
    })
}

/// Parses the path of a file of entries to write, or `-` for standard output.
pub(crate) fn rows_output() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|argument| match Location::from(argument) {
        Location::Url(_) => {
            Err("entries are written to files and to standard output, not to URLs".to_owned())
        }
        Location::Path(path) => match path.as_os_str() == "-" || path.as_os_str() == "/dev/stdout" {
            true => Ok(PathBuf::from("-")),
            false if is_stream(&path) => Err(
                "a file appears once it is complete, and this is a stream: give - for standard output"
                    .to_owned(),
            ),
            false => Ok(path),
        },
    })
}

/// The name of a choice on the command line.
pub(crate) fn name_of(choice: &impl ValueEnum) -> String {
    let choice = choice.to_possible_value();
    choice.map_or(String::new(), |choice| choice.get_name().to_owned())
}

/// Parses `NAME=VALUE`.
pub(crate) fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some(("", _)) => Err("the name is empty".to_owned()),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("there is no '=' between name and value".to_owned()),
    }
}

/// Parses a number of bytes: `100`, `64KiB`, `1MB`. K, M and G stand for KiB, MiB and GiB.
pub(crate) fn byte_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "" => 1,
        "K" | "KiB" => 1 << 10,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        unit => {
            return Err(format!(
                "{unit:?} is not a unit; the units are KiB, MiB and GiB, or K, M and G for short, and KB, MB and GB"
            ));
        }
    };
    let count: u64 = digits.parse().map_err(|_| "not a number of bytes".to_owned())?;
    count.checked_mul(unit).ok_or_else(|| "too many bytes".to_owned())
}

/// Parses a number of bytes of memory.
pub(crate) fn memory_size(text: &str) -> Result<usize, String> {
    usize::try_from(byte_size(text)?).map_err(|_| "too many bytes".to_owned())
}

/// Parses the size of the parts of an upload, in bytes.
#[cfg(feature = "object-store")]
pub(crate) fn part_size(text: &str) -> Result<u64, String> {
    match byte_size(text)? {
        size if (5 << 20..=4000 << 20).contains(&size) => Ok(size),
        _ => Err("a part has 5MiB to 4000MiB".to_owned()),
    }
}

/// Parses a method of compression: `none`, `zstd` or `zstd:LEVEL`.
pub(crate) fn compression(text: &str) -> Result<Algorithm, String> {
    match text.split_once(':') {
        None if text == "none" => Ok(Algorithm::None),
        None if text == "zstd" => Ok(Algorithm::Zstd { level: None }),
        Some(("zstd", level)) => match level.parse() {
            Ok(level @ 1..=22) => Ok(Algorithm::Zstd { level: Some(level) }),
            _ => Err(format!("{level:?} is not a level from 1 to 22")),
        },
        _ => Err("the methods are zstd, zstd:LEVEL and none".to_owned()),
    }
}

/// Parses the size of a dictionary, in bytes.
pub(crate) fn dictionary_size(text: &str) -> Result<u32, String> {
    let size = u32::try_from(byte_size(text)?).ok();
    let is_possible = |size: &u32| *size as usize <= CompressionDescription::MAX_DICTIONARY;
    size.filter(is_possible)
        .ok_or_else(|| "a dictionary has at most 16MiB".to_owned())
}

/// Parses the size limit of records, in bytes.
pub(crate) fn record_size(text: &str) -> Result<u64, String> {
    match byte_size(text)? {
        0 => Err("a record has at least one byte".to_owned()),
        size => Ok(size),
    }
}

/// Parses the target size of buckets, in bytes.
pub(crate) fn bucket_bytes(text: &str) -> Result<u32, String> {
    match u32::try_from(byte_size(text)?) {
        Ok(0) => Err("a bucket has at least one byte".to_owned()),
        Ok(size) => Ok(size),
        Err(_) => Err(format!("a bucket has at most {} bytes", u32::MAX)),
    }
}

/// Parses `INDEX/COUNT`, where the index counts from 0.
pub(crate) fn shard(text: &str) -> Result<(u32, u32), String> {
    let (index, count) = text
        .split_once('/')
        .ok_or_else(|| "there is no '/' between index and count".to_owned())?;
    let number = |text: &str| {
        text.parse()
            .map_err(|_| format!("{text:?} is not a number up to {}", u32::MAX))
    };
    match (number(index)?, number(count)?) {
        (_, 0) => Err("the number of shards is 0".to_owned()),
        (index, count) if index < count => Ok((index, count)),
        (_, count) => Err(format!("the shards are 0/{count} to {}/{count}", count - 1)),
    }
}

/// Parses 16 bytes in hexadecimal digits. Hyphens between them, as a UUID has them, do not count.
pub(crate) fn build_id(text: &str) -> Result<[u8; 16], String> {
    let digits: String = text.chars().filter(|digit| *digit != '-').collect();
    let is_right = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    match u128::from_str_radix(&digits, 16) {
        Ok(0) if is_right => Err("zeros mean that there is none".to_owned()),
        Ok(id) if is_right => Ok(id.to_be_bytes()),
        _ => Err("not 32 hexadecimal digits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_id_has_32_digits_and_is_not_zero() {
        let expected = [
            0xf8, 0x1d, 0x4f, 0xae, 0x7d, 0xec, 0x11, 0xd0, 0xa7, 0x65, 0, 0xa0, 0xc9, 0x1e, 0x6b, 0xf6,
        ];
        assert_eq!(build_id("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), Ok(expected));
        assert_eq!(build_id("F81D4FAE7DEC11D0A76500A0C91E6BF6"), Ok(expected));
        for wrong in [
            "",
            "-",
            "+81d4fae7dec11d0a76500a0c91e6bf6",
            "f81d4fae",
            &"g".repeat(32),
            &"1".repeat(33),
        ] {
            assert!(build_id(wrong).is_err(), "{wrong}");
        }
        assert!(build_id(&"0".repeat(32)).unwrap_err().contains("none"));
    }

    #[test]
    fn page_sizes_are_powers_of_two_within_the_limits_of_the_format() {
        for (text, size) in [("512", 512), ("4096", 4096), ("1048576", 1 << 20)] {
            assert_eq!(page_size(text), Ok(size));
        }
        for text in [
            "",
            "0",
            "256",
            "511",
            "1000",
            "2097152",
            "4294967296",
            "-512",
            "4KiB",
        ] {
            assert!(page_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_of_bytes_may_have_a_unit() {
        for (text, bytes) in [
            ("0", 0),
            ("100", 100),
            ("1K", 1 << 10),
            ("2KiB", 2 << 10),
            ("3M", 3 << 20),
            ("256MiB", 256 << 20),
            ("1G", 1 << 30),
            ("17179869183GiB", 17_179_869_183 << 30),
            ("5KB", 5_000),
            ("5MB", 5_000_000),
            ("5GB", 5_000_000_000),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(byte_size(text), Ok(bytes), "{text}");
        }
        for (text, problem) in [
            ("", "not a number of bytes"),
            ("MiB", "not a number of bytes"),
            ("-1", "not a number of bytes"),
            ("1.5G", "not a number of bytes"),
            ("1 M", r#"" M" is not a unit"#),
            ("1m", r#""m" is not a unit"#),
            ("1TiB", r#""TiB" is not a unit"#),
            ("1é", r#""é" is not a unit"#),
            ("18446744073709551616", "not a number of bytes"),
            ("17179869184GiB", "too many bytes"),
        ] {
            let message = byte_size(text).unwrap_err();
            assert!(message.starts_with(problem), "{text}: {message}");
        }
        assert_eq!(
            bucket_bytes("4GiB"),
            Err("a bucket has at most 4294967295 bytes".to_owned())
        );
        assert!(bucket_bytes("0").is_err());
        assert_eq!(bucket_bytes("4K"), Ok(4096));
    }

    #[test]
    fn a_method_of_compression_may_have_a_level() {
        assert_eq!(compression("none"), Ok(Algorithm::None));
        assert_eq!(compression("zstd"), Ok(Algorithm::Zstd { level: None }));
        for level in [1, 22] {
            let expected = Algorithm::Zstd { level: Some(level) };
            assert_eq!(compression(&format!("zstd:{level}")), Ok(expected));
        }
        for (text, problem) in [
            ("zstd:0", r#""0" is not a level"#),
            ("zstd:23", r#""23" is not a level"#),
            ("zstd:", r#""" is not a level"#),
            ("lz4", "the methods are"),
            ("none:1", "the methods are"),
            ("", "the methods are"),
        ] {
            let message = compression(text).unwrap_err();
            assert!(message.starts_with(problem), "{text}: {message}");
        }
        assert_eq!(dictionary_size("0"), Ok(0));
        assert_eq!(dictionary_size("16MiB"), Ok(16 << 20));
        for text in ["16777217", "5GiB"] {
            assert_eq!(
                dictionary_size(text),
                Err("a dictionary has at most 16MiB".to_owned())
            );
        }
    }

    #[test]
    fn a_shard_is_an_index_below_a_count() {
        assert_eq!(shard("0/1"), Ok((0, 1)));
        assert_eq!(shard("15/16"), Ok((15, 16)));
        assert_eq!(shard("4294967294/4294967295"), Ok((u32::MAX - 1, u32::MAX)));
        for (text, problem) in [
            ("16/16", "the shards are 0/16 to 15/16"),
            ("0/0", "the number of shards is 0"),
            ("3", "there is no '/' between index and count"),
            ("/3", r#""" is not a number up to 4294967295"#),
            ("1/4294967296", r#""4294967296" is not a number up to 4294967295"#),
            ("-1/3", r#""-1" is not a number up to 4294967295"#),
            ("1/3/5", r#""3/5" is not a number up to 4294967295"#),
        ] {
            assert_eq!(shard(text), Err(problem.to_owned()), "{text}");
        }
    }

    #[test]
    fn name_and_value_are_split_at_the_first_equals_sign() {
        let pair = |name: &str, value: &str| Ok((name.to_owned(), value.to_owned()));
        assert_eq!(name_and_value("a=b"), pair("a", "b"));
        assert_eq!(name_and_value("a=b=c"), pair("a", "b=c"));
        assert_eq!(name_and_value("a="), pair("a", ""));
        assert!(name_and_value("a").is_err());
        assert!(name_and_value("=b").is_err());
        assert!(name_and_value("").is_err());
    }
}

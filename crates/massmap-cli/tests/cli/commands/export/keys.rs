//! `massmap keys`.

use crate::harness::Directory;
use crate::harness::fixtures::{map, paged_map};

fn sorted(text: &str, end: char) -> Vec<&str> {
    let mut keys: Vec<_> = text.split_terminator(end).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn keys_are_json_or_plain_text() {
    let directory = Directory::with("texts", paged_map(&[("a", 1u8), ("", 2), ("\"b\" é\u{9b}", 3)]));
    assert_eq!(
        sorted(&directory.run(["keys", "texts"]).success(), '\n'),
        [r#""""#, r#""\"b\" é\u009b""#, r#""a""#]
    );
    assert_eq!(
        sorted(&directory.run(["keys", "--raw", "texts"]).success(), '\n'),
        ["", "\"b\" é\u{9b}", "a"]
    );
    assert_eq!(
        sorted(&directory.run(["keys", "--raw", "-0", "texts"]).success(), '\0'),
        ["", "\"b\" é\u{9b}", "a"]
    );
    assert_eq!(
        sorted(&directory.run(["keys", "--null", "texts"]).success(), '\0').len(),
        3
    );

    directory.write("numbers", map(3, &[(-7i64, ()), (i64::MAX, ())]));
    directory.write("pairs", paged_map(&[((1u8, "a\nb"), ())]));
    for options in [&[][..], &["--raw"]] {
        let keys = |file| directory.run(["keys", file].iter().chain(options)).success();
        assert_eq!(sorted(&keys("numbers"), '\n'), ["-7", "9223372036854775807"]);
        assert_eq!(keys("pairs"), "[1,\"a\\nb\"]\n");
    }
}

#[test]
fn texts_that_would_look_like_several_keys_are_refused() {
    let directory = Directory::with("breaks", paged_map(&[("a\nb", 1u8)]));
    directory.write("returns", paged_map(&[("a\r", 1u8)]));
    directory.write("nuls", paged_map(&[("a\0", 1u8)]));
    for (file, key) in [("breaks", r"a\nb"), ("returns", r"a\r")] {
        assert_eq!(
            directory.run(["keys", "--raw", file]).failure(),
            format!(
                "{file}: the key \"{key}\" cannot be written: it is a text with a line break, not one without line breaks, since keys \
                 end with them: give --null, or leave out --raw"
            )
        );
        directory.run(["keys", "--raw", "-0", file]).success();
        directory.run(["keys", file]).success();
    }
    assert_eq!(directory.run(["keys", "--raw", "nuls"]).success(), "a\0\n");
    assert_eq!(
        directory.run(["keys", "--raw", "-0", "nuls"]).failure(),
        "nuls: the key \"a\\u0000\" cannot be written: it is a text with a NUL, not one without a NUL, since keys end with one: leave out --raw"
    );
}

#[test]
fn get_finds_the_keys_that_are_written() {
    let entries = [("a", 1u8), ("", 2), ("\"b\" é", 3), ("-1", 4), ("a\tb", 5)];
    let directory = Directory::with("a", paged_map(&entries));
    directory.run(["keys", "--raw", "a", "-o", "keys.txt"]).success();
    directory.run(["keys", "a", "-o", "keys.ndjson"]).success();
    for file in ["keys.txt", "keys.ndjson"] {
        let found = directory.run(["get", "a", "--keys-from", file, "--values-only"]);
        assert_eq!(found.code, Some(0), "{found:?}");
        assert_eq!(sorted(&found.stdout, '\n'), ["1", "2", "3", "4", "5"]);
    }
}

#[test]
fn an_output_file_appears_when_it_is_complete() {
    let directory = Directory::with("keys", "precious");
    directory.write("a", paged_map(&[("a", 1u8), ("b\n", 2)]));
    directory.run(["keys", "--raw", "a", "-o", "keys"]).failure();
    assert_eq!(directory.read("keys"), b"precious");
    assert_eq!(directory.run(["keys", "a", "-o", "keys"]).success(), "");
    assert_eq!(
        sorted(&String::from_utf8(directory.read("keys")).unwrap(), '\n'),
        [r#""a""#, r#""b\n""#]
    );
    assert_eq!(directory.names(), ["a", "keys"]);
}

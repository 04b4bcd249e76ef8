//! Escapes text from files, keys and arguments, so that it can neither control the terminal nor break out of its line.
//!
//! This covers control characters and characters that change the direction of the text around them. The latter can make text
//! after a value appear before it.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

/// Whether `character` is shown as its number.
#[must_use]
pub fn is_escaped(character: char) -> bool {
    // C0, DEL and C1, which includes the one-character form of ESC [.
    character.is_control()
        || matches!(
            character,
            // Marks, embeddings, overrides and isolates of the bidirectional algorithm: Unicode Standard Annex 9, section 2.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separator are not control characters, but some programs break lines at them.
            | '\u{2028}' | '\u{2029}'
        )
}

/// Shows harmful characters in the style of Rust, such as `\n` or `\u{9b}`.
#[derive(Debug)]
pub struct Escaped<D>(pub D);

impl<D: fmt::Display> fmt::Display for Escaped<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(EscapingWriter(f), "{}", self.0)
    }
}

struct EscapingWriter<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for EscapingWriter<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut plain = text;
        while let Some((index, character)) = plain.char_indices().find(|(_, it)| is_escaped(*it)) {
            let (before, from) = plain.split_at(index);
            write!(self.0, "{before}{}", character.escape_default())?;
            plain = from.get(character.len_utf8()..).unwrap_or_default();
        }
        self.0.write_str(plain)
    }
}

/// Escapes each line of a text.
#[must_use]
pub fn lines(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(|line| Escaped(line).to_string()).collect();
    lines.join("\n")
}

/// Shows harmful characters of JSON in the style of JSON, such as `\u009b`, without changing its meaning.
#[must_use]
pub fn json(json: String) -> String {
    // Strings have C0 escaped already. Outside of strings, line breaks are the only control characters.
    let is_escaped = |character: char| !character.is_ascii_control() || character == '\u{7f}';
    let is_escaped = |character: char| is_escaped(character) && self::is_escaped(character);
    if !json.contains(is_escaped) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + json.len() / 8);
    for character in json.chars() {
        match is_escaped(character) {
            true => _ = write!(escaped, "\\u{:04x}", u32::from(character)),
            false => escaped.push(character),
        }
    }
    escaped
}

/// Writes `text` as a JSON string.
///
/// # Errors
///
/// Those of `out`.
pub fn write_json_string(text: &str, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut plain = text;
    while let Some((index, character)) = plain
        .char_indices()
        .find(|(_, it)| matches!(it, '"' | '\\') || is_escaped(*it))
    {
        let (before, from) = plain.split_at(index);
        out.write_all(before.as_bytes())?;
        match character {
            '"' => out.write_all(b"\\\"")?,
            '\\' => out.write_all(b"\\\\")?,
            '\u{8}' => out.write_all(b"\\b")?,
            '\t' => out.write_all(b"\\t")?,
            '\n' => out.write_all(b"\\n")?,
            '\u{c}' => out.write_all(b"\\f")?,
            '\r' => out.write_all(b"\\r")?,
            // All of them are in the basic multilingual plane, so that four digits suffice.
            other => write!(out, "\\u{:04x}", u32::from(other))?,
        }
        plain = from.get(character.len_utf8()..).unwrap_or_default();
    }
    out.write_all(plain.as_bytes())?;
    out.write_all(b"\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One character of each kind.
    const HARMFUL: &str = "\0\u{8}\t\n\u{c}\r\u{1b}\u{1f}\u{7f}\u{80}\u{9b}\u{9f}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}";

    fn json_string(text: &str) -> String {
        let mut out = Vec::new();
        write_json_string(text, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn harmful_characters_are_escaped_and_others_are_not() {
        assert_eq!(
            Escaped(HARMFUL).to_string(),
            r"\u{0}\u{8}\t\n\u{c}\r\u{1b}\u{1f}\u{7f}\u{80}\u{9b}\u{9f}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}"
        );
        // Neighbours of the escaped characters, and those that join letters and emoji.
        let plain =
            " plain: naïve \"текст\" \\ 🦀 ~\u{a0}\u{200b}\u{200c}\u{200d}\u{2027}\u{202f}\u{2065}\u{206a}";
        assert_eq!(Escaped(plain).to_string(), plain);
        assert_eq!(json_string(plain), serde_json::to_string(plain).unwrap());
        assert_eq!(json(plain.to_owned()), plain);
    }

    #[test]
    fn escaped_json_has_the_same_meaning() {
        let expected = r#""\u0000\b\t\n\f\r\u001b\u001f\u007f\u0080\u009b\u009f\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069""#;
        assert_eq!(json_string(HARMFUL), expected);
        assert_eq!(json(serde_json::to_string(HARMFUL).unwrap()), expected);
        assert_eq!(serde_json::from_str::<String>(expected).unwrap(), HARMFUL);
    }

    #[test]
    fn lines_remain_separate() {
        assert_eq!(lines("a\u{1b}[2K\n\n\u{202e}b\n"), "a\\u{1b}[2K\n\n\\u{202e}b\n");
    }

    proptest! {
        #[test]
        fn escaped_text_has_no_harmful_characters(text in prop::collection::vec(
            prop_oneof![any::<char>(), prop::sample::select(HARMFUL.chars().collect::<Vec<_>>())], 0..20,
        )) {
            let text: String = text.into_iter().collect();
            let shown = json_string(&text);
            prop_assert_eq!(&serde_json::from_str::<String>(&shown).unwrap(), &text);
            prop_assert_eq!(&json(serde_json::to_string(&text).unwrap()), &shown);
            for shown in [shown, Escaped(&text).to_string()] {
                prop_assert!(!shown.contains(is_escaped), "{:?}", shown);
            }
        }
    }
}

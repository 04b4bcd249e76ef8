//! Shortens text from inputs, names and arguments, so that messages remain readable.

use std::borrow::Cow;
use std::fmt::Write;

use crate::types::dynamic::DynamicValue;

/// Most characters of one name, key or value.
const LONGEST_EXCERPT: usize = 80;

/// Most characters of a list.
const LONGEST_LIST: usize = 120;

/// Most characters of a message. The middle is cut out: the beginning says where the problem is, the end what to do.
const LONGEST_MESSAGE: usize = 500;

/// Quotes a text.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// The part of a text that [`quoted`] needs.
pub fn beginning(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT + 1) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

/// Whether excerpts show only the beginning of a text.
pub fn is_long(text: &str) -> bool {
    text.char_indices().nth(LONGEST_EXCERPT).is_some()
}

/// Shortens a text that needs no quotes, such as a number.
pub fn unquoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A key: a string in quotes, or a number.
pub fn key(key: &DynamicValue) -> String {
    match key {
        DynamicValue::Unsigned(number) => number.to_string(),
        DynamicValue::Signed(number) => number.to_string(),
        DynamicValue::Text(text) => quoted(text),
        DynamicValue::Json(_) | DynamicValue::Bool(_) | DynamicValue::Float(_) => {
            unreachable!("keys are integers or strings")
        }
    }
}

/// Quotes texts and separates them by commas.
pub fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for (index, text) in texts.into_iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let text = quoted(text);
        if index > 0 && list.chars().count() + text.chars().count() > LONGEST_LIST {
            list.push_str(", …");
            break;
        }
        // Writing to a string cannot fail.
        _ = write!(list, "{separator}{text}");
    }
    list
}

/// Shortens a whole message.
pub fn message(message: &str) -> Cow<'_, str> {
    // A text has at least as many bytes as characters.
    if message.len() <= LONGEST_MESSAGE || message.chars().nth(LONGEST_MESSAGE).is_none() {
        return Cow::Borrowed(message);
    }
    const CUT: &str = " … ";
    let half = (LONGEST_MESSAGE - CUT.len()) / 2;
    let beginning = message
        .char_indices()
        .nth(half)
        .map_or(message.len(), |(end, _)| end);
    let end = message
        .char_indices()
        .nth_back(half - 1)
        .map_or(0, |(start, _)| start);
    let part = |range| message.get(range).unwrap_or_default();
    Cow::Owned([part(0..beginning), CUT, part(end..message.len())].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(quoted(&"é".repeat(80)), format!("{:?}", "é".repeat(80)));
        assert_eq!(quoted(&"é".repeat(81)), format!("{:?}…", "é".repeat(80)));
        assert_eq!(quoted("a\"\n"), r#""a\"\n""#);
        for length in [0, 80, 81, 82, 1000] {
            let text = "é".repeat(length);
            assert_eq!(quoted(&beginning(&text)), quoted(&text));
        }
        assert_eq!(unquoted(&"1".repeat(80)), "1".repeat(80));
        assert_eq!(unquoted(&"1".repeat(81)), format!("{}…", "1".repeat(80)));
    }

    #[test]
    fn long_lists_are_cut_but_never_empty() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a", "b"]), r#""a", "b""#);
        let many: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
        let shown = list(many.iter().map(String::as_str));
        assert!(
            shown.starts_with(r#""0", "1", "#) && shown.ends_with(", …"),
            "{shown}"
        );
        assert!(shown.len() < 140, "{shown}");
        let long = "x".repeat(200);
        assert_eq!(list([long.as_str(), &long]), format!("{}, …", quoted(&long)));
    }

    #[test]
    fn long_messages_keep_their_beginning_and_end() {
        for short in ["", "a", &"é".repeat(500)] {
            assert_eq!(message(short), short);
        }
        for filler in ["x", "é", "🦀"] {
            let long = format!("in.csv: line 1: {}: do this", filler.repeat(200_000));
            let cut = message(&long);
            let count = cut.chars().count();
            assert!((490..=500).contains(&count), "{count}");
            assert!(
                cut.starts_with("in.csv: line 1: ") && cut.ends_with(": do this"),
                "{cut}"
            );
        }
    }
}

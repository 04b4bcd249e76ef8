//! How much of what users gave a message shows: whatever an input, a name or an argument holds, a message can be read.

use std::borrow::Cow;
use std::fmt::Write;

/// As many characters of one name, key or value.
const LONGEST_EXCERPT: usize = 80;

/// As many characters of a list.
const LONGEST_LIST: usize = 120;

/// As many characters of a message. What is cut out is in its middle: the beginning says where, the end what to do.
const LONGEST_MESSAGE: usize = 500;

/// A text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

/// As much of a text as [`quoted`] needs, so that a long one need not be kept.
pub(crate) fn beginning(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT + 1) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text.to_owned(),
    }
}

/// Whether only the beginning of a text is shown.
pub(crate) fn is_long(text: &str) -> bool {
    text.char_indices().nth(LONGEST_EXCERPT).is_some()
}

/// A text as it is, such as that of a number.
pub(crate) fn unquoted(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXCERPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Texts in quotes, with commas between them.
pub(crate) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for (index, text) in texts.into_iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let text = quoted(text);
        if index > 0 && list.chars().count() + text.chars().count() > LONGEST_LIST {
            list.push_str(", …");
            break;
        }
        // Writing to a string does not fail.
        _ = write!(list, "{separator}{text}");
    }
    list
}

/// A whole message.
pub(crate) fn message(message: &str) -> Cow<'_, str> {
    // Bytes are at least as many as characters.
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
    fn a_long_text_is_cut_at_a_character() {
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
    fn a_list_ends_where_it_gets_long_and_shows_something_always() {
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
    fn a_long_message_keeps_its_beginning_and_its_end() {
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

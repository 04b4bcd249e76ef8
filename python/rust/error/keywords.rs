//! Messages that name options of the command line, in terms of keyword arguments.

/// `message` with `max_record` in place of `--max-record`, and `input_format="csv"` in place of `--input-format csv`.
///
/// Commands that the message tells to run stay as they are.
pub(crate) fn with_keywords(message: &str) -> String {
    let mut rewritten = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(place) = rest.find("--") {
        let (before, option) = rest.split_at(place);
        rewritten.push_str(before);
        let name_length = option
            .find(|letter: char| !letter.is_ascii_lowercase() && letter != '-')
            .unwrap_or(option.len());
        let (name, behind) = option.split_at(name_length);
        let is_option = name
            .chars()
            .nth(2)
            .is_some_and(|letter| letter.is_ascii_lowercase())
            && !name.ends_with('-')
            && before
                .chars()
                .next_back()
                .is_none_or(|letter| " (\"'`".contains(letter));
        rest = behind;
        if !is_option || rewritten.contains("cargo install") {
            rewritten.push_str(name);
            continue;
        }
        match name {
            "--no-header" => rewritten.push_str("header=\"none\""),
            name => rewritten.push_str(&name.trim_start_matches('-').replace('-', "_")),
        }
        rest = with_argument(behind, &mut rewritten);
    }
    rewritten.push_str(rest);
    rewritten
}

/// Appends the argument that stands behind an option, if one does, and returns what is behind it.
fn with_argument<'m>(behind: &'m str, rewritten: &mut String) -> &'m str {
    /// Names of formats, and of values of other options that messages give.
    const WORDS: [&str; 16] = [
        "arrow",
        "csv",
        "each",
        "first",
        "integer",
        "json",
        "keep",
        "messagepack",
        "ndjson",
        "none",
        "parquet",
        "skip",
        "text",
        "tsv",
        "tuple",
        "xxh3",
    ];
    let Some(argument) = behind.strip_prefix(' ') else {
        return behind;
    };
    let quoted = argument.strip_prefix('\'').and_then(|text| text.split_once('\''));
    if let Some((text, rest)) = quoted {
        rewritten.push_str("='");
        rewritten.push_str(text);
        rewritten.push('\'');
        return rest;
    }
    let end = argument
        .find(|letter: char| !letter.is_ascii_alphanumeric())
        .unwrap_or(argument.len());
    let (word, rest) = argument.split_at(end);
    if WORDS.contains(&word) {
        rewritten.push_str("=\"");
        rewritten.push_str(word);
        rewritten.push('"');
        return rest;
    }
    behind
}

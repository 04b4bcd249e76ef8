//! Finds the paths that a file mentions: in `use` declarations, and everywhere else.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path in a source file, such as `super::page::decode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) segments: Vec<String>,
    /// How a `use` declaration has it; `None` for any other mention.
    pub(crate) import: Option<Import>,
    /// Whether the path's first name stands where a value, a type, a function or a macro is named.
    pub(crate) names_item: bool,
}

/// What a path of a `use` declaration brings into scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// The name, `None` for `*`.
    pub(crate) name: Option<String>,
    /// Whether other modules see it, too: `pub use`, `pub(crate) use`.
    pub(crate) is_re_export: bool,
}

/// The tokens of Rust source text.
pub(crate) fn tokens(text: &str) -> Vec<TokenTree> {
    let stream: TokenStream = text.parse().expect("the compiler accepts it");
    stream.into_iter().collect()
}

/// Every path that source text mentions outside of what is compiled for tests only.
pub(crate) fn paths_outside_tests(text: &str) -> Vec<Vec<String>> {
    let mentions = mentions(&without_tests(tokens(text)));
    mentions.into_iter().map(|mention| mention.segments).collect()
}

/// The tokens without items that are compiled for tests only.
pub(crate) fn without_tests(tokens: Vec<TokenTree>) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let is_attribute = is_punct(&token, '#');
        match rest.peek() {
            Some(TokenTree::Group(group)) if is_attribute && is_for_tests(group) => {
                // To the end of the item, other attributes included.
                rest.next();
                let mut previous_is_hash = false;
                for token in rest.by_ref() {
                    let is_end = match &token {
                        TokenTree::Punct(punct) => matches!(punct.as_char(), ';' | ','),
                        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !previous_is_hash,
                        _ => false,
                    };
                    if is_end {
                        break;
                    }
                    previous_is_hash = is_punct(&token, '#');
                }
            }
            _ => kept.push(match token {
                TokenTree::Group(group) => {
                    let inside = without_tests(group.stream().into_iter().collect());
                    Group::new(group.delimiter(), inside.into_iter().collect()).into()
                }
                other => other,
            }),
        }
    }
    kept
}

/// Whether an attribute, without its `#`, is a `cfg` that holds in tests only.
fn is_for_tests(attribute: &Group) -> bool {
    let tokens: Vec<_> = attribute.stream().into_iter().collect();
    match &tokens[..] {
        [TokenTree::Ident(name), TokenTree::Group(condition)] if name == "cfg" => {
            needs_test(&condition.stream().into_iter().collect::<Vec<_>>())
        }
        _ => false,
    }
}

/// Whether a condition of `cfg` holds in tests only.
fn needs_test(condition: &[TokenTree]) -> bool {
    match condition {
        [TokenTree::Ident(name)] => name == "test",
        [TokenTree::Ident(name), TokenTree::Group(parts)] => {
            let parts: Vec<_> = parts.stream().into_iter().collect();
            let mut parts = parts
                .split(|token| is_punct(token, ','))
                .filter(|part| !part.is_empty());
            match name.to_string().as_str() {
                "all" => parts.any(needs_test),
                "any" => parts.all(needs_test),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Every path in the tokens, in order.
pub(crate) fn mentions(tokens: &[TokenTree]) -> Vec<Mention> {
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: &[TokenTree], found: &mut Vec<Mention>) {
    let mut at = 0;
    let mut is_public = false;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "use" => {
                at = collect_use(tokens, at + 1, &[], is_public, found);
            }
            TokenTree::Ident(word) if word == "pub" => {
                is_public = true;
                // `pub(crate)`, whose `crate` is no path.
                let has_scope = matches!(tokens.get(at + 1), Some(TokenTree::Group(group))
                    if group.delimiter() == Delimiter::Parenthesis);
                at += if has_scope { 2 } else { 1 };
                continue;
            }
            TokenTree::Ident(_) if !is_member(tokens, at) => at = collect_path(tokens, at, found),
            // Attributes other than `derive` and the like mention no paths of ours; documentation is text.
            TokenTree::Group(group) => {
                collect(&group.stream().into_iter().collect::<Vec<_>>(), found);
                at += 1;
            }
            _ => at += 1,
        }
        is_public = false;
    }
}

/// Whether the name at a place follows `.`, `::` or `'`: it is a field, a method, a further part of a path, or a lifetime.
fn is_member(tokens: &[TokenTree], at: usize) -> bool {
    let before = |distance: usize| at.checked_sub(distance).map(|place| &tokens[place]);
    match before(1) {
        Some(token) if is_punct(token, '\'') => true,
        // Not `..name`.
        Some(token) if is_punct(token, '.') => !before(2).is_some_and(|token| is_punct(token, '.')),
        Some(token) if is_punct(token, ':') => before(2).is_some_and(|token| is_punct(token, ':')),
        _ => false,
    }
}

/// Collects the path that begins at a place, and gives the place behind it.
fn collect_path(tokens: &[TokenTree], start: usize, found: &mut Vec<Mention>) -> usize {
    let mut segments = vec![word(&tokens[start])];
    let mut at = start + 1;
    while has_colons(tokens, at) {
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(name)) => segments.push(name.to_string()),
            _ => break,
        }
        at += 3;
    }
    let follows_fn = start > 0 && matches!(&tokens[start - 1], TokenTree::Ident(word) if word == "fn");
    let is_called = match tokens.get(at) {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(token) => is_punct(token, '!'),
        None => false,
    };
    let is_type = segments[0].starts_with(char::is_uppercase);
    found.push(Mention {
        names_item: !follows_fn && (is_type || is_called || segments.len() > 1),
        segments,
        import: None,
    });
    at
}

/// Collects the paths of a `use` tree that begins at a place, behind `prefix`, and gives the place behind the tree.
fn collect_use(
    tokens: &[TokenTree],
    start: usize,
    prefix: &[String],
    is_re_export: bool,
    found: &mut Vec<Mention>,
) -> usize {
    let mut segments = prefix.to_vec();
    // A path from the root of all crates.
    let mut at = if has_colons(tokens, start) {
        start + 2
    } else {
        start
    };
    let mut push = |segments: Vec<String>, name: Option<String>| {
        found.push(Mention {
            segments,
            import: Some(Import { name, is_re_export }),
            names_item: false,
        });
    };
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) => {
                let name = name.to_string();
                // `page::{self, …}` names the module itself.
                if name != "self" || segments.is_empty() {
                    segments.push(name);
                }
                at += 1;
            }
            Some(TokenTree::Group(group)) => {
                let trees: Vec<_> = group.stream().into_iter().collect();
                let mut at_tree = 0;
                while at_tree < trees.len() {
                    at_tree = 1 + collect_use(&trees, at_tree, &segments, is_re_export, found);
                }
                return at + 1;
            }
            Some(token) if is_punct(token, '*') => {
                push(segments, None);
                return at + 1;
            }
            _ => return at,
        }
        if has_colons(tokens, at) {
            at += 2;
            continue;
        }
        let renamed = match (tokens.get(at), tokens.get(at + 1)) {
            (Some(TokenTree::Ident(word)), Some(name)) if word == "as" => Some(self::word(name)),
            _ => None,
        };
        let end = if renamed.is_some() { at + 2 } else { at };
        let name = renamed.or_else(|| segments.last().cloned());
        push(segments, name);
        return end;
    }
}

fn has_colons(tokens: &[TokenTree], at: usize) -> bool {
    let is_colon = |place: usize| tokens.get(place).is_some_and(|token| is_punct(token, ':'));
    is_colon(at) && is_colon(at + 1)
}

pub(crate) fn is_punct(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

pub(crate) fn word(token: &TokenTree) -> String {
    token.to_string()
}

#[cfg(test)]
mod tests;

//! Lists of names.

use std::collections::HashSet;

use anyhow::bail;

use crate::excerpt;

/// The names in a list, separated by commas. In a list, a name may be in double quotes, as in CSV, and then contain commas.
pub(crate) fn split(list: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut rest = list;
    while !rest.is_empty() {
        let (name, behind) = match list.contains(',').then(|| quoted(rest)).flatten() {
            Some(split) => split,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (name, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
                (name.to_owned(), behind)
            }
        };
        if let Some(last) = names.last_mut() {
            *last = name;
        }
        rest = match behind.strip_prefix(',') {
            Some(behind) => {
                names.push(String::new());
                behind
            }
            None => "",
        };
    }
    names
}

/// The name in double quotes at the beginning of a list, and what follows. `None` if there is none that ends with the list or at a
/// comma.
fn quoted(list: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = list.strip_prefix('"')?;
    loop {
        let (part, behind) = rest.split_once('"')?;
        name.push_str(part);
        rest = match behind.strip_prefix('"') {
            Some(behind) => behind,
            None => return (behind.is_empty() || behind.starts_with(',')).then_some((name, behind)),
        };
        name.push('"');
    }
}

/// Fails if a name is there twice.
pub(in crate::input) fn check_distinct(what: &str, names: &[String]) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(twice) => bail!("the {what} {} is chosen twice", excerpt::quoted(twice)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_names_unless_they_are_in_quotes() {
        for (list, expected) in [
            ("a", &["a"][..]),
            ("a,b", &["a", "b"]),
            ("a, b", &["a", " b"]),
            (",", &["", ""]),
            ("a,", &["a", ""]),
            ("", &[""]),
            (r#""a,b""#, &["a,b"]),
            (r#""a,b",c,"d""e""#, &["a,b", "c", "d\"e"]),
            // No list.
            (r#""a""#, &[r#""a""#]),
            // Not quoted to their end.
            (r#""a,b"#, &["\"a", "b"]),
            (r#""a"b,c"#, &["\"a\"b", "c"]),
            (r#"a"b,c"#, &["a\"b", "c"]),
        ] {
            assert_eq!(split(list), expected, "{list}");
        }
    }
}

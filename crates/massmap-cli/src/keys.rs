//! From the key type that a file names to the type that reads its keys.

use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::hash::Hash;
use std::str::FromStr;

use anyhow::{Context, bail};
use massmap::MassMapInner;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::console;
use crate::hash::TolerantHashLoader;

/// What is asked of a map.
pub(crate) struct Query<'a> {
    /// A key to look up, as the user wrote it.
    pub(crate) key: Option<&'a str>,
    /// A bucket to list.
    pub(crate) bucket: Option<u64>,
}

/// Answers `query`: a line with the value of the key, then the entries of the bucket.
///
/// If a key is asked for, the hash function of the map must be a known one.
pub(crate) fn answer(
    map: MassMapInner<File, TolerantHashLoader>,
    query: &Query<'_>,
) -> anyhow::Result<Vec<String>> {
    match canonical(&map.meta.key_type).as_str() {
        "u8" => answer_as::<u8>(map, query),
        "u16" => answer_as::<u16>(map, query),
        "u32" => answer_as::<u32>(map, query),
        "u64" => answer_as::<u64>(map, query),
        "u128" => answer_as::<u128>(map, query),
        "i8" => answer_as::<i8>(map, query),
        "i16" => answer_as::<i16>(map, query),
        "i32" => answer_as::<i32>(map, query),
        "i64" => answer_as::<i64>(map, query),
        "i128" => answer_as::<i128>(map, query),
        // All of them hash and encode as the text that they hold.
        "str"
        | "alloc::string::String"
        | "alloc::boxed::Box<str>"
        | "alloc::borrow::Cow<str>"
        | "alloc::rc::Rc<str>"
        | "alloc::sync::Arc<str>" => answer_as::<String>(map, query),
        _ => bail!(
            "keys of type {:?} can be neither looked up nor shown, only integers from u8 to u128 and i8 to i128, and \
             strings",
            map.meta.key_type
        ),
    }
}

/// A type name without what changes neither hash nor encoding of a key: references, and lifetimes, which compilers from
/// 1.91 on write out as `'_`.
fn canonical(type_name: &str) -> String {
    type_name
        .replace("'_, ", "")
        .replace("'_ ", "")
        .trim_start_matches('&')
        .to_owned()
}

fn answer_as<K>(map: MassMapInner<File, TolerantHashLoader>, query: &Query<'_>) -> anyhow::Result<Vec<String>>
where
    K: FromStr<Err: Error + Send + Sync + 'static> + DeserializeOwned + Serialize + Display + Eq + Hash,
{
    let key = query
        .key
        .map(|key| {
            key.parse::<K>()
                .with_context(|| format!("the key {key:?} is no {}", map.meta.key_type))
        })
        .transpose()?;
    let map = map.cast::<K, Value>();
    let mut answers = Vec::new();
    if let Some(key) = key {
        let value = map.get(&key).context("cannot look up the key")?;
        answers.push(format!("Get {key}: {value:?}"));
    }
    if let Some(bucket) = query.bucket {
        // An index beyond usize is beyond the last bucket as well.
        let entries = map
            .get_bucket(usize::try_from(bucket).unwrap_or(usize::MAX))
            .context("cannot list the bucket")?;
        answers.push(format!("Bucket {bucket} entries:\n{}", console::json(&entries)?));
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use std::any::type_name;
    use std::borrow::Cow;
    use std::sync::Arc;

    use super::canonical;

    #[test]
    fn type_names_lose_references_and_lifetimes() {
        for (name, expected) in [
            (type_name::<&str>(), "str"),
            (type_name::<&&u64>(), "u64"),
            (type_name::<Cow<'_, str>>(), "alloc::borrow::Cow<str>"),
            (type_name::<Arc<str>>(), "alloc::sync::Arc<str>"),
            (type_name::<&String>(), "alloc::string::String"),
            ("&'_ str", "str"),
            ("alloc::borrow::Cow<'_, str>", "alloc::borrow::Cow<str>"),
            ("", ""),
        ] {
            assert_eq!(canonical(name), expected);
        }
    }
}

//! Where a file is: a path, or a URL.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

/// What a command line without URLs says.
pub const WITHOUT_URLS: &str = "this program was built without support for URLs; get it with: cargo install massmap-cli --features object-store";

/// The place of a massmap file. Shown without passwords.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A path.
    Path(PathBuf),
    /// The URL of an object in a store.
    Url(String),
}

impl Location {
    /// The path, if it has one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Url(_) => None,
        }
    }
}

impl From<OsString> for Location {
    /// `SCHEME://…` is a URL; everything else, such as `./a://b`, is a path. So is a URL that begins with `file:///`.
    fn from(argument: OsString) -> Self {
        let Some((scheme, rest)) = argument.to_str().and_then(|text| text.split_once("://")) else {
            return Self::Path(argument.into());
        };
        let is_scheme = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
        match is_scheme {
            true if scheme.eq_ignore_ascii_case("file") => match path_of_file_url(rest) {
                Some(path) => Self::Path(path),
                None => Self::Url(argument.to_string_lossy().into_owned()),
            },
            true => Self::Url(argument.to_string_lossy().into_owned()),
            false => Self::Path(argument.into()),
        }
    }
}

/// The path of a URL of a file of this machine, after `file://`.
fn path_of_file_url(rest: &str) -> Option<PathBuf> {
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = rest.starts_with('/').then(|| percent_decode_str(rest))?;
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        Some(OsString::from_vec(path.collect()).into())
    }
    #[cfg(not(unix))]
    {
        // Of `/C:/folder/file`, all but the first slash.
        let path = path.decode_utf8().ok()?;
        Some(path.get(1..)?.into())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Url(url) => f.write_str(&without_secrets(url)),
        }
    }
}

/// A URL without user, password, query and fragment.
pub(crate) fn without_secrets(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (url, _) = url.split_at(end);
    let Some((scheme, rest)) = url.split_once("://") else {
        return String::new();
    };
    // Browsers and stores take no notice of more slashes than two.
    let rest = rest.trim_start_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = match authority.rsplit_once('@') {
        // Azure has the container there.
        Some((user, host)) if scheme.starts_with("abfs") => {
            let container = user.split_once(':').map_or(user, |(container, _)| container);
            format!("{container}@{host}")
        }
        Some((_, host)) => host.to_owned(),
        None => authority.to_owned(),
    };
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(text: &str) -> Location {
        OsString::from(text).into()
    }

    #[test]
    fn what_has_no_scheme_is_a_path() {
        for text in [
            "", "a", "./s3://a", "/s3://a", "a b://c", "s3:/a", "://a", "3s://a", "-",
        ] {
            assert_eq!(location(text), Location::Path(text.into()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn urls_of_files_are_paths() {
        for (url, path) in [
            ("file:///a/b%20c", "/a/b c"),
            ("FILE:///a", "/a"),
            ("file://localhost/a", "/a"),
            ("file:///a%", "/a%"),
        ] {
            assert_eq!(location(url), Location::Path(path.into()));
        }
        for url in ["file://host/a", "file://"] {
            assert_eq!(location(url), Location::Url(url.to_owned()));
        }
    }

    #[test]
    fn passwords_and_signatures_are_not_shown() {
        for (url, shown) in [
            ("s3://bucket/a", "s3://bucket/a"),
            (
                "https://user:password@host:81/a/b@c?signature=1#end",
                "https://host:81/a/b@c",
            ),
            ("https://user:p@ss@host", "https://host"),
            ("https://host?query=/a@b", "https://host"),
            ("https://host#a@b", "https://host"),
            (
                "abfss://container:password@account.example/a?sas",
                "abfss://container@account.example/a",
            ),
            ("s3://key:secret@bucket/a", "s3://bucket/a"),
            ("https:///user:secret@host/a", "https://host/a"),
        ] {
            assert_eq!(location(url).to_string(), shown);
        }
    }
}

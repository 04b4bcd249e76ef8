//! The version of an object that a reader reads.

use object_store::{GetOptions, ObjectMeta};

use crate::reader::version_tag::VersionTag;

/// What a store says of a version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pinned {
    /// Quotes included, and `W/` before them if it is weak.
    etag: Option<String>,
    /// The store's name of the version, in buckets that keep old ones.
    version: Option<String>,
    /// Empty if the store does not tell.
    last_modified: String,
    /// In bytes.
    pub(crate) length: u64,
}

impl Pinned {
    pub(crate) fn new(meta: &ObjectMeta) -> Self {
        // Where a server does not tell the time, object_store says 1970.
        let last_modified = match meta.last_modified.timestamp_nanos_opt() {
            Some(0) => String::new(),
            _ => meta.last_modified.to_rfc3339(),
        };
        let told = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Self {
            etag: told(&meta.e_tag),
            version: told(&meta.version),
            last_modified,
            length: meta.size,
        }
    }

    /// The ETag, if no other version has it.
    fn strong_etag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| !etag.starts_with("W/"))
    }

    /// Adds the condition that the object is still of this version.
    ///
    /// A weak ETag is no condition: by RFC 9110, section 13.1.1, `If-Match` never holds for one. The version is asked for only where there
    /// is no strong ETag, since S3 demands another permission for that.
    pub(crate) fn add_conditions(&self, options: &mut GetOptions) {
        match self.strong_etag() {
            Some(etag) => options.if_match = Some(etag.to_owned()),
            None => options.version.clone_from(&self.version),
        }
    }

    /// Whether an answer is of this version, as far as can be told.
    pub(crate) fn is_same(&self, found: &Self) -> bool {
        let is_same = self.etag == found.etag && self.length == found.length;
        match self.strong_etag() {
            // Equal bytes, whichever version they are of by name, and whenever they were written.
            Some(_) => is_same,
            None => {
                is_same
                    && self.version == found.version
                    && (self.version.is_some() || self.last_modified == found.last_modified)
            }
        }
    }

    pub(crate) fn tag(&self) -> VersionTag {
        match (self.strong_etag(), &self.version) {
            (Some(etag), _) => VersionTag::strong(etag),
            (None, Some(version)) => VersionTag::strong(format!("version {version}")),
            (None, None) => VersionTag::weak(self.to_string()),
        }
    }
}

impl std::fmt::Display for Pinned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.length)?;
        match &self.etag {
            Some(etag) => write!(f, " with the ETag {etag}")?,
            None => write!(f, " without an ETag")?,
        }
        if let Some(version) = &self.version {
            write!(f, ", of version {version}")?;
        }
        if self.strong_etag().is_none() && !self.last_modified.is_empty() {
            write!(f, ", changed last at {}", self.last_modified)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use object_store::path::Path;

    use super::*;

    fn pinned(etag: Option<&str>, version: Option<&str>, time: &str, size: u64) -> Pinned {
        Pinned::new(&ObjectMeta {
            location: Path::from("a"),
            last_modified: time.parse().unwrap(),
            size,
            e_tag: etag.map(str::to_owned),
            version: version.map(str::to_owned),
        })
    }

    const NEVER: &str = "1970-01-01T00:00:00Z";
    const MONDAY: &str = "2024-01-01T00:00:00Z";
    const TUESDAY: &str = "2024-01-02T00:00:00Z";

    fn conditions(pinned: &Pinned) -> (Option<String>, Option<String>) {
        let mut options = GetOptions::default();
        pinned.add_conditions(&mut options);
        (options.if_match, options.version)
    }

    #[test]
    fn a_strong_etag_says_all() {
        let monday = pinned(Some("\"a\""), Some("1"), MONDAY, 10);
        assert_eq!(conditions(&monday), (Some("\"a\"".to_owned()), None));
        assert_eq!(monday.tag(), VersionTag::strong("\"a\""));
        assert!(monday.is_same(&pinned(Some("\"a\""), None, TUESDAY, 10)));
        for other in [
            pinned(Some("\"b\""), Some("1"), MONDAY, 10),
            pinned(Some("W/\"a\""), Some("1"), MONDAY, 10),
            pinned(None, Some("1"), MONDAY, 10),
            pinned(Some("\"a\""), Some("1"), MONDAY, 11),
        ] {
            assert!(!monday.is_same(&other), "{other}");
        }
    }

    #[test]
    fn a_version_says_all_where_the_etag_is_weak() {
        let first = pinned(Some("W/\"a\""), Some("1"), MONDAY, 10);
        assert_eq!(conditions(&first), (None, Some("1".to_owned())));
        assert_eq!(first.tag(), VersionTag::strong("version 1"));
        assert!(first.is_same(&pinned(Some("W/\"a\""), Some("1"), TUESDAY, 10)));
        assert!(!first.is_same(&pinned(Some("W/\"a\""), Some("2"), MONDAY, 10)));
    }

    #[test]
    fn a_weak_etag_is_no_condition_and_the_time_and_the_length_count_too() {
        for etag in [Some("W/\"a\""), None] {
            let monday = pinned(etag, None, MONDAY, 10);
            assert_eq!(conditions(&monday), (None, None));
            assert!(!monday.tag().is_strong());
            assert!(monday.is_same(&pinned(etag, None, MONDAY, 10)));
            for other in [
                pinned(etag, None, TUESDAY, 10),
                pinned(etag, None, MONDAY, 11),
                pinned(Some("W/\"b\""), None, MONDAY, 10),
                pinned(Some("\"a\""), None, MONDAY, 10),
            ] {
                assert!(!monday.is_same(&other), "{other}");
                assert_ne!(monday.tag(), other.tag());
            }
        }
    }

    #[test]
    fn a_version_is_described_by_what_tells_it_from_others() {
        for (pinned, description) in [
            (
                pinned(Some("\"a\""), None, MONDAY, 10),
                "10 bytes with the ETag \"a\"",
            ),
            (
                pinned(Some("\"a\""), Some("7"), MONDAY, 10),
                "10 bytes with the ETag \"a\", of version 7",
            ),
            (
                pinned(None, None, MONDAY, 10),
                "10 bytes without an ETag, changed last at 2024-01-01T00:00:00+00:00",
            ),
            (pinned(None, None, NEVER, 10), "10 bytes without an ETag"),
        ] {
            assert_eq!(pinned.to_string(), description);
        }
    }
}

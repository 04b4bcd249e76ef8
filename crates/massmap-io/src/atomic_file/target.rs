//! The path at which a file is created or replaced.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::attributes::Attributes;
use crate::{IoError, PublishStep};

mod sticky;

/// The most links that are followed, as many as on Linux.
const MAX_LINKS: usize = 40;

/// A path at which a file may be created or replaced.
#[derive(Debug)]
pub(super) struct Target {
    /// The path as the user gave it, for messages.
    pub(super) named: PathBuf,
    /// Not a symbolic link, so that a rename replaces the target of the user's link rather than the link. Absolute, so that it
    /// stays valid when the program changes its directory.
    pub(super) path: PathBuf,
    /// Parent of `path`.
    pub(super) directory: PathBuf,
    /// The attributes of the existing file, which the new one should keep.
    pub(super) existing: Option<Attributes>,
}

impl Target {
    /// Checks that a file at `named` may be created or replaced. Changes nothing.
    pub(super) fn new(named: &Path) -> Result<Self, IoError> {
        let owned = || named.to_owned();
        let unwritable = |source| IoError::Unwritable {
            path: owned(),
            source,
        };

        let Resolved { path, metadata } = follow_links(named)?;
        let existing = match metadata {
            Some(metadata) if metadata.is_dir() => return Err(IoError::IsDirectory { path: owned() }),
            Some(metadata) if !metadata.is_file() => return Err(IoError::NotRegular { path: owned() }),
            Some(metadata) => {
                if !sticky::may_replace(&path, &metadata).map_err(unwritable)? {
                    return Err(IoError::ForeignFile { path: owned() });
                }
                // A rename needs no permission for the file that it replaces, but a write-protected file should stay.
                let file = open_without_following(&path).map_err(unwritable)?;
                Some(Attributes::of(&file).map_err(unwritable)?)
            }
            None => None,
        };
        if !names_a_file(&path) {
            return Err(IoError::NamesNoFile { path: owned() });
        }
        let path = std::path::absolute(path).map_err(unwritable)?;
        let Some(directory) = path.parent().map(Path::to_owned) else {
            return Err(IoError::NamesNoFile { path: owned() });
        };
        Ok(Self {
            named: owned(),
            path,
            directory,
            existing,
        })
    }

    /// The error of a step that failed.
    pub(super) fn failed(&self, step: PublishStep, source: io::Error) -> IoError {
        IoError::Publish {
            path: self.named.clone(),
            step,
            source,
        }
    }
}

/// The end of a chain of symbolic links.
struct Resolved {
    /// Not a symbolic link.
    path: PathBuf,
    /// `None` if nothing exists there.
    metadata: Option<Metadata>,
}

/// Follows a chain of symbolic links. Its end need not exist: as in creating a file through a link, dangling links are followed
/// too, unlike by [`fs::canonicalize`].
fn follow_links(named: &Path) -> Result<Resolved, IoError> {
    let unwritable = |source| IoError::Unwritable {
        path: named.to_owned(),
        source,
    };
    let mut path = named.to_owned();
    for _ in 0..=MAX_LINKS {
        let metadata = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Resolved { path, metadata: None });
            }
            // It may be a link, which a rename would replace.
            Err(error) => return Err(unwritable(error)),
        };
        if !metadata.is_symlink() {
            return Ok(Resolved {
                path,
                metadata: Some(metadata),
            });
        }
        if !sticky::may_follow(&path, &metadata).map_err(unwritable)? {
            return Err(IoError::ForeignLink {
                path: named.to_owned(),
                link: path,
            });
        }
        let to = fs::read_link(&path).map_err(unwritable)?;
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    Err(IoError::TooManyLinks {
        path: named.to_owned(),
    })
}

/// Opens a regular file for writing, unless another process has replaced it: a link is not followed, and a FIFO is not waited
/// for.
fn open_without_following(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits().cast_signed());
    }
    options.open(path)
}

/// Whether `path` ends in a name, like `file` and unlike `directory/`, `directory/.`, `..` and `/`.
fn names_a_file(path: &Path) -> bool {
    // `Path::file_name` ignores a trailing separator or dot.
    path.file_name().is_some_and(|name| {
        path.as_os_str()
            .as_encoded_bytes()
            .ends_with(name.as_encoded_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_is_made_absolute() {
        let here = std::env::current_dir().unwrap();
        for (named, directory) in [("file", here.clone()), ("./a/../file", here.join("a/.."))] {
            let target = Target::new(Path::new(named)).unwrap();
            assert_eq!(target.path, directory.join("file"));
            assert_eq!(target.directory, directory);
            assert_eq!(target.named, Path::new(named));
        }
    }

    #[test]
    fn only_a_path_that_ends_in_a_name_names_a_file() {
        for path in ["file", "./file", "/file", "a/../file", "..file", "."] {
            assert_eq!(names_a_file(Path::new(path)), path != ".", "{path}");
        }
        for path in ["", "/", "a/", "a/.", "..", "a/..", "a//"] {
            assert!(!names_a_file(Path::new(path)), "{path}");
        }
    }
}

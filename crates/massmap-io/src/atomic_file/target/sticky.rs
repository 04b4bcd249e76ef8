//! Links and files of other users in directories like `/tmp`, where everybody may create files but not remove those of others.
//!
//! Linux protects programs there when it follows links and opens files (`fs.protected_symlinks`, `fs.protected_regular`).
//! Publishing a file resolves links itself and replaces files without opening them, which bypasses that protection. So the same
//! rules are applied here, whether or not the system enables them.

#[cfg(unix)]
pub(super) use unix::{may_follow, may_replace};

#[cfg(unix)]
mod unix {
    use std::fs::{self, Metadata};
    use std::io::Result;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    const STICKY: u32 = 0o1000;
    const WRITABLE_BY_OTHERS: u32 = 0o002;
    const ROOT: u32 = 0;

    /// Whether the symbolic link at `path` may be followed. In a sticky directory that everybody may write to, only links of this
    /// user and of the directory's owner: anybody else could choose where the file is written.
    pub(in super::super) fn may_follow(path: &Path, link: &Metadata) -> Result<bool> {
        let directory = directory_of(path)?;
        Ok(!is_open_to_all(&directory) || is_trusted(link, &directory, user()))
    }

    /// Whether the regular file at `path` may be replaced. In a sticky directory that everybody may write to, even root may only
    /// replace files of its own and of the directory's owner: the new file would belong to the user who created the old one. For
    /// other users, and in other sticky directories, the system refuses to replace files of others; this refuses before the work.
    pub(in super::super) fn may_replace(path: &Path, file: &Metadata) -> Result<bool> {
        let (directory, user) = (directory_of(path)?, user());
        if directory.mode() & STICKY == 0 {
            return Ok(true);
        }
        if user == ROOT {
            return Ok(!is_open_to_all(&directory) || is_trusted(file, &directory, user));
        }
        Ok(file.uid() == user || directory.uid() == user)
    }

    fn is_open_to_all(directory: &Metadata) -> bool {
        directory.mode() & (STICKY | WRITABLE_BY_OTHERS) == STICKY | WRITABLE_BY_OTHERS
    }

    fn is_trusted(entry: &Metadata, directory: &Metadata, user: u32) -> bool {
        [user, directory.uid()].contains(&entry.uid())
    }

    /// The user with whose rights files are opened.
    fn user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn directory_of(path: &Path) -> Result<Metadata> {
        match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => fs::metadata(parent),
            _ => fs::metadata("."),
        }
    }
}

/// Other systems have no sticky directories.
#[cfg(not(unix))]
pub(super) fn may_follow(_: &std::path::Path, _: &std::fs::Metadata) -> std::io::Result<bool> {
    Ok(true)
}

/// Other systems have no sticky directories.
#[cfg(not(unix))]
pub(super) fn may_replace(_: &std::path::Path, _: &std::fs::Metadata) -> std::io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests;

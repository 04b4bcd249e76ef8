//! What other users have put into directories like `/tmp`, where everybody may create files and nobody may remove those of
//! others.
//!
//! Linux protects programs there (`fs.protected_symlinks`, `fs.protected_regular`) when it follows links and opens files.
//! Publishing a file follows links by hand and replaces files without opening them, past that protection; hence the same
//! rules here, whether or not the system has them switched on.

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

    /// Whether the symbolic link at `path` may be followed. In a sticky directory that everybody may write to, only those of
    /// this user and of the directory's owner: whoever else made it chose the place of the file.
    pub(in super::super) fn may_follow(path: &Path, link: &Metadata) -> Result<bool> {
        let directory = directory_of(path)?;
        Ok(!is_open_to_all(&directory) || is_trusted(link, &directory, user()))
    }

    /// Whether the regular file at `path` may be replaced. In a sticky directory that everybody may write to, only one of
    /// this user and of the directory's owner, by root too: the file would be left to whoever put it there first. In other
    /// sticky directories, and there for other users than root, the system refuses to replace what is not theirs; better now
    /// than after all the work.
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

    /// With whose rights files are opened.
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

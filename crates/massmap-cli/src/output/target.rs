//! Where a command writes rows: to a file that appears when it is complete, or to standard output.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};
use std::path::{Path, PathBuf};

use massmap::AtomicFile;

use super::{console, interrupt};

/// Bytes that are written at a time.
const BUFFER: usize = 1 << 17;

/// A file or standard output that is being written.
pub(crate) enum Target {
    File { out: BufWriter<NewFile>, path: PathBuf },
    Stdout(BufWriter<StdoutLock<'static>>),
}

/// A file that is being written.
pub(crate) struct NewFile(Box<AtomicFile>);

/// The error that nobody reads standard output any more, which is none.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output")]
pub(crate) struct Unread;

/// Whether two values of `-o` name the same target: the same file, or both standard output.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    // A file that is not there yet is where its folder is.
    let resolved = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    let stdout = |path: &Path| path.as_os_str() == "-";
    match (stdout(one), stdout(other)) {
        (false, false) => resolved(one).is_some_and(|one| resolved(other) == Some(one)),
        (one, other) => one && other,
    }
}

impl Target {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        Self::Stdout(BufWriter::with_capacity(BUFFER, io::stdout().lock()))
    }

    /// A file that appears at `path` when it is complete.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be created there.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = interrupt::atomic_file(path)?;
        for lost in file.not_kept() {
            console::warning(&format!("{}: {lost}", path.display()));
        }
        Ok(Self::File {
            out: BufWriter::with_capacity(BUFFER, NewFile(Box::new(file))),
            path: path.to_owned(),
        })
    }

    /// The target of `-o`: standard output unless a path is given, or for `-`.
    ///
    /// # Errors
    ///
    /// Those of [`create`](Self::create).
    pub(crate) fn of_option(path: Option<&Path>) -> anyhow::Result<Self> {
        match path {
            Some(path) if path.as_os_str() != "-" => Self::create(path),
            _ => Ok(Self::stdout()),
        }
    }

    /// Whether it is shown on a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(self, Self::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Ends the output: a file appears.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written. The error is [`Unread`] if nobody reads standard output any more.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.flush().map_err(|error| self.failed(error))?;
        match self {
            Self::File { out, .. } => {
                let (NewFile(file), _) = out.into_parts();
                Ok(file.commit()?)
            }
            Self::Stdout(_) => Ok(()),
        }
    }

    /// An error of writing.
    pub(crate) fn failed(&self, error: io::Error) -> anyhow::Error {
        match self {
            Self::File { path, .. } => {
                anyhow::Error::new(error).context(format!("cannot write {}", path.display()))
            }
            Self::Stdout(_) if error.kind() == ErrorKind::BrokenPipe => Unread.into(),
            Self::Stdout(_) => anyhow::Error::new(error).context("cannot write to stdout"),
        }
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::File { out, .. } => out,
            Self::Stdout(out) => out,
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out().write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out().flush()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! Builds and merges records that exceed the memory of this process, and prints the error.
//!
//! ```text
//! limited WHAT DIRECTORY
//! ```
//!
//! Prints the kind of the error and its message. Exits with 0 only if there was an error, and if the target is unchanged and
//! there are no leftovers.

#[cfg(unix)]
fn main() -> std::io::Result<()> {
    limited::main()
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod limited {
    use std::fs::{self, File};
    use std::io::{Error, Result};
    use std::path::{Path, PathBuf};

    use massmap::{DuplicateKeys, FormatVersion, MassMap, MassMapBuilder, MassMapInfo, MassMapMerger};
    use rayon::iter::{IntoParallelIterator, ParallelIterator};

    /// Memory limit of this process in bytes.
    const LIMIT: u64 = 512 << 20;

    /// Contents of the target before.
    const OLD: &str = "an old file";

    pub(super) fn main() -> Result<()> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [what, directory] = arguments.as_slice() else {
            return Err(Error::other("two arguments are needed"));
        };
        let directory = PathBuf::from(directory);
        let target = directory.join("target");
        fs::write(&target, OLD)?;

        let piece = "x".repeat(1 << 20);
        // One GiB encoded, one MiB here.
        let pieces = vec![piece.as_str(); 1 << 10];
        let before: Vec<_> = ["first", "second"]
            .map(|key| (key.to_owned(), vec!["small"]))
            .into();
        let result = match what.as_str() {
            "value" => {
                limit_memory()?;
                let entries = before.into_iter().chain([("large".to_owned(), pieces)]);
                builder(FormatVersion::V2).build_to_path(&target, entries)
            }
            "value in format 1" => {
                limit_memory()?;
                let entries = before.into_iter().chain([("large".to_owned(), pieces)]);
                builder(FormatVersion::V1).build_to_path(&target, entries)
            }
            "value with field names" => {
                limit_memory()?;
                let entries = [("large", pieces)];
                builder(FormatVersion::V2)
                    .with_field_names(true)
                    .build_to_path(&target, entries.iter())
            }
            "value in parallel" => {
                limit_memory()?;
                let values = [vec!["small"], pieces];
                let entries = (0..2usize).into_par_iter().map(|n| (n, values[n].clone()));
                builder(FormatVersion::V2).par_build_to_path(&target, entries)
            }
            "key" => {
                limit_memory()?;
                let entries = [(0u64, "k".repeat(260 << 20)), (1, String::new())];
                builder(FormatVersion::V2).build_to_path(&target, entries.iter().map(|(n, key)| (key, n)))
            }
            "merge" => merge(&directory, &target, FormatVersion::V2),
            "merge between formats" => merge(&directory, &target, FormatVersion::V1),
            _ => return Err(Error::other("there is no such thing to do")),
        };
        let Err(error) = result else {
            return Err(Error::other("there was memory enough"));
        };
        print(&error);

        if fs::read_to_string(&target)? != OLD {
            return Err(Error::other("the target has changed"));
        }
        for entry in fs::read_dir(&directory)? {
            let name = entry?.file_name();
            if name.to_string_lossy().starts_with('.') {
                return Err(Error::other(format!("{} is left", name.display())));
            }
        }
        // The program continues, and smaller entries can be built.
        builder(FormatVersion::V2).build_to_path(&target, [(1u64, "small")].iter())?;
        let map = MassMap::<u64, String, _>::load(File::open(&target)?)?;
        match map.get(&1)?.as_deref() {
            Some("small") => Ok(()),
            _ => Err(Error::other("the next build goes wrong")),
        }
    }

    fn builder(format: FormatVersion) -> MassMapBuilder {
        MassMapBuilder::default().with_format(format)
    }

    /// Merges two files, one of which has a large value.
    fn merge(directory: &Path, target: &Path, format: FormatVersion) -> Result<MassMapInfo> {
        let paths = ["one", "other"].map(|name| directory.join(name));
        builder(FormatVersion::V2).build_to_path(&paths[0], [(1u64, "v".repeat(260 << 20))].iter())?;
        builder(FormatVersion::V2).build_to_path(&paths[1], [(2u64, "small")].iter())?;
        limit_memory()?;
        let maps = paths.map(|path| MassMap::<u64, String, _>::load(File::open(path)?));
        let maps: Vec<_> = maps.into_iter().collect::<Result<_>>()?;
        MassMapMerger::default()
            .with_format(format)
            .with_duplicate_keys(DuplicateKeys::First)
            .merge_to_path(target, maps)
    }

    fn limit_memory() -> Result<()> {
        let limit = libc::rlimit {
            rlim_cur: LIMIT,
            rlim_max: LIMIT,
        };
        #[expect(unsafe_code, reason = "there is no safe way to set a limit")]
        // SAFETY: the limit outlives the call.
        match unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) } {
            0 => Ok(()),
            _ => Err(Error::last_os_error()),
        }
    }

    /// Prints the kind, the message and those of the causes.
    fn print(error: &Error) {
        println!("{:?}", error.kind());
        println!("{error}");
        let mut cause = error.get_ref().and_then(|payload| payload.source());
        while let Some(error) = cause {
            println!("{error}");
            cause = error.source();
        }
    }
}

//! From what users write to the inputs that it stands for: folders, patterns and URLs of folders are several files.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};

use crate::input::error::{InputError, LocatedError};
use crate::input::format::InputFormat;
use crate::input::settings::Source;
use crate::input::source::origin::Origin;
use crate::location::Location;

/// The inputs that `argument` stands for: a path, `-` for standard input, or a URL; a folder for all files in it and in the folders in
/// it; a pattern, such as `day-*.csv`, for all files and folders that match; a URL that ends in a slash for all objects in that folder.
///
/// They come in the order of their paths. Of folders, files whose names begin with `.` or `_` are left out, since programs that write
/// tables leave notes of their own there. All inputs are of `format` if it is given. Otherwise names tell, as far as they do; in
/// folders, they must.
///
/// # Errors
///
/// Fails if a folder cannot be listed or holds a file of no known format, or if there is no file at all in a folder or for a pattern.
pub fn expand(argument: OsString, format: Option<InputFormat>) -> Result<Vec<Source>, InputError> {
    let location = Location::from(argument);
    let shown = location.to_string();
    let in_argument = |cause: anyhow::Error| LocatedError::from(cause).in_input(&shown);
    match location {
        Location::Url(url) if url.ends_with('/') => {
            of_folder(objects(&url).map_err(in_argument)?, format).map_err(in_argument)
        }
        Location::Path(path) if path.is_dir() => in_folder(&path, format).map_err(in_argument),
        // A file may be called like a pattern.
        Location::Path(path) if !exists(&path) && is_pattern(&path) => {
            matching(&path, format).map_err(in_argument)
        }
        location => Ok(vec![Source::new(location.into(), format)]),
    }
}

/// The inputs from the files of a folder.
fn of_folder(origins: Vec<Origin>, format: Option<InputFormat>) -> anyhow::Result<Vec<Source>> {
    if origins.is_empty() {
        return Err(anyhow!("cannot read it: there are no files in the folder"));
    }
    let source = |origin: Origin| {
        let name = origin.name().unwrap_or_default();
        match format.or_else(|| InputFormat::of_name(&name)) {
            Some(_) => Ok(Source::new(origin, format)),
            None => Err(anyhow!(
                "the format of {origin} in it is not known: remove that file, name the files, or give --input-format for all of them"
            )),
        }
    };
    origins.into_iter().map(source).collect()
}

#[cfg(feature = "object-store")]
fn objects(url: &str) -> anyhow::Result<Vec<Origin>> {
    let objects = massmap_async::ObjectUrl::list_blocking(url)?;
    let objects = objects.into_iter().filter(|(object, _)| {
        let below = object.location.get(url.len()..).unwrap_or_default();
        !below.split('/').any(is_note)
    });
    Ok(objects
        .map(|(object, length)| Origin::Url {
            url: object.location,
            length: Some(length),
        })
        .collect())
}

#[cfg(not(feature = "object-store"))]
fn objects(_: &str) -> anyhow::Result<Vec<Origin>> {
    Err(anyhow!(crate::location::WITHOUT_URLS))
}

fn in_folder(folder: &Path, format: Option<InputFormat>) -> anyhow::Result<Vec<Source>> {
    let mut files = Vec::new();
    collect(folder, &mut files).context("cannot list the folder")?;
    of_folder(files.into_iter().map(Origin::File).collect(), format)
}

/// Appends the files in a folder, and in the folders in it. Links to folders are not followed, since they may lead in circles.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_unstable_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if is_note(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else if !path.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a file or folder of this name is none of the data.
fn is_note(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

fn is_pattern(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|path| path.contains(['*', '?', '[']) && glob::Pattern::new(path).is_ok())
}

/// Whether there is something at the path, or that is not known.
fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

fn matching(pattern: &Path, format: Option<InputFormat>) -> anyhow::Result<Vec<Source>> {
    let options = glob::MatchOptions {
        require_literal_leading_dot: true,
        ..glob::MatchOptions::default()
    };
    let text = pattern.to_str().expect("patterns are UTF-8");
    let paths = glob::glob_with(text, options).expect("its syntax has been checked");
    let mut sources = Vec::new();
    for path in paths {
        let path = path.context("cannot look for files that match")?;
        match path.is_dir() {
            true => sources.extend(in_folder(&path, format).with_context(|| path.display().to_string())?),
            false => sources.push(Source::new(Origin::File(path), format)),
        }
    }
    match sources.is_empty() {
        true => Err(anyhow!("no file matches this pattern")),
        false => Ok(sources),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs, with paths below the folder that is there.
    fn names(argument: &Path, format: Option<InputFormat>) -> Result<Vec<String>, String> {
        let folder = argument.ancestors().find(|path| path.is_dir());
        let folder = folder.unwrap_or(Path::new("")).to_owned();
        let sources = expand(argument.as_os_str().to_owned(), format).map_err(|error| error.message())?;
        let name = |source: Source| match source.origin {
            Origin::File(path) => path.strip_prefix(&folder).unwrap().display().to_string(),
            other => other.to_string(),
        };
        Ok(sources.into_iter().map(name).collect())
    }

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_is_its_files_in_order_without_notes() {
        let folder = folder(&[
            "b.csv",
            "a/2.ndjson.gz",
            "a/1.json",
            "_SUCCESS",
            ".b.csv.crc",
            "_temporary/c.csv",
        ]);
        assert_eq!(
            names(folder.path(), None).unwrap(),
            ["a/1.json", "a/2.ndjson.gz", "b.csv"]
        );
    }

    #[test]
    fn a_file_of_unknown_format_in_a_folder_is_an_error_unless_the_format_is_given() {
        let folder = folder(&["a.csv", "b.bak"]);
        let message = names(folder.path(), None).unwrap_err();
        let path = folder.path().join("b.bak");
        assert!(
            message.contains(&format!("the format of {} in it is not known", path.display())),
            "{message}"
        );
        assert_eq!(
            names(folder.path(), Some(InputFormat::Csv)).unwrap(),
            ["a.csv", "b.bak"]
        );
    }

    #[test]
    fn a_folder_without_files_is_an_error() {
        let folder = folder(&["a/_SUCCESS"]);
        let message = names(folder.path(), None).unwrap_err();
        assert!(
            message.ends_with(": cannot read it: there are no files in the folder"),
            "{message}"
        );
    }

    #[test]
    fn a_pattern_is_what_matches_in_order() {
        let folder = folder(&["2.csv", "1.csv", "x/3.csv", "y/3.json", "y/.4.csv", "1.json"]);
        let names = |pattern: &str| names(&folder.path().join(pattern), None);
        assert_eq!(names("*.csv").unwrap(), ["1.csv", "2.csv"]);
        assert_eq!(names("[12].csv").unwrap(), ["1.csv", "2.csv"]);
        assert_eq!(names("**/3.*").unwrap(), ["x/3.csv", "y/3.json"]);
        assert_eq!(names("?").unwrap(), ["x/3.csv", "y/3.json"]);
        let message = names("*.parquet").unwrap_err();
        assert!(
            message.ends_with("*.parquet: no file matches this pattern"),
            "{message}"
        );
        assert_eq!(names("[").unwrap(), ["["], "no pattern, but the name of a file");
    }

    #[test]
    fn a_file_that_is_called_like_a_pattern_is_that_file() {
        let folder = folder(&["[1].csv", "1.csv"]);
        assert_eq!(names(&folder.path().join("[1].csv"), None).unwrap(), ["[1].csv"]);
    }

    #[test]
    fn what_is_not_there_is_left_to_those_who_open_it() {
        let folder = folder(&[]);
        assert_eq!(names(&folder.path().join("a"), None).unwrap(), ["a"]);
        assert_eq!(names(Path::new("-"), None).unwrap(), ["standard input"]);
    }
}

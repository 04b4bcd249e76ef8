//! Finds out the format of inputs whose names do not tell it.

use std::fs::File;
use std::io::Read;

use super::InputFormat;
use crate::input::settings::InputSettings;
use crate::input::source::origin::Origin;
use crate::input::source::unsupported::{Binary, binary_format};

/// The settings with the formats that the beginnings of files tell, where nothing else does.
pub(in crate::input) fn with_formats(settings: &InputSettings) -> InputSettings {
    let mut settings = settings.clone();
    for source in &mut settings.sources {
        // Where that fails, reading the file tells why.
        if let (false, Some(format)) = (source.format.is_given, beginning_format(&source.origin)) {
            source.format.name = format;
        }
    }
    settings
}

/// The format with typed columns that a file begins like.
fn beginning_format(origin: &Origin) -> Option<InputFormat> {
    let path = match origin {
        // What is read of others cannot be read again.
        Origin::File(path) if origin.is_rereadable() => path,
        _ => return None,
    };
    let mut beginning = Vec::new();
    File::open(path).ok()?.take(16).read_to_end(&mut beginning).ok()?;
    match binary_format(&beginning)? {
        Binary::Parquet => Some(InputFormat::Parquet),
        Binary::Arrow | Binary::Feather => Some(InputFormat::Arrow),
        Binary::Other(_) => None,
    }
}

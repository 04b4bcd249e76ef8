//! Builds maps in memory.

use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, Schema};
use massmap::{FormatVersion, MassMapBuilder, MemoryWriter, Xxh3HashLoader};
use massmap_data::{EntryNames, EntryTask, Input, InputError, InputSettings, Source, duplicate_key_message};
use parquet::arrow::ArrowWriter;
use serde::Serialize;
use tempfile::TempDir;

/// The file of the tests' tables.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The settings to read files.
pub(crate) fn settings<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> InputSettings {
    InputSettings::new(
        paths
            .into_iter()
            .map(|path| Source::of_path(path.as_ref().to_owned())),
    )
}

fn builder() -> MassMapBuilder<Xxh3HashLoader> {
    <MassMapBuilder<Xxh3HashLoader> as Default>::default()
        .with_format(FormatVersion::V2)
        .with_threads(1)
}

/// The file that is built of inputs, or the message of the error.
pub(crate) fn build(settings: &InputSettings) -> Result<Vec<u8>, String> {
    build_input(Input::open(settings), settings)
}

/// The same for a table of which the batches are given.
pub(crate) fn build_batches(
    settings: &InputSettings,
    columns: Arc<Schema>,
    batches: Vec<Result<RecordBatch, ArrowError>>,
) -> Result<Vec<u8>, String> {
    let input = Input::from_batches(settings, columns, batches.into_iter());
    let settings = input.as_ref().map(|input| input.settings().clone());
    let settings = settings.unwrap_or_else(|_| InputSettings::new([]));
    build_input(input, &settings)
}

fn build_input(input: Result<Input, InputError>, settings: &InputSettings) -> Result<Vec<u8>, String> {
    struct Build;

    impl EntryTask for Build {
        type Output = std::io::Result<Vec<u8>>;

        fn run<K: Serialize + Hash + Eq, V: Serialize>(
            self,
            _: &EntryNames,
            entries: impl Iterator<Item = Result<(K, V), InputError>>,
        ) -> Self::Output {
            let writer = MemoryWriter::new();
            builder().try_build(&writer, entries)?;
            Ok(writer.into_inner())
        }
    }

    let input = input.map_err(|error| error.message())?;
    input.run(Build).map_err(|error| {
        let cause = error.get_ref().and_then(|error| error.downcast_ref());
        match cause {
            Some(massmap::WriteError::DuplicateKey { encoded, .. }) => {
                duplicate_key_message(settings, encoded, "advice")
            }
            Some(massmap::WriteError::Source { source, .. }) => match source.downcast_ref::<InputError>() {
                Some(error) => error.message(),
                None => source.to_string(),
            },
            _ => error.to_string(),
        }
    })
}

/// The file that is built of entries.
pub(crate) fn build_entries<K: Serialize + Hash + Eq, V: Serialize>(entries: &[(K, V)]) -> Vec<u8> {
    let writer = MemoryWriter::new();
    builder().build(&writer, entries.iter()).unwrap();
    writer.into_inner()
}

/// Bytes that are stored as such.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ByteString(pub(crate) Vec<u8>);

impl Serialize for ByteString {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// A directory with tables.
pub(crate) struct Tables(TempDir);

impl Tables {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a Parquet file.
    pub(crate) fn parquet(&self, name: &str, batch: &RecordBatch) -> PathBuf {
        let path = self.path(name);
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        path
    }

    /// Writes a file of Arrow IPC.
    pub(crate) fn arrow(&self, name: &str, batch: &RecordBatch) -> PathBuf {
        let path = self.path(name);
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = arrow_ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
        path
    }

    /// Writes a stream of Arrow IPC.
    pub(crate) fn stream(&self, name: &str, batch: &RecordBatch) -> PathBuf {
        let path = self.path(name);
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
        path
    }
}

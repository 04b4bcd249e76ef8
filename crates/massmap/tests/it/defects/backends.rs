//! Backends that transfer fewer bytes than requested, or are interrupted.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicUsize, Ordering};

use massmap::{MassMap, MassMapBuilder, MassMapMerger};
use support::impl_file_ext;
use support::readers::MemoryFile;

/// Interrupts every other call, and transfers at most three bytes in the others.
#[derive(Debug, Default)]
struct StutteringFile {
    file: MemoryFile,
    calls: AtomicUsize,
}

impl StutteringFile {
    fn interrupt(&self) -> Result<()> {
        match self.calls.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Err(Error::from(ErrorKind::Interrupted)),
            _ => Ok(()),
        }
    }

    fn read_some(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.interrupt()?;
        let length = buffer.len().min(3);
        self.file.read_some(&mut buffer[..length], offset)
    }

    fn write_some(&self, data: &[u8], offset: u64) -> Result<usize> {
        self.interrupt()?;
        self.file.write_some(&data[..data.len().min(3)], offset)
    }
}

impl_file_ext!(StutteringFile);

#[test]
fn short_and_interrupted_reads_and_writes_lose_nothing() {
    let entries: Vec<(u32, String)> = (0..50).map(|i| (i, format!("value {i}"))).collect();
    let file = StutteringFile::default();
    MassMapBuilder::default()
        .with_bucket_count(8)
        .build(&file, entries.iter())
        .unwrap();
    let expected = support::files::format_1::build(8, &entries);
    assert_eq!(file.file.to_vec(), expected);

    let map = MassMap::<u32, String, _>::load(file).unwrap();
    assert_eq!(map.iter().collect::<Result<Vec<_>>>().unwrap().len(), 50);
    for (key, value) in &entries {
        assert_eq!(map.get(key).unwrap().as_ref(), Some(value));
    }
    let values = map.batch_get::<u32>(entries.iter().map(|(key, _)| key)).unwrap();
    assert!(values.iter().flatten().eq(entries.iter().map(|(_, value)| value)));

    let merged = StutteringFile::default();
    MassMapMerger::default().merge(&merged, vec![map]).unwrap();
    assert_eq!(merged.file.to_vec(), expected);
}

/// Transfers no bytes and reports no error.
#[derive(Debug)]
struct FullFile;

impl FullFile {
    fn read_some(&self, _buffer: &mut [u8], _offset: u64) -> Result<usize> {
        Ok(0)
    }

    fn write_some(&self, _data: &[u8], _offset: u64) -> Result<usize> {
        Ok(0)
    }
}

impl_file_ext!(FullFile);

#[test]
fn a_backend_that_transfers_nothing_is_an_error_and_no_endless_loop() {
    let error = MassMapBuilder::default()
        .build(&FullFile, [(1u8, 2u8)].iter())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    let error = MassMap::<u8, u8, _>::load(FullFile).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

use std::sync::Mutex;

use massmap_io::MemoryWriter;

use super::*;
use crate::resources::TemporaryFiles;

/// Records offset and length of each write, and fails from the `fail_at`th write on.
struct Log {
    memory: MemoryWriter,
    writes: Mutex<Vec<(u64, usize)>>,
    fail_at: usize,
}

impl Log {
    fn new(fail_at: usize) -> Self {
        Self {
            memory: MemoryWriter::new(),
            writes: Mutex::default(),
            fail_at,
        }
    }
}

impl MassMapWriter for Log {
    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        let mut writes = self.writes.lock().unwrap();
        if writes.len() >= self.fail_at {
            return Err(io::ErrorKind::StorageFull.into());
        }
        writes.push((offset, data.len()));
        self.memory.write_all_at(data, offset)
    }
}

fn write(log: &Log, buffer_size: usize) -> io::Result<MassMapInfo> {
    let meta = MassMapMeta {
        bucket_count: 3,
        ..MassMapMeta::default()
    };
    let mut file = BucketFile::new(
        log,
        buffer_size,
        meta,
        SpooledFile::new(&TemporaryFiles::default(), 10),
    )?;
    (0..10).try_for_each(|byte| file.writer.write(&[byte]))?;
    file.add(0, 4, 1)?;
    file.add(2, 6, 3)?;
    file.finish()
}

#[test]
fn the_header_is_cleared_first_and_set_last_whatever_the_buffer_size() {
    let mut files = Vec::new();
    for buffer_size in [0, 1, 2, 9, 10, 11, 1 << 20, usize::MAX] {
        let log = Log::new(usize::MAX);
        let info = write(&log, buffer_size).unwrap();
        let writes = log.writes.lock().unwrap();
        assert_eq!(writes[0], (0, 24));
        assert_eq!(*writes.last().unwrap(), (0, 24));
        // In between, one after the other without gaps.
        let mut position = 24;
        for &(offset, length) in &writes[1..writes.len() - 1] {
            assert_eq!(offset, position);
            assert!(length > 0);
            position += length as u64;
        }
        assert_eq!(position, info.header.meta_offset + info.header.meta_length);
        files.push(log.memory.to_vec());
    }
    assert!(files.iter().all(|file| *file == files[0]));
    assert_eq!(files[0][24..34], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn a_large_buffer_makes_few_writes() {
    let log = Log::new(usize::MAX);
    write(&log, 1 << 20).unwrap();
    assert_eq!(log.writes.lock().unwrap().len(), 3);
}

#[test]
fn a_failure_at_any_write_leaves_no_header() {
    let mut failures = 0;
    for fail_at in 0.. {
        let log = Log::new(fail_at);
        match write(&log, 4) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::StorageFull),
        }
        failures += 1;
        assert!(log.memory.to_vec().iter().take(24).all(|&byte| byte == 0));
    }
    assert!(failures > 5);
}

#[test]
fn metadata_that_cannot_be_encoded_is_refused_before_anything_is_written() {
    let log = Log::new(usize::MAX);
    let index = SpooledFile::new(&TemporaryFiles::default(), 10);
    let error = BucketFile::new(&log, 4, MassMapMeta::default(), index)
        .err()
        .unwrap();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(log.writes.lock().unwrap().is_empty());
}

//! Statistics of this process and its disk, which only Linux provides, and control of the page cache.

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;

/// Makes this process exit when its parent process, with this ID, does. Only on Linux.
pub(crate) fn exit_with_parent(parent: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // The parent may have exited before.
        if std::os::unix::process::parent_id() != parent {
            return Err(io::Error::other("the parent process has exited"));
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        _ = parent;
    }
    Ok(())
}

/// Peak resident memory of this process, in bytes.
pub(crate) fn peak_memory() -> u64 {
    kibibytes(&status(), "VmHWM:").unwrap_or(0)
}

/// Resets the peak that [`peak_memory`] returns, and returns the current resident memory in bytes.
pub(crate) fn reset_peak_memory() -> u64 {
    // 5 resets the peak: <https://docs.kernel.org/filesystems/proc.html>. If that fails, the old peak is the base.
    _ = fs::write("/proc/self/clear_refs", "5");
    peak_memory()
}

/// Returns freed memory to the system, so that later allocations are counted.
pub(crate) fn trim_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "calls the C library")]
    // SAFETY: it changes only free memory.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Resident memory of this process that is not backed by files, in bytes.
pub(crate) fn private_memory() -> u64 {
    kibibytes(&status(), "RssAnon:").unwrap_or(0)
}

fn status() -> String {
    fs::read_to_string("/proc/self/status").unwrap_or_default()
}

/// Resident memory of this process for data, in bytes: memory not backed by files, and mapped files in `directory`. This excludes
/// the code of the program.
pub(crate) fn data_memory(directory: &Path) -> u64 {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let directory = directory.canonicalize().unwrap_or_default();
    mapped_data(&maps, &directory)
}

/// Parses mappings: each has a line `START-END PERMISSIONS OFFSET DEVICE INODE PATH`, and then lines such as `Rss: 4 kB`.
fn mapped_data(maps: &str, directory: &Path) -> u64 {
    let (mut sum, mut counts) = (0, false);
    for line in maps.lines() {
        if let Some(resident) = line.strip_prefix("Rss:") {
            let kib = resident
                .trim()
                .strip_suffix(" kB")
                .and_then(|kib| kib.parse::<u64>().ok());
            sum += kib.filter(|_| counts).unwrap_or(0) << 10;
        } else if line
            .split_whitespace()
            .next()
            .is_some_and(|range| range.contains('-'))
        {
            let path = line.splitn(6, ' ').nth(5).unwrap_or_default().trim_start();
            counts = !path.starts_with('/') || Path::new(path).starts_with(directory);
        }
    }
    sum
}

fn kibibytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}

/// Available memory in bytes; `None` if the system does not report it.
pub(crate) fn available_memory() -> Option<u64> {
    let information = fs::read_to_string("/proc/meminfo").ok()?;
    kibibytes(&information, "MemAvailable:")
}

/// Allocates and frees `bytes` of memory, and writes and removes a file of this length; at most a quarter of the free memory.
///
/// Virtual machines return memory that is free for some seconds to their host, and get it back page by page when it is touched,
/// in up to 10 µs each, also for pages of files. This would distort the time of the first build after a pause.
pub(crate) fn touch_free_memory(bytes: u64, directory: &Path) -> io::Result<()> {
    let free = available_memory().unwrap_or(0);
    let length = usize::try_from(bytes.min(free / 4)).map_err(io::Error::other)?;
    // Not zeros, which the system provides without touching memory.
    let memory = black_box(vec![1u8; length]);
    let file = directory.join("touched");
    fs::write(&file, memory)?;
    fs::remove_file(file)
}

/// Writes all pending data to disk, so that the next measurement does not wait for them.
pub(crate) fn sync() {
    #[cfg(target_os = "linux")]
    rustix::fs::sync();
}

/// Number of bytes that this process has written to files.
pub(crate) fn written_bytes() -> Option<u64> {
    let io = fs::read_to_string("/proc/self/io").ok()?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes:"))?;
    line.trim().parse().ok()
}

/// Reads of a disk since it started, by all processes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiskReads {
    pub(crate) reads: u64,
    pub(crate) bytes: u64,
}

/// Reads of the disk that contains `path`.
pub(crate) fn disk_reads(path: &Path) -> Option<DiskReads> {
    #[cfg(target_os = "linux")]
    {
        let device = rustix::fs::stat(path).ok()?.st_dev;
        let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
        find_disk(&fs::read_to_string("/proc/diskstats").ok()?, major, minor)
    }
    #[cfg(not(target_os = "linux"))]
    {
        _ = path;
        None
    }
}

/// Parses disk statistics: each line has the numbers of a device, its name, and then, among others, the numbers of reads and of
/// sectors of 512 bytes read: <https://docs.kernel.org/admin-guide/iostats.html>.
fn find_disk(statistics: &str, major: u32, minor: u32) -> Option<DiskReads> {
    let (major, minor) = (major.to_string(), minor.to_string());
    let mut lines = statistics
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.find(|line| line.get(..2) == Some(&[major.as_str(), minor.as_str()]))?;
    Some(DiskReads {
        reads: line.get(3)?.parse().ok()?,
        bytes: line.get(5)?.parse::<u64>().ok()? * 512,
    })
}

/// Loads all files of a directory into the page cache, by reading them.
pub(crate) fn load_into_page_cache(directory: &Path) -> io::Result<()> {
    each_file(directory, &mut |file| {
        io::copy(&mut &*file, &mut io::sink()).map(drop)
    })
}

/// Evicts all files of a directory from the page cache. They must not be mapped.
pub(crate) fn evict_from_page_cache(directory: &Path) -> io::Result<()> {
    each_file(directory, &mut |file| {
        // Only written pages can be evicted.
        file.sync_all()?;
        #[cfg(target_os = "linux")]
        rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed)?;
        Ok(())
    })
}

/// Total length of all files of a directory, in bytes on disk.
pub(crate) fn files_length(directory: &Path) -> io::Result<u64> {
    let mut length = 0;
    each_file(directory, &mut |file| {
        let metadata = file.metadata()?;
        #[cfg(unix)]
        let on_disk = std::os::unix::fs::MetadataExt::blocks(&metadata) * 512;
        #[cfg(not(unix))]
        let on_disk = metadata.len();
        // Some files end with a hole, and the last block may be longer than its content.
        length += metadata.len().min(on_disk);
        Ok(())
    })?;
    Ok(length)
}

fn each_file(directory: &Path, f: &mut dyn FnMut(&fs::File) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            each_file(&entry.path(), f)?;
        } else {
            f(&fs::File::open(entry.path())?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_found_by_its_numbers() {
        let statistics =
            " 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n 254 0 vda 53466376 269694 801951176 54321346 1 2 3 4 0 5 6\n";
        let disk = find_disk(statistics, 254, 0).unwrap();
        assert_eq!((disk.reads, disk.bytes), (53_466_376, 801_951_176 * 512));
        assert!(find_disk(statistics, 254, 1).is_none());
    }

    #[test]
    fn memory_is_found_among_other_lines() {
        let status = "VmHWM:\t  123456 kB\nVmRSS:\t  9 kB\nRssAnon:\t 5 kB\n";
        assert_eq!(kibibytes(status, "VmHWM:"), Some(123_456 << 10));
        assert_eq!(kibibytes(status, "RssAnon:"), Some(5 << 10));
        assert_eq!(kibibytes(status, "VmSwap:"), None);
    }

    #[test]
    fn the_code_of_the_program_is_not_data() {
        let maps = "\
            55d0-55d1 r-xp 00001000 fe:00 1234   /usr/bin/compare\nSize: 8 kB\nRss:  8 kB\n\
            55d2-55d3 rw-p 00000000 00:00 0      [heap]\nSize: 64 kB\nRss:    16 kB\n\
            7f00-7f01 r--s 00000000 fe:00 99     /data/a b/data.massmap\nRss:  4 kB\n\
            7f02-7f03 rw-p 00000000 00:00 0 \nRss:  2 kB\nVmFlags: rd wr\n";
        assert_eq!(mapped_data(maps, Path::new("/data/a b")), 22 << 10);
        assert_eq!(mapped_data(maps, Path::new("/other")), 18 << 10);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_and_file_lengths_are_available() {
        assert!(
            reset_peak_memory() > 0 && peak_memory() > 0 && private_memory() > 0 && written_bytes().is_some()
        );
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/compare/stores");
        let block = vec![1u8; 1 << 24];
        assert!(data_memory(&directory) >= 1 << 24, "{}", block.len());
        assert!(files_length(&directory).unwrap() > 10_000);
    }
}

//! What the system tells of this process and its disk. Linux tells all of it, others nothing.

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;

/// Has this process end when the one that started it, with this number, does: nobody waits for the answer then, and the next run
/// removes the files. Only Linux has that.
pub(crate) fn die_with(parent: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have ended before.
        if std::os::unix::process::parent_id() != parent {
            return Err(io::Error::other("the process that asks is not there any more"));
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        _ = parent;
    }
    Ok(())
}

/// The most memory that this process has had resident at once, in bytes.
pub(crate) fn peak_memory() -> u64 {
    kibibytes(&status(), "VmHWM:").unwrap_or(0)
}

/// Forgets the peak so far, and returns what this process has resident now, in bytes: where a peak begins that
/// [`peak_memory`] tells.
pub(crate) fn begin_peak() -> u64 {
    // 5 sets the peak to what is resident now: <https://docs.kernel.org/filesystems/proc.html>. Where that cannot be done, the
    // peak so far is where it begins.
    _ = fs::write("/proc/self/clear_refs", "5");
    peak_memory()
}

/// Gives what was freed back to the system: what is taken from that later would seem to take nothing.
pub(crate) fn give_back_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "calls the C library")]
    // SAFETY: it touches nothing but what is free.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// What this process has resident that is not backed by a file, in bytes.
pub(crate) fn private_memory() -> u64 {
    kibibytes(&status(), "RssAnon:").unwrap_or(0)
}

fn status() -> String {
    fs::read_to_string("/proc/self/status").unwrap_or_default()
}

/// What this process has resident of data, in bytes: what is not backed by a file, and what is mapped of the files in
/// `directory`. The code of the program is not among it.
pub(crate) fn data_memory(directory: &Path) -> u64 {
    let maps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let directory = directory.canonicalize().unwrap_or_default();
    mapped_data(&maps, &directory)
}

/// Each mapping has a line `START-END PERMISSIONS OFFSET DEVICE INODE PATH` and then lines such as `Rss: 4 kB`.
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

/// What this process can have of memory, in bytes; `None` where the system does not tell.
pub(crate) fn available_memory() -> Option<u64> {
    let information = fs::read_to_string("/proc/meminfo").ok()?;
    kibibytes(&information, "MemAvailable:")
}

/// Has so much memory and a file of this length, and gives both back; less where less than four times that is free.
///
/// Virtual machines give memory that was free for some seconds back to their host, and get it again page by page when it is
/// touched: up to 10 µs each, for pages of files as well, which would be a charge on the first build after a pause, in no
/// proportion to what it does.
pub(crate) fn touch_free_memory(bytes: u64, directory: &Path) -> io::Result<()> {
    let free = available_memory().unwrap_or(0);
    let length = usize::try_from(bytes.min(free / 4)).map_err(io::Error::other)?;
    // Not zeros, which the system has without touching anything.
    let memory = black_box(vec![1u8; length]);
    let file = directory.join("touched");
    fs::write(&file, memory)?;
    fs::remove_file(file)
}

/// Has everything written that anybody has left to be: nobody shall wait for the disk in place of those before.
pub(crate) fn sync() {
    #[cfg(target_os = "linux")]
    rustix::fs::sync();
}

/// Bytes that this process has written to files.
pub(crate) fn written() -> Option<u64> {
    let io = fs::read_to_string("/proc/self/io").ok()?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes:"))?;
    line.trim().parse().ok()
}

/// What a disk has read since it started, for everyone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiskReads {
    pub(crate) reads: u64,
    pub(crate) bytes: u64,
}

/// What the disk that `path` lies on has read.
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

/// A line has the numbers of the device, its name, and then, among others, reads and the sectors of 512 bytes that were read:
/// <https://docs.kernel.org/admin-guide/iostats.html>.
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

/// Reads all files in a directory once, so that they are in the page cache.
pub(crate) fn remember(directory: &Path) -> io::Result<()> {
    each_file(directory, &mut |file| {
        io::copy(&mut &*file, &mut io::sink()).map(drop)
    })
}

/// Has the page cache forget all files in a directory, which nobody has mapped.
pub(crate) fn forget(directory: &Path) -> io::Result<()> {
    each_file(directory, &mut |file| {
        // What has not been written yet stays.
        file.sync_all()?;
        #[cfg(target_os = "linux")]
        rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed)?;
        Ok(())
    })
}

/// How many bytes all files in a directory take on disk.
pub(crate) fn files_length(directory: &Path) -> io::Result<u64> {
    let mut length = 0;
    each_file(directory, &mut |file| {
        let metadata = file.metadata()?;
        #[cfg(unix)]
        let on_disk = std::os::unix::fs::MetadataExt::blocks(&metadata) * 512;
        #[cfg(not(unix))]
        let on_disk = metadata.len();
        // Some have room behind what is in use that is not on disk, and the last block may be longer than what is in use.
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
    fn the_program_does_not_count_as_data() {
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
    fn this_process_has_memory_and_its_files_a_length() {
        assert!(begin_peak() > 0 && peak_memory() > 0 && private_memory() > 0 && written().is_some());
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/compare/stores");
        let block = vec![1u8; 1 << 24];
        assert!(data_memory(&directory) >= 1 << 24, "{}", block.len());
        assert!(files_length(&directory).unwrap() > 10_000);
    }
}

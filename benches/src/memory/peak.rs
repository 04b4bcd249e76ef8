//! The memory that another process takes, seen from outside.

use std::fs;
use std::io;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::Duration;

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// Waits for the end of a process, and returns the most memory that it had resident at once, in bytes, with its status.
///
/// Linux keeps that number up to date, as `VmHWM` in `/proc/PID/status`, and it never falls: the last one that is seen is
/// the peak, unless memory grew in the last milliseconds. It counts the pages of the program itself too, and not the page
/// cache of files that are read and written. Unlike the number that `wait4` gives, it begins anew where the program does,
/// and so knows nothing of the process that started it.
///
/// # Errors
///
/// Any error of waiting, and [`Unsupported`](io::ErrorKind::Unsupported) where there is no such file.
pub fn wait_with_peak(child: &mut Child) -> io::Result<(ExitStatus, u64)> {
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // A process that has ended keeps its directory until it has been waited for, but without this line.
        let seen = fs::read_to_string(&path)
            .ok()
            .and_then(|status| high_water_mark(&status));
        peak = seen.unwrap_or(peak);
        if let Some(status) = child.try_wait()? {
            return match peak {
                0 => Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    format!("{path} did not tell the peak of resident memory"),
                )),
                _ => Ok((status, peak)),
            };
        }
        thread::sleep(INTERVAL);
    }
}

/// The peak of resident memory in bytes, from the text of `/proc/PID/status`.
fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_found_among_other_lines() {
        let status = "Name:\tmassmap\nVmPeak:\t  300 kB\nVmHWM:\t  123456 kB\nVmRSS:\t  9 kB\n";
        assert_eq!(high_water_mark(status), Some(123_456 << 10));
        assert_eq!(high_water_mark("Name:\tmassmap\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_took_memory_is_seen_to_have_taken_it() {
        // 16 MiB in the pipe's buffer of dd, for as long as it waits.
        let mut child = std::process::Command::new("dd")
            .args(["if=/dev/zero", "of=/dev/null", "bs=16M", "count=100"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let (status, peak) = wait_with_peak(&mut child).unwrap();
        assert!(status.success());
        assert!((16 << 20..32 << 20).contains(&peak), "{peak}");
    }
}

//! The peak memory of another process.

use std::fs;
use std::io;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::Duration;

/// Time between two readings.
const INTERVAL: Duration = Duration::from_millis(5);

/// Waits for the end of a process. Returns its status and its peak resident memory, in bytes.
///
/// Linux maintains this number as `VmHWM` in `/proc/PID/status`, and it never decreases. The last reading is the peak, unless memory
/// grew in the last milliseconds. It includes the pages of the program itself, but not the page cache of files. Unlike the number
/// from `wait4`, it is reset when the program starts, and so does not include its parent process.
///
/// # Errors
///
/// Any error of waiting, and [`Unsupported`](io::ErrorKind::Unsupported) where there is no such file.
pub fn wait_with_peak(child: &mut Child) -> io::Result<(ExitStatus, u64)> {
    let path = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        // A process that has ended keeps its directory until it is waited for, but without this line.
        let seen = fs::read_to_string(&path)
            .ok()
            .and_then(|status| high_water_mark(&status));
        peak = seen.unwrap_or(peak);
        if let Some(status) = child.try_wait()? {
            return match peak {
                0 => Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    format!("{path} does not contain the peak resident memory"),
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
    fn the_peak_is_parsed() {
        let status = "Name:\tmassmap\nVmPeak:\t  300 kB\nVmHWM:\t  123456 kB\nVmRSS:\t  9 kB\n";
        assert_eq!(high_water_mark(status), Some(123_456 << 10));
        assert_eq!(high_water_mark("Name:\tmassmap\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_peak_of_a_process_is_measured() {
        // dd has a buffer of 16 MiB.
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

//! Looks up keys in a file while another process traces the system calls.
//!
//! ```text
//! lookups mapped|file|nothing integers|strings FILE FROM TO
//! ```
//!
//! The keys are the numbers from `FROM` to before `TO`, as integers or strings. The lookups are enclosed by two calls of
//! `getppid`, which nothing else here makes. Instead of lookups, `nothing` makes two known calls.

use std::env;
use std::fs::File;
use std::io::{Error, Result};
use std::ops::Range;
use std::path::Path;

use massmap::{MappedFile, MassMap, MassMapReader};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [backend, keys, path, from, to] = arguments.as_slice() else {
        return Err(Error::other("five arguments are needed"));
    };
    let number = |text: &str| text.parse().map_err(Error::other);
    let range = number(from)?..number(to)?;
    let path = Path::new(path);
    match backend.as_str() {
        "mapped" => {
            #[expect(unsafe_code, reason = "it is a map of a file")]
            // SAFETY: the caller does not change the file meanwhile.
            let file = unsafe { MappedFile::open(path)? };
            look_up(file, keys, range)
        }
        "file" => look_up(File::open(path)?, keys, range),
        _ => {
            let file = File::open(path)?;
            mark();
            file.sync_all()?;
            file.read_exact_at(0, 1, |_| Ok(()))?;
            mark();
            Ok(())
        }
    }
}

fn look_up<R: MassMapReader>(reader: R, keys: &str, range: Range<u64>) -> Result<()> {
    match keys {
        "integers" => {
            let map: MassMap<u64, u64, R> = MassMap::load(reader)?;
            let keys: Vec<u64> = range.collect();
            // The first lookup of a thread may allocate its buffer.
            map.get(&0)?;
            mark();
            for key in &keys {
                check(key, map.get(key)?)?;
                map.contains_key(key)?;
                map.get_with(key, |_| ())?;
            }
            // Closing the file and freeing memory is not part of the lookups.
            mark();
        }
        _ => {
            let map: MassMap<String, String, R> = MassMap::load(reader)?;
            let keys: Vec<String> = range.map(|number| number.to_string()).collect();
            map.get("0")?;
            mark();
            for key in &keys {
                check(key, map.get(key)?)?;
                map.contains_key(key)?;
                map.get_with(key, |_| ())?;
            }
            mark();
        }
    }
    Ok(())
}

/// Values equal their keys.
fn check<T: PartialEq>(key: &T, value: Option<T>) -> Result<()> {
    match value {
        Some(value) if value != *key => Err(Error::other("a wrong value")),
        _ => Ok(()),
    }
}

/// Makes the system call that the tracer waits for.
fn mark() {
    #[cfg(unix)]
    let _ = std::os::unix::process::parent_id();
}

//! Lookups in a file at the other end of a channel: a transport of one's own on `massmap-core` alone.
//!
//! The server knows nothing of maps; it answers requests for byte ranges, as an object store does. Each request is a round trip. Opening
//! the map takes two, the check of the key type one, and each lookup one; a batch asks for all of its ranges at once.
//!
//! ```sh
//! cargo run -p massmap-core --example remote
//! ```

use std::any::type_name;
use std::error::Error;
use std::hash::BuildHasher;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use bytes::Bytes;
use massmap_core::{
    BatchPlan, Coalescing, Examined, Extent, HashProbes, Index, KeyCheck, Opened, Opening, Probe, ReadError,
    Request, Step, TypeNames, Verdict,
};
use massmap_format::FormatVersion;
use massmap_hash::{MassMapHashLoader, Xxh3BuildHasher, Xxh3HashLoader};
use massmap_io::MemoryWriter;
use massmap_write::MassMapBuilder;

/// What the client asks for, and where to send it.
enum Message {
    /// Ranges of the file, as offset and length. A range may end behind the file.
    Ranges(Vec<(u64, u64)>, Sender<Vec<Bytes>>),
    /// The last bytes of the file, at most so many, and its length.
    Suffix(u64, Sender<(Bytes, u64)>),
}

/// Answers requests for ranges of `file`.
fn serve(file: &Bytes, requests: &Receiver<Message>) {
    for request in requests {
        // A client that is gone wants no answer.
        match request {
            Message::Ranges(ranges, answer) => {
                let bytes = ranges.into_iter().map(|(offset, length)| {
                    let start = (offset as usize).min(file.len());
                    let end = start.saturating_add(length as usize).min(file.len());
                    file.slice(start..end)
                });
                _ = answer.send(bytes.collect());
            }
            Message::Suffix(length, answer) => {
                let start = file.len().saturating_sub(length as usize);
                _ = answer.send((file.slice(start..), file.len() as u64));
            }
        }
    }
}

/// The client's end of the channel.
struct Remote {
    requests: Sender<Message>,
    round_trips: usize,
}

impl Remote {
    /// Asks for all of `ranges` at once, which is one round trip.
    fn read(&mut self, ranges: Vec<(u64, u64)>) -> Result<Vec<Bytes>, Box<dyn Error>> {
        self.round_trips += 1;
        let (answer, bytes) = channel();
        self.requests.send(Message::Ranges(ranges, answer))?;
        Ok(bytes.recv()?)
    }

    /// Asks for the last `length` bytes and for the length of the file: one round trip.
    fn read_suffix(&mut self, length: u64) -> Result<(Bytes, u64), Box<dyn Error>> {
        self.round_trips += 1;
        let (answer, suffix) = channel();
        self.requests.send(Message::Suffix(length, answer))?;
        Ok(suffix.recv()?)
    }

    fn read_one(&mut self, offset: u64, length: u64) -> Result<Bytes, Box<dyn Error>> {
        let bytes = self.read(vec![(offset, length)])?;
        bytes.into_iter().next().ok_or_else(|| "no answer".into())
    }

    fn read_extent(&mut self, extent: &Extent) -> Result<Bytes, Box<dyn Error>> {
        self.read_one(extent.offset(), extent.length())
    }
}

/// A map from names to numbers at the other end of the channel.
struct RemoteMap {
    remote: Remote,
    index: Index,
    /// The hashes that the file stores of its hash function.
    hash_probes: Option<(u64, u64)>,
    hash: Xxh3BuildHasher,
}

impl RemoteMap {
    /// Opens the map: one round trip if the index is small, two otherwise.
    fn open(mut remote: Remote) -> Result<(Self, TypeNames), Box<dyn Error>> {
        let mut opening = Opening::with_suffix(64 << 10).with_longest_read(u64::MAX);
        let Opened {
            meta,
            index,
            hash_probes,
            ..
        } = loop {
            match opening.step()? {
                Step::Done(opened) => break opened,
                Step::Read(Request::Suffix { length }) => {
                    let (suffix, file_length) = remote.read_suffix(length)?;
                    opening.supply_suffix(suffix, file_length)?;
                }
                Step::Read(Request::Range { offset, length }) => {
                    opening.supply(remote.read_one(offset, length)?)?;
                }
                Step::Read(_) => return Err("a prefix is asked for by Opening::with_prefix only".into()),
            }
        };
        let names = TypeNames::new(index.format(), &meta);
        let hash = Xxh3HashLoader::load(&meta.hash_config)?;
        Ok((
            Self {
                remote,
                index,
                hash_probes,
                hash,
            },
            names,
        ))
    }

    /// Checks that keys are strings, hashed like this: one round trip, as a rule. Without it, a wrong hash function or key type would
    /// make every key seem to be missing.
    fn check_keys(&mut self, names: &TypeNames) -> Result<(), Box<dyn Error>> {
        names.check_key_type(type_name::<String>(), || true)?;
        let (integer, string) = HashProbes::PROBES;
        let probes = HashProbes {
            stored: self.hash_probes,
            computed: (self.hash.hash_one(integer), self.hash.hash_one(string)),
        };
        let mut check = KeyCheck::new(&self.index, names, type_name::<String>(), probes)?;
        while let Some(extent) = check.next_extent() {
            let bytes = self.remote.read_extent(&extent)?;
            let block = self.index.block::<ReadError>(&extent, &bytes)?;
            check.add(Examined::new::<ReadError>(&self.index, &extent, &block, |key| {
                let key: String = self.index.key_codec().decode(key)?;
                Ok(self.hash.hash_one(key))
            })?)?;
        }
        match check.verdict()? {
            Verdict::Passed => Ok(()),
            Verdict::Unverified(reason) => Err(reason.into()),
        }
    }

    /// Looks up a key: one round trip, none if the key is known to be missing.
    fn get(&mut self, key: &str) -> Result<Option<u32>, Box<dyn Error>> {
        let Probe::Read(extent) = self.index.probe::<ReadError>(self.hash.hash_one(key))? else {
            return Ok(None);
        };
        let bytes = self.remote.read_extent(&extent)?;
        self.find(&extent, &bytes, key)
    }

    /// Looks up many keys: one round trip.
    fn get_many(&mut self, keys: &[&str]) -> Result<Vec<Option<u32>>, Box<dyn Error>> {
        let mut values = vec![None; keys.len()];
        let mut plan = BatchPlan::new(Coalescing {
            largest_gap: 64 << 10,
            longest_read: 1 << 20,
        });
        for (number, key) in (0..).zip(keys) {
            if let Probe::Read(extent) = self.index.probe::<ReadError>(self.hash.hash_one(key))? {
                plan.push(number, extent);
            }
        }
        plan.sort();
        let reads: Vec<_> = plan.reads().collect();
        let ranges = reads.iter().map(|read| (read.offset(), read.length()));
        let answers = self.remote.read(ranges.collect())?;
        for (read, bytes) in reads.iter().zip(&answers) {
            for same in plan.extents_of(read) {
                let part = read.part(bytes, same.extent())?;
                for (number, extent) in same.probes() {
                    let number = number as usize;
                    values[number] = self.find(extent, part, keys[number])?;
                }
            }
        }
        Ok(values)
    }

    /// Finds the value of `key` in the bytes of an extent.
    fn find(&self, extent: &Extent, bytes: &[u8], key: &str) -> Result<Option<u32>, Box<dyn Error>> {
        let (keys, values) = (self.index.key_codec(), self.index.value_codec());
        let block = self.index.block::<ReadError>(extent, bytes)?;
        let entry = block.find(extent, |encoded| {
            keys.is_key::<String, str>(encoded, key)
                .map_err(|cause| ReadError::Key {
                    place: block.place(),
                    key_type: type_name::<String>(),
                    file_key_type: String::new(),
                    cause,
                })
        })?;
        Ok(entry.map(|entry| values.decode(entry.value)).transpose()?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = MemoryWriter::new();
    let entries = (0..100_000u32).map(|number| (format!("name {number}"), number));
    MassMapBuilder::<Xxh3HashLoader>::default()
        .with_format(FormatVersion::V2)
        .build(&file, entries)?;
    let file = Bytes::from(file.into_inner());

    let (requests, received) = channel();
    let server = thread::spawn(move || serve(&file, &received));
    let remote = Remote {
        requests,
        round_trips: 0,
    };

    let (mut map, names) = RemoteMap::open(remote)?;
    assert_eq!(map.remote.round_trips, 1, "for opening");
    map.check_keys(&names)?;
    assert_eq!(map.remote.round_trips, 2, "for the check of the keys");

    assert_eq!(map.get("name 77")?, Some(77));
    assert_eq!(map.remote.round_trips, 3, "for a lookup");
    assert_eq!(map.get("no such name")?, None);
    assert_eq!(map.remote.round_trips, 4, "for a miss");

    let names: Vec<_> = (0..1000).map(|number| format!("name {}", number * 101)).collect();
    let keys: Vec<_> = names.iter().map(String::as_str).collect();
    let values = map.get_many(&keys)?;
    assert_eq!(values.iter().flatten().count(), 991, "those below 100,000");
    assert_eq!(map.remote.round_trips, 5, "for a thousand lookups");

    println!("opened in 1 round trip, 1 for each lookup, 1 for a batch of 1000");
    drop(map);
    server.join().map_err(|_| "the server panicked")?;
    Ok(())
}

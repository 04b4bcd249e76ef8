//! Hash functions that distribute keys badly.

use std::hash::{BuildHasher, Hasher};
use std::io::Result;

use massmap::{MassMapHashConfig, MassMapHashLoader};

/// Gives every key the same hash.
#[derive(Debug)]
pub(super) struct Constant;

/// Gives nine of ten keys one of three hashes, and the others hashes that are close together.
#[derive(Debug)]
pub(super) struct Skewed;

fn config(name: &str) -> MassMapHashConfig {
    MassMapHashConfig {
        name: name.to_owned(),
        parameters: serde_json::Value::Null,
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    Constant,
    Skewed,
}

impl MassMapHashLoader for Constant {
    type BuildHasher = State;

    fn load(_: &MassMapHashConfig) -> Result<State> {
        Ok(State::Constant)
    }

    fn default_config() -> MassMapHashConfig {
        config("constant")
    }
}

impl MassMapHashLoader for Skewed {
    type BuildHasher = State;

    fn load(_: &MassMapHashConfig) -> Result<State> {
        Ok(State::Skewed)
    }

    fn default_config() -> MassMapHashConfig {
        config("skewed")
    }
}

impl BuildHasher for State {
    type Hasher = Bytes;

    fn build_hasher(&self) -> Bytes {
        Bytes {
            state: *self,
            last: 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Bytes {
    state: State,
    last: u64,
}

impl Hasher for Bytes {
    fn finish(&self) -> u64 {
        match (self.state, self.last % 10) {
            (State::Constant, _) => 17,
            (State::Skewed, 0) => self.last,
            (State::Skewed, digit) => digit % 3,
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.last = self.last.rotate_left(8) ^ u64::from(*byte);
        }
    }
}

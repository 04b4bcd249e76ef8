//! Hash functions that place keys where a test needs them.

use std::hash::{BuildHasher, Hasher};
use std::io::Result;

use massmap::{MassMapHashConfig, MassMapHashLoader};

fn config(name: &str) -> MassMapHashConfig {
    MassMapHashConfig {
        name: name.to_owned(),
        parameters: serde_json::Value::Null,
    }
}

/// Gives every key the same hash.
#[derive(Debug)]
pub struct Constant;

/// Hashes a 64-bit integer to itself, and other keys to their last bytes.
#[derive(Debug)]
pub struct Identity;

/// Hashes nine of ten integers to one of three hashes, and the others to themselves.
#[derive(Debug)]
pub struct Skewed;

/// Claims to be [`Identity`], and is not.
#[derive(Debug)]
pub struct FalseIdentity;

/// The hash functions of these loaders.
#[derive(Debug, Clone)]
pub enum State {
    /// For [`Constant`].
    Constant,
    /// For [`Identity`].
    Identity,
    /// For [`Skewed`].
    Skewed,
    /// For [`FalseIdentity`].
    Inverted,
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

impl MassMapHashLoader for Identity {
    type BuildHasher = State;

    fn load(_: &MassMapHashConfig) -> Result<State> {
        Ok(State::Identity)
    }

    fn default_config() -> MassMapHashConfig {
        config("identity")
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

impl MassMapHashLoader for FalseIdentity {
    type BuildHasher = State;

    fn load(_: &MassMapHashConfig) -> Result<State> {
        Ok(State::Inverted)
    }

    fn default_config() -> MassMapHashConfig {
        config("identity")
    }
}

impl BuildHasher for State {
    type Hasher = StateHasher;

    fn build_hasher(&self) -> StateHasher {
        StateHasher(self.clone(), 0)
    }
}

/// The hasher of a [`State`].
#[derive(Debug)]
pub struct StateHasher(State, u64);

impl Hasher for StateHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.1 = self.1 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.1 = value;
    }

    fn finish(&self) -> u64 {
        match self.0 {
            State::Constant => 77,
            State::Identity => self.1,
            State::Skewed => match self.1 % 10 {
                0 => self.1,
                digit => digit % 3,
            },
            State::Inverted => !self.1,
        }
    }
}

/// The inverse of [`massmap_format::spread`].
pub fn unspread(spread: u64) -> u64 {
    // Newton's iteration doubles the number of right bits each time, starting with three.
    let inverse = |factor: u64| {
        (0..5).fold(factor, |inverse, _| {
            inverse.wrapping_mul(2u64.wrapping_sub(factor.wrapping_mul(inverse)))
        })
    };
    let hash = (spread ^ (spread >> 33)).wrapping_mul(inverse(0xc4ce_b9fe_1a85_ec53));
    let hash = (hash ^ (hash >> 33)).wrapping_mul(inverse(0xff51_afd7_ed55_8ccd));
    hash ^ (hash >> 33)
}

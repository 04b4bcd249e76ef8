//! Hash functions that massmap does not provide.

mod contrived;
mod fnv;

pub use contrived::{Constant, FalseIdentity, Identity, Skewed, State, StateHasher, unspread};
pub use fnv::{FnvBuildHasher, FnvHasher, FnvLoader, NAME};

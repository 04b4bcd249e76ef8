//! What a newcomer uses: `open`, `OpenOptions`, `Map`, `Builder`, `merge` and `Error`.

mod building;
mod checksums;
mod damage;
mod errors;
mod files;
mod lookups;
mod merging;
mod opening;
mod surface;
mod untyped;

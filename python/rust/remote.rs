//! Maps at URLs, and lookups that are awaited.
//!
//! Nothing here is made by importing the module or by opening local files: the runtime and its thread come with the first map at a URL.

pub(crate) mod awaited;
pub(crate) mod error;
pub(crate) mod open;
pub(crate) mod process;
pub(crate) mod reader;
pub(crate) mod settings;
pub(crate) mod wait;

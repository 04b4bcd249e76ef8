//! Integration tests.

mod readers;

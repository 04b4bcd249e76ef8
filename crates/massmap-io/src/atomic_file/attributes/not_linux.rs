//! Extended attributes and access control lists on systems other than Linux, where they are not kept.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Result;

/// Files have no lists here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PosixAcl {}

impl PosixAcl {
    pub(super) fn mode(&self) -> u32 {
        match *self {}
    }

    pub(super) fn for_another_group(&self) -> Self {
        match *self {}
    }

    pub(super) fn mode_without_names(&self) -> u32 {
        match *self {}
    }
}

pub(super) fn access_list(_: &File) -> Result<Option<PosixAcl>> {
    Ok(None)
}

pub(super) fn set_access_list(_: &File, _: Option<&PosixAcl>) -> Result<()> {
    Ok(())
}

/// Files have no lists of other kinds either.
#[derive(Debug, Clone)]
pub(super) enum OpaqueAcl {}

impl OpaqueAcl {
    pub(super) fn of(_: &File) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(super) fn is_set_on(&self, _: &File) -> bool {
        match *self {}
    }

    pub(super) fn apply(&self, _: &File) -> Result<()> {
        match *self {}
    }
}

/// There are no namespaces in which users and groups lack numbers.
pub(super) fn is_unmapped(_: u32, _: &str) -> bool {
    false
}

pub(super) fn user_attributes(_: &File) -> Result<Vec<(OsString, Option<Vec<u8>>)>> {
    Ok(Vec::new())
}

pub(super) fn set(_: &File, _: &OsStr, _: &[u8]) -> Result<()> {
    Ok(())
}

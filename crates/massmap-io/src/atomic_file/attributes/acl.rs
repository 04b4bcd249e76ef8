//! POSIX access control lists, as Linux stores them in the extended attribute `system.posix_acl_access`.
//!
//! The group bits of the mode of a file with such a list are the list's mask. Copying only the mode would give the mask to the
//! group, whatever rights the list gives to it.

/// The attribute begins with the version, of which there is only one. Numbers are little-endian.
const VERSION: [u8; 4] = 2u32.to_le_bytes();

const ENTRY_LENGTH: usize = 8;

// Tags of entries.
const OWNER: u16 = 0x01;
const NAMED_USER: u16 = 0x02;
const GROUP: u16 = 0x04;
const NAMED_GROUP: u16 = 0x08;
const MASK: u16 = 0x10;
const OTHERS: u16 = 0x20;

/// The rights to read, write and execute.
const ALL: u16 = 0o7;

/// A POSIX access control list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PosixAcl(Vec<Entry>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    tag: u16,
    /// Three bits, like in a mode.
    rights: u16,
    /// The ID of a named user or group.
    id: u32,
}

impl PosixAcl {
    /// `None` if the bytes are not such a list.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (entries, rest) = bytes.strip_prefix(&VERSION)?.as_chunks::<ENTRY_LENGTH>();
        let entries = entries.iter().map(|&[t0, t1, r0, r1, i0, i1, i2, i3]| Entry {
            tag: u16::from_le_bytes([t0, t1]),
            rights: u16::from_le_bytes([r0, r1]),
            id: u32::from_le_bytes([i0, i1, i2, i3]),
        });
        rest.is_empty().then(|| Self(entries.collect()))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = VERSION.to_vec();
        for Entry { tag, rights, id } in &self.0 {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(rights.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        bytes
    }

    /// The mode that the system shows for a file with this list.
    pub(super) fn mode(&self) -> u32 {
        // A list without names has no mask; then the mode shows the entry of the group.
        let group = if self.has(MASK) { MASK } else { GROUP };
        mode(
            self.common(&[OWNER]),
            self.common(&[group]),
            self.common(&[OTHERS]),
        )
    }

    /// The list for a file of another group. Gives that group no rights, and nobody more than they had: members of the former
    /// group become others.
    pub(super) fn for_another_group(&self) -> Self {
        let former = self.common(&[GROUP, MASK]);
        let entries = self.0.iter().map(|entry| Entry {
            rights: match entry.tag {
                GROUP => 0,
                OTHERS => entry.rights & former,
                _ => entry.rights,
            },
            ..*entry
        });
        Self(entries.collect())
    }

    /// A mode for the file without the list. Gives nobody more than they had: named users become members of the group or others,
    /// and members of named groups become others.
    pub(super) fn mode_without_names(&self) -> u32 {
        let users = self.common(&[NAMED_USER]) & self.mask_for(NAMED_USER);
        let groups = self.common(&[NAMED_GROUP]) & self.mask_for(NAMED_GROUP);
        mode(
            self.common(&[OWNER]),
            self.common(&[GROUP, MASK]) & users,
            self.common(&[OTHERS]) & users & groups,
        )
    }

    /// The mask, if there are entries with this tag, which it limits; otherwise all rights.
    fn mask_for(&self, tag: u16) -> u16 {
        if self.has(tag) { self.common(&[MASK]) } else { ALL }
    }

    /// The rights that all entries with one of these tags have in common.
    fn common(&self, tags: &[u16]) -> u16 {
        let entries = self.0.iter().filter(|entry| tags.contains(&entry.tag));
        entries.fold(ALL, |rights, entry| rights & entry.rights)
    }

    fn has(&self, tag: u16) -> bool {
        self.0.iter().any(|entry| entry.tag == tag)
    }
}

fn mode(owner: u16, group: u16, others: u16) -> u32 {
    u32::from(owner) << 6 | u32::from(group) << 3 | u32::from(others)
}

#[cfg(test)]
mod tests;

//! What the user chose rather than the library, `FORMAT.md` section 2.3.

use super::PagedHeader;

impl PagedHeader {
    /// The bit of [`choices`](Self::choices) that says that the page size was chosen by the user, section 2.3.
    pub const CHOSEN_PAGE_SIZE: u32 = 1;

    /// The most pages of a run that entries of several bins may share. Longer ones would hardly ever be worth reading.
    pub const MAX_SHARED_RUN: u32 = 16;

    /// The lowest of the four bits of [`choices`](Self::choices) that hold one less than [`longest_run`](Self::longest_run).
    const LONGEST_RUN_SHIFT: u32 = 4;

    /// The [`choices`](Self::choices) of a file whose entries share runs of at most `longest_run` pages, from 1 to
    /// [`MAX_SHARED_RUN`](Self::MAX_SHARED_RUN).
    #[must_use]
    pub const fn choices_of(is_page_size_chosen: bool, longest_run: u32) -> u32 {
        let longest = longest_run.saturating_sub(1) % Self::MAX_SHARED_RUN;
        longest << Self::LONGEST_RUN_SHIFT
            | if is_page_size_chosen {
                Self::CHOSEN_PAGE_SIZE
            } else {
                0
            }
    }

    /// The most pages of a run that entries of several bins share, as the user chose, section 2.3.
    #[must_use]
    pub const fn longest_run(&self) -> u32 {
        (self.choices >> Self::LONGEST_RUN_SHIFT) % Self::MAX_SHARED_RUN + 1
    }
}

//! How answers are wrong.

use std::time::Duration;

/// What the server does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The right answer.
    None,
    /// Status 200 with the whole object, although a range was asked for.
    IgnoreRange,
    /// The last bytes of the body are missing, as many as said here, and `Content-Length` agrees with what is sent.
    ShortBody(usize),
    /// There are more bytes after those of the body, as many as said here, and `Content-Length` agrees with what is sent.
    LongBody(usize),
    /// Another `Content-Range` than the right one, or none.
    ContentRange(Option<String>),
    /// The object seems to be as long as said here, in bytes. The connection is closed after those that are there.
    Pretend(u64),
    /// The connection is closed without an answer.
    Close,
    /// The connection is closed after so many bytes of the body.
    CloseAfter(usize),
    /// A status such as 500, with a short text.
    Status(u16),
    /// The right answer after a while, in addition to the latency.
    Delay(Duration),
    /// No answer, while the connection stays open.
    Stall,
    /// No more than so many bytes of the body, while the connection stays open.
    StallAfter(usize),
    /// The right answer, one byte of the body after the other, with a pause before each.
    Trickle(Duration),
    /// The right answer, after which the connection is closed without a word.
    ThenClose,
    /// The connection is reset without an answer.
    Reset,
    /// These bytes in place of the answer, status and headers included. The connection goes on.
    Raw(Vec<u8>),
}

//! Answers that are taken apart.

use std::ops::Range;

use massmap_async::Bytes;
use servers::{Fault, Request};

/// An answer to be changed.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

/// The range that a request asks for.
fn asked(request: &Request, length: u64) -> Range<u64> {
    let range = request.range().and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
        return 0..length;
    };
    match first {
        "" => length.saturating_sub(last.parse().unwrap())..length,
        first => first.parse().unwrap()..last.parse::<u64>().unwrap() + 1,
    }
}

impl Answer {
    /// The right answer to a request for a range of `file`.
    pub(super) fn right(request: &Request, file: &Bytes) -> Self {
        let range = asked(request, file.len() as u64);
        let body = file.slice(range.start as usize..range.end as usize);
        Self {
            status: "206 Partial Content",
            headers: vec![
                ("ETag", "\"one\"".to_owned()),
                ("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT".to_owned()),
                ("Content-Length", body.len().to_string()),
                (
                    "Content-Range",
                    format!("bytes {}-{}/{}", range.start, range.end - 1, file.len()),
                ),
            ],
            body: body.to_vec(),
        }
    }

    /// Without a header.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    /// With one more header, whatever others there are.
    pub(super) fn and(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With another value of a header.
    pub(super) fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        self.without(name).and(name, value)
    }

    pub(super) fn with_status(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }

    /// With another body, and its length.
    pub(super) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.with("Content-Length", length)
    }

    /// As it is sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        [(head + "\r\n").as_bytes(), &self.body].concat()
    }

    pub(super) fn fault(&self) -> Fault {
        Fault::Raw(self.bytes())
    }
}

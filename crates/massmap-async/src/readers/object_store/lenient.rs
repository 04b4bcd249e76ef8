//! The client of HTTP below `object_store`, which takes some answers for what they mean that `object_store` takes for something else.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    ReqwestConnector,
};
use object_store::{ClientOptions, HeaderValue};

/// The most of the body of an error that is read, in bytes.
const LONGEST_TEXT: usize = 64 << 10;

/// Makes clients for which
///
/// - errors keep their status: `object_store` reads the whole body of an error, however long it is, and forgets the status if that is no
///   UTF-8, such as a page in Latin 1 or a compressed one;
/// - ranges may come in chunks: `object_store` demands a `Content-Length`, which it then does not use, since there is a `Content-Range`.
#[derive(Debug, Default)]
pub(crate) struct LenientConnector(ReqwestConnector);

impl HttpConnector for LenientConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        self.0
            .connect(options)
            .map(|client| HttpClient::new(Lenient(client)))
    }
}

#[derive(Debug)]
struct Lenient(HttpClient);

#[async_trait]
impl HttpService for Lenient {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut response = self.0.execute(request).await?;
        if !response.status().is_success() {
            return Ok(response.map(|body| {
                HttpResponseBody::new(Text {
                    body,
                    left: LONGEST_TEXT,
                })
            }));
        }
        let headers = response.headers_mut();
        if !headers.contains_key("content-length")
            && let Some(length) = headers.get("content-range").and_then(length_of)
        {
            headers.insert("content-length", length.into());
        }
        Ok(response)
    }
}

/// How many bytes a `Content-Range` is of.
fn length_of(range: &HeaderValue) -> Option<u64> {
    let (range, _) = range.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    last.checked_sub(first)?.checked_add(1)
}

/// The body of an error, cut off where it is too long, and with question marks for what is not ASCII: a letter of UTF-8 may be in two
/// frames.
#[derive(Debug)]
struct Text {
    body: HttpResponseBody,
    left: usize,
}

impl Text {
    fn take(&mut self, bytes: Bytes) -> Bytes {
        let taken = bytes.iter().take(self.left);
        let text: Vec<u8> = taken
            .map(|byte| if byte.is_ascii() { *byte } else { b'?' })
            .collect();
        self.left -= text.len();
        text.into()
    }
}

impl Body for Text {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        Poll::Ready(frame.map(|frame| Ok(frame?.map_data(|bytes| self.take(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_upper(self.left as u64);
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_range_is_told_if_it_has_one() {
        let length = |range| length_of(&HeaderValue::from_static(range));
        assert_eq!(length("bytes 0-0/10"), Some(1));
        assert_eq!(length("bytes 5-9/*"), Some(5));
        for range in [
            "bytes */10",
            "bytes 9-5/10",
            "bytes 0-18446744073709551615/10",
            "lines 0-1/10",
            "bytes 0-1",
            "",
        ] {
            assert_eq!(length(range), None, "{range}");
        }
    }
}

//! Answers.

use std::fmt::Write;

use bytes::Bytes;

use super::fault::Fault;
use super::object::{Object, Objects};
use super::range;
use super::request::Request;

/// The status and headers, and the body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Vec<u8>,
    pub(crate) body: Bytes,
}

/// The answer to a request.
pub(crate) fn to(
    request: &Request,
    content: Vec<u8>,
    objects: &Objects,
    ignores_if_match: bool,
    fault: &Fault,
) -> Answer {
    match fault {
        Fault::Status(status) => return text(*status, "as the test wants it"),
        Fault::Raw(bytes) => {
            return Answer {
                head: bytes.clone(),
                body: Bytes::new(),
            };
        }
        _ => {}
    }
    match &request.method[..] {
        "GET" | "HEAD" => match objects.get(&request.path) {
            Some(object) => get(request, object, ignores_if_match, fault),
            None => text(404, "there is no such object"),
        },
        "PUT" => {
            let object = Object::new(content);
            let headers = describe(&object);
            objects.put(&request.path, object);
            complete(200, &headers, Bytes::new())
        }
        "DELETE" => match objects.remove(&request.path) {
            Some(_) => complete(204, "", Bytes::new()),
            None => text(404, "there is no such object"),
        },
        _ => text(405, "the method is not known"),
    }
}

fn get(request: &Request, object: Object, ignores_if_match: bool, fault: &Fault) -> Answer {
    if let Some(wanted) = request.if_match()
        && !ignores_if_match
        && !matches(wanted, object.etag())
    {
        return text(412, "the object has another ETag");
    }
    let mut headers = describe(&object);
    let length = match *fault {
        Fault::Pretend(length) => length,
        _ => object.bytes.len() as u64,
    };
    let range = match request.range() {
        Some(header) if *fault != Fault::IgnoreRange => range::satisfy(header, length),
        _ => Some(None),
    };
    let mut said_length = None;
    let (status, mut body) = match range {
        Some(None) => (200, object.bytes.clone()),
        Some(Some(range)) => {
            let right = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            let said = match fault {
                Fault::ContentRange(said) => said.as_ref(),
                _ => Some(&right),
            };
            if let Some(said) = said {
                add(&mut headers, "content-range", said);
            }
            said_length = Some(range.end - range.start);
            let there = object.bytes.len();
            let index = |offset: u64| usize::try_from(offset).map_or(there, |offset| offset.min(there));
            (206, object.bytes.slice(index(range.start)..index(range.end)))
        }
        None => {
            add(&mut headers, "content-range", &format!("bytes */{length}"));
            return complete(416, &headers, Bytes::new());
        }
    };
    match *fault {
        Fault::ShortBody(missing) => body.truncate(body.len().saturating_sub(missing)),
        Fault::LongBody(more) => body = [&body[..], &vec![b'+'; more]].concat().into(),
        _ => {}
    }
    let said_length = match fault {
        Fault::Pretend(_) => said_length,
        _ => None,
    };
    let said_length = said_length.unwrap_or(body.len() as u64);
    let mut answer = complete_with(status, &headers, body, said_length);
    if request.method == "HEAD" {
        answer.body = Bytes::new();
    }
    answer
}

/// Whether a header `If-Match` holds, by the strong comparison of RFC 9110, section 8.8.3.2.
fn matches(wanted: &str, etag: Option<&str>) -> bool {
    match etag {
        Some(etag) if !etag.starts_with("W/") => wanted
            .split(',')
            .any(|tag| tag.trim() == etag || tag.trim() == "*"),
        Some(_) => wanted.trim() == "*",
        None => false,
    }
}

fn describe(object: &Object) -> String {
    let mut headers = String::new();
    add(&mut headers, "accept-ranges", "bytes");
    if let Some(etag) = &object.etag {
        add(&mut headers, "etag", etag);
    }
    if let Some(time) = &object.last_modified {
        add(&mut headers, "last-modified", time);
    }
    headers
}

fn add(headers: &mut String, name: &str, value: &str) {
    write!(headers, "{name}: {value}\r\n").expect("strings take all text");
}

pub(crate) fn text(status: u16, text: &'static str) -> Answer {
    complete(
        status,
        "content-type: text/plain\r\n",
        Bytes::from_static(text.as_bytes()),
    )
}

pub(crate) fn complete(status: u16, headers: &str, body: Bytes) -> Answer {
    let length = body.len() as u64;
    complete_with(status, headers, body, length)
}

/// An answer that says that its body has `length` bytes.
fn complete_with(status: u16, headers: &str, body: Bytes, length: u64) -> Answer {
    let reason = match status {
        200 => "OK",
        204 => "No Content",
        206 => "Partial Content",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        412 => "Precondition Failed",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Other",
    };
    let length = match status {
        204 => String::new(),
        _ => format!("content-length: {length}\r\n"),
    };
    let head = format!("HTTP/1.1 {status} {reason}\r\n{headers}{length}\r\n").into_bytes();
    Answer { head, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_etags_match_nothing_but_any() {
        assert!(matches("\"a\"", Some("\"a\"")));
        assert!(matches("\"b\", \"a\"", Some("\"a\"")));
        assert!(matches("*", Some("\"a\"")));
        assert!(!matches("\"b\"", Some("\"a\"")));
        assert!(!matches("W/\"a\"", Some("W/\"a\"")));
        assert!(!matches("*", None));
    }
}

//! Uploads in parts, as S3 has them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::answer::{Answer, complete, text};
use super::object::{Object, Objects};
use super::request::Request;

/// Uploads that were begun and neither completed nor aborted.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<Numbered>);

#[derive(Debug, Default)]
struct Numbered {
    begun: u64,
    /// The parts of each, with their numbers.
    uploads: HashMap<String, BTreeMap<u32, Vec<u8>>>,
}

impl Uploads {
    /// The answer to a request, if it has to do with an upload.
    pub(crate) fn answer(&self, request: &Request, content: &[u8], objects: &Objects) -> Option<Answer> {
        let value = |name: &str| {
            let mut parameters = request
                .query
                .split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            parameters
                .find(|(found, _)| *found == name)
                .map(|(_, value)| value)
        };
        let mut numbered = self.lock();
        if request.method == "POST" && value("uploads").is_some() {
            numbered.begun += 1;
            let id = numbered.begun.to_string();
            let body = format!(
                "<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            );
            numbered.uploads.insert(id, BTreeMap::new());
            return Some(complete(200, "", Bytes::from(body)));
        }
        let id = value("uploadId")?;
        let Some(parts) = numbered.uploads.get_mut(id) else {
            return Some(text(404, "there is no such upload"));
        };
        match &request.method[..] {
            "PUT" => {
                let number = value("partNumber")?.parse().ok()?;
                parts.insert(number, content.to_vec());
                Some(complete(
                    200,
                    &format!("ETag: \"part-{number}\"\r\n"),
                    Bytes::new(),
                ))
            }
            "POST" => {
                let bytes: Vec<u8> = parts.values().flatten().copied().collect();
                objects.put(&request.path, Object::new(bytes));
                numbered.uploads.remove(id);
                let body =
                    "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>";
                Some(complete(200, "", Bytes::from_static(body.as_bytes())))
            }
            "DELETE" => {
                numbered.uploads.remove(id);
                Some(complete(204, "", Bytes::new()))
            }
            _ => None,
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().uploads.len()
    }

    fn lock(&self) -> MutexGuard<'_, Numbered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

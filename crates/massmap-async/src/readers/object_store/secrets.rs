//! What a URL of HTTP holds that no message may show.

use std::fmt;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientOptions, HeaderValue};
use percent_encoding::percent_decode_str;
use url::Url;

use super::lenient::LenientConnector;

/// The query of a URL, such as a signature, and its user and password.
///
/// `object_store` keeps the first out of its requests, and prints the second with its errors. Both are therefore added to a request
/// below all that makes messages.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    query: Option<String>,
    authorization: Option<HeaderValue>,
}

impl Secrets {
    pub(crate) fn of(url: &Url) -> Self {
        let authorization = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => {
                let mut pair: Vec<u8> = percent_decode_str(user).collect();
                pair.push(b':');
                pair.extend(percent_decode_str(password.unwrap_or_default()));
                HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair))).ok()
            }
        };
        Self {
            query: url.query().map(str::to_owned),
            authorization,
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl HttpConnector for Secrets {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = LenientConnector::default().connect(options)?;
        match self {
            Self {
                query: None,
                authorization: None,
            } => Ok(client),
            _ => Ok(HttpClient::new(WithSecrets {
                client,
                secrets: self.clone(),
            })),
        }
    }
}

/// A client that adds secrets to its requests.
#[derive(Debug)]
struct WithSecrets {
    client: HttpClient,
    secrets: Secrets,
}

#[async_trait]
impl HttpService for WithSecrets {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if let Some(query) = &self.secrets.query {
            let uri = format!("{}?{query}", request.uri());
            *request.uri_mut() = uri
                .parse()
                .map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        }
        if let Some(authorization) = &self.secrets.authorization {
            request
                .headers_mut()
                .insert("authorization", authorization.clone());
        }
        self.client.execute(request).await
    }
}

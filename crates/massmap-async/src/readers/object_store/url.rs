//! URLs of objects.

use std::io::{Error, Result};
use std::sync::Arc;

use futures_util::TryStreamExt;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreScheme};
use url::Url;

use crate::error::RemoteError;
use crate::readers::blocking::runtime::Driver;

/// An object that a URL names: a store, and the path in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ObjectUrl {
    /// The store.
    pub store: Arc<dyn ObjectStore>,
    /// The path of the object in the store.
    pub path: Path,
    /// The URL without user, password, query and fragment: for messages.
    pub location: String,
    /// The same store, if objects can be written to it in parts.
    pub(crate) uploads: Option<Arc<dyn UploadStore>>,
}

/// What a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Object,
    /// Objects whose paths begin alike.
    Folder,
}

/// A store to which objects can be written in parts.
pub(crate) trait UploadStore: ObjectStore + MultipartStore {}

impl<S: ObjectStore + MultipartStore> UploadStore for S {}

impl ObjectUrl {
    /// Understands a URL. No request is sent.
    ///
    /// | URL | store | cargo feature |
    /// |---|---|---|
    /// | `s3://BUCKET/PATH` | S3, and servers that speak like it | `aws` |
    /// | `gs://BUCKET/PATH` | Google Cloud Storage | `gcp` |
    /// | `az://CONTAINER/PATH`, `abfs://…`, `abfss://…` | Azure | `azure` |
    /// | `http://HOST/PATH`, `https://HOST/PATH` | any server that answers range requests, such as nginx | `http` |
    /// | `file:///PATH` | files of this machine | `fs` |
    ///
    /// Credentials, regions and endpoints come from the environment variables that `object_store` reads, such as `AWS_ACCESS_KEY_ID`,
    /// `AWS_REGION`, `AWS_ENDPOINT` and `AWS_ALLOW_HTTP`, or `GOOGLE_SERVICE_ACCOUNT`, or `AZURE_STORAGE_ACCOUNT_NAME`. URLs of HTTP may
    /// hold a user and a password, or a signature in their query, which are sent to the server and appear in no message.
    ///
    /// # Errors
    ///
    /// [`RemoteError::Url`] if it is none of these, [`RemoteError::FeatureOff`] if the feature is off, [`RemoteError::Store`] if the
    /// environment does not tell all that the store needs.
    pub fn parse(url: &str) -> Result<Self> {
        Self::parse_with(url, std::iter::empty::<(&str, &str)>())
    }

    /// Like [`parse`](Self::parse), with options that take precedence over the environment: names and values that `object_store` gives
    /// them, such as `aws_endpoint` or `timeout`.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse), and [`RemoteError::Url`] for an option that the store does not have.
    pub fn parse_with<K, V>(url: &str, options: impl IntoIterator<Item = (K, V)>) -> Result<Self>
    where
        K: AsRef<str>,
        V: Into<String>,
    {
        let options = options
            .into_iter()
            .map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.into()))
            .collect();
        Self::understand(url, options, Named::Object)
    }

    /// The objects in a folder, and in the folders in it, by ascending paths, with their lengths in bytes. The URL of the folder ends in
    /// a slash; the [`location`](Self::location) of each object is its URL.
    ///
    /// Sends as many requests as the store needs for the list. Like an [`ObjectReader`](crate::ObjectReader), call it within a runtime of
    /// tokio, or use [`list_blocking`](Self::list_blocking).
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse); [`RemoteError::Url`] for a URL that does not end in a slash, or of a server of HTTP, which has no
    /// lists; [`RemoteError::Store`] if the store does not answer.
    pub async fn list(url: &str) -> Result<Vec<(Self, u64)>> {
        let folder = Self::understand(url, Vec::new(), Named::Folder)?;
        let prefix = (!folder.path.as_ref().is_empty()).then_some(&folder.path);
        let listed = folder.store.list(prefix).try_collect::<Vec<_>>().await;
        let listed = listed.map_err(|error| RemoteError::Store {
            location: folder.location.clone(),
            asked: "the list of its objects".to_owned(),
            kind: super::failure::kind_of(&error),
            source: Arc::new(error),
        })?;
        let mut objects: Vec<_> = listed
            .into_iter()
            .map(|object| (object.location, object.size))
            .collect();
        objects.sort_unstable();
        let of_folder = Url::parse(&folder.location).map_err(Error::other)?;
        let objects = objects.into_iter().filter_map(|(path, length)| {
            let parts: Vec<_> = path.prefix_match(&folder.path)?.collect();
            // Some programs mark a folder by an object of its name.
            if parts.is_empty() {
                return None;
            }
            let mut location = of_folder.clone();
            location
                .path_segments_mut()
                .ok()?
                .pop_if_empty()
                .extend(parts.iter().map(AsRef::as_ref));
            let object = Self {
                path,
                location: location.into(),
                ..folder.clone()
            };
            Some((object, length))
        });
        Ok(objects.collect())
    }

    /// Like [`list`](Self::list), for programs without a runtime: waits on the thread that a
    /// [`BlockingReader`](crate::BlockingReader) uses as well.
    ///
    /// # Errors
    ///
    /// Those of [`list`](Self::list).
    pub fn list_blocking(url: &str) -> Result<Vec<(Self, u64)>> {
        Driver::new(None)?.wait(Self::list(url))?
    }

    fn understand(url: &str, options: Vec<(String, String)>, named: Named) -> Result<Self> {
        // What is no URL may hold a password all the same.
        let parsed = Url::parse(url).map_err(|error| RemoteError::Url {
            location: "the URL".to_owned(),
            reason: format!("{error}: {KNOWN}"),
        })?;
        let location = without_secrets(&parsed);
        let refused = |reason| RemoteError::Url {
            location: location.clone(),
            reason,
        };
        let (scheme, path) = match parsed.scheme() {
            // Whatever the host is: `s3://` is for those who want S3's own protocol.
            "http" | "https" => {
                let path = Path::from_url_path(parsed.path()).map_err(|error| refused(error.to_string()))?;
                (ObjectStoreScheme::Http, path)
            }
            _ => ObjectStoreScheme::parse(&parsed).map_err(|_| {
                // Its error shows all of the URL.
                match Path::from_url_path(parsed.path()) {
                    Ok(_) => refused(KNOWN.to_owned()),
                    Err(error) => refused(error.to_string()),
                }
            })?,
        };
        if named == Named::Object && path.as_ref().is_empty() {
            return Err(refused("it names no object, only a place for objects".to_owned()).into());
        }
        match scheme {
            ObjectStoreScheme::Http if named == Named::Folder => {
                return Err(
                    refused("servers of HTTP have no lists of files: name the files".to_owned()).into(),
                );
            }
            ObjectStoreScheme::Http => {}
            _ if parsed.query().is_some() || parsed.fragment().is_some() => {
                let reason =
                    "write %3F for a question mark and %23 for a number sign in the name of an object";
                return Err(refused(reason.to_owned()).into());
            }
            _ => match (named, parsed.path().ends_with('/')) {
                (Named::Object, true) => {
                    return Err(refused("it ends in a slash: name the object, too".to_owned()).into());
                }
                (Named::Folder, false) => {
                    return Err(
                        refused("it does not end in a slash, as those of folders do".to_owned()).into(),
                    );
                }
                _ => {}
            },
        }
        let asked = Asked {
            url: &parsed,
            location: &location,
            options,
        };
        let Made { store, uploads } = match scheme {
            ObjectStoreScheme::AmazonS3 => asked.s3(),
            ObjectStoreScheme::GoogleCloudStorage => asked.google(),
            ObjectStoreScheme::MicrosoftAzure => asked.azure(),
            ObjectStoreScheme::Http => asked.http(),
            ObjectStoreScheme::Local => asked.files(),
            _ => Err(refused(KNOWN.to_owned())),
        }?;
        Ok(Self {
            store,
            path,
            location,
            uploads,
        })
    }
}

/// What is asked for where a URL is of no known kind.
const KNOWN: &str =
    "give one that begins with s3://, gs://, az://, abfs://, abfss://, http://, https:// or file:///";

/// A URL without what is nobody's business.
fn without_secrets(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Azure has the container there.
    if !matches!(url.scheme(), "abfs" | "abfss") {
        // Fails for URLs that cannot have them.
        let _ = url.set_username("");
    }
    let _ = url.set_password(None);
    url.into()
}

/// A URL that is understood, on the way to its store.
#[allow(dead_code, reason = "which parts are used depends on the features")]
struct Asked<'a> {
    url: &'a Url,
    location: &'a str,
    options: Vec<(String, String)>,
}

/// A store that was made.
#[derive(Debug)]
struct Made {
    store: Arc<dyn ObjectStore>,
    uploads: Option<Arc<dyn UploadStore>>,
}

type MadeResult = std::result::Result<Made, RemoteError>;

/// The options of a builder, applied to it.
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
macro_rules! with_options {
    ($asked:ident, $builder:expr) => {{
        let mut builder = $builder;
        for (name, value) in &$asked.options {
            let name = name.parse().map_err(|_| $asked.unknown_option(name))?;
            builder = builder.with_config(name, value);
        }
        builder
    }};
}

#[allow(dead_code, reason = "which parts are used depends on the features")]
impl Asked<'_> {
    #[cfg(feature = "aws")]
    fn s3(&self) -> MadeResult {
        let builder = object_store::aws::AmazonS3Builder::from_env()
            .with_http_connector(super::lenient::LenientConnector::default())
            .with_url(self.url.as_str());
        self.made_with_uploads(with_options!(self, builder).build())
    }

    #[cfg(not(feature = "aws"))]
    fn s3(&self) -> MadeResult {
        self.feature_off("aws")
    }

    #[cfg(feature = "gcp")]
    fn google(&self) -> MadeResult {
        let builder = object_store::gcp::GoogleCloudStorageBuilder::from_env()
            .with_http_connector(super::lenient::LenientConnector::default())
            .with_url(self.url.as_str());
        self.made_with_uploads(with_options!(self, builder).build())
    }

    #[cfg(not(feature = "gcp"))]
    fn google(&self) -> MadeResult {
        self.feature_off("gcp")
    }

    #[cfg(feature = "azure")]
    fn azure(&self) -> MadeResult {
        let builder = object_store::azure::MicrosoftAzureBuilder::from_env()
            .with_http_connector(super::lenient::LenientConnector::default())
            .with_url(self.url.as_str());
        self.made_with_uploads(with_options!(self, builder).build())
    }

    #[cfg(not(feature = "azure"))]
    fn azure(&self) -> MadeResult {
        self.feature_off("azure")
    }

    #[cfg(feature = "http")]
    fn http(&self) -> MadeResult {
        use super::secrets::Secrets;
        use object_store::{ClientConfigKey, http::HttpBuilder};

        let mut root = self.url.clone();
        root.set_path("");
        let builder = HttpBuilder::new()
            .with_url(without_secrets(&root))
            // Whoever writes `http://` allows it.
            .with_config(
                ClientConfigKey::AllowHttp,
                (self.url.scheme() == "http").to_string(),
            )
            .with_http_connector(Secrets::of(self.url));
        self.made(with_options!(self, builder).build())
    }

    #[cfg(not(feature = "http"))]
    fn http(&self) -> MadeResult {
        self.feature_off("http")
    }

    #[cfg(feature = "fs")]
    fn files(&self) -> MadeResult {
        match self.options.first() {
            Some((name, _)) => Err(self.unknown_option(name)),
            None => Ok(Made {
                store: Arc::new(object_store::local::LocalFileSystem::new()),
                uploads: None,
            }),
        }
    }

    #[cfg(not(feature = "fs"))]
    fn files(&self) -> MadeResult {
        self.feature_off("fs")
    }

    #[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
    fn made_with_uploads(
        &self,
        store: std::result::Result<impl UploadStore, object_store::Error>,
    ) -> MadeResult {
        let store: Arc<dyn UploadStore> = Arc::new(store.map_err(|error| self.not_made(error))?);
        Ok(Made {
            store: store.clone(),
            uploads: Some(store),
        })
    }

    #[cfg(feature = "http")]
    fn made(&self, store: std::result::Result<impl ObjectStore, object_store::Error>) -> MadeResult {
        Ok(Made {
            store: Arc::new(store.map_err(|error| self.not_made(error))?),
            uploads: None,
        })
    }

    #[cfg(any(feature = "aws", feature = "azure", feature = "gcp", feature = "http"))]
    fn not_made(&self, error: object_store::Error) -> RemoteError {
        let message = error.to_string();
        if message.contains(self.url.as_str()) {
            return RemoteError::Url {
                location: self.location.to_owned(),
                // It may have a password.
                reason: message.replace(self.url.as_str(), self.location),
            };
        }
        RemoteError::Store {
            location: self.location.to_owned(),
            asked: "anything".to_owned(),
            kind: super::failure::kind_of(&error),
            source: Arc::new(error),
        }
    }

    fn unknown_option(&self, name: &str) -> RemoteError {
        RemoteError::Url {
            location: self.location.to_owned(),
            reason: format!("its store has no option `{name}`"),
        }
    }

    fn feature_off(&self, feature: &'static str) -> MadeResult {
        Err(RemoteError::FeatureOff {
            location: self.location.to_owned(),
            feature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_says_how_to_get_it() {
        let url = Url::parse("s3://bucket/map").unwrap();
        let asked = Asked {
            url: &url,
            location: "s3://bucket/map",
            options: Vec::new(),
        };
        let error = std::io::Error::from(asked.feature_off("aws").unwrap_err());
        assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
        assert_eq!(
            error.to_string(),
            "s3://bucket/map cannot be read by this program, which was built without the cargo feature `aws` of massmap-async: \
             build it with that feature"
        );
    }

    #[test]
    fn secrets_are_no_part_of_a_location() {
        for (url, location) in [
            (
                "https://user:password@host:81/a/b?signature=1#end",
                "https://host:81/a/b",
            ),
            (
                "abfss://container:password@account.dfs.core.windows.net/a?sas",
                "abfss://container@account.dfs.core.windows.net/a",
            ),
            ("s3://key:secret@bucket/a", "s3://bucket/a"),
            ("file:///a/b%20c", "file:///a/b%20c"),
        ] {
            assert_eq!(without_secrets(&Url::parse(url).unwrap()), location);
        }
    }
}

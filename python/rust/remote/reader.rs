//! What reads an object, in the process that opened it and in those that it forks.

mod either;
pub(crate) mod source;

use std::fmt;
use std::io::Result;
use std::ops::Range;
use std::sync::Arc;

use massmap::Bytes;
use massmap::remote::{
    AsyncReader, Cached, Hedged, ObjectReader, ObjectUrl, PageCache, Suffix, TimeLimit, TokioTimer,
};
use tokio::sync::OnceCell;

use super::process::per_process::PerProcess;
use super::settings::RemoteSettings;
use either::Either;

type Limited = Either<ObjectReader, TimeLimit<ObjectReader, TokioTimer>>;
type PerhapsHedged = Either<Limited, Hedged<Limited, TokioTimer>>;
type Stack = Either<PerhapsHedged, Cached<PerhapsHedged>>;

/// Reads the object at a URL. Clones share connections and cache.
#[derive(Clone)]
pub(crate) struct RemoteReader(Arc<Remote>);

struct Remote {
    url: String,
    /// The URL without passwords.
    location: String,
    settings: RemoteSettings,
    connections: PerProcess<Connection>,
}

/// What a process reads with.
struct Connection {
    object: ObjectReader,
    stack: Stack,
    /// Empty until the cache knows the version of the object. Its reads before are not kept.
    told: OnceCell<()>,
}

impl RemoteReader {
    /// A reader of the object at a URL. No request is sent yet.
    pub(crate) fn new(url: &str, settings: &RemoteSettings) -> Result<Self> {
        let parsed = parse(url, settings)?;
        let location = parsed.location.clone();
        let reader = Self(Arc::new(Remote {
            url: url.to_owned(),
            location,
            settings: settings.clone(),
            connections: PerProcess::new(),
        }));
        reader.connection_with(|_| Ok(parsed.into()))?;
        Ok(reader)
    }

    /// Makes the connections of this process, so that whoever reads next does not have to.
    pub(crate) fn connect(&self) -> Result<()> {
        self.connection().map(|_| ())
    }

    /// The connections of this process, which are to the same version of the object as those of the first one.
    fn connection(&self) -> Result<&Connection> {
        self.connection_with(|opened| {
            let parsed = parse(&self.0.url, &self.0.settings)?;
            Ok(match opened {
                Some(opened) => opened.object.through(parsed.store),
                None => parsed.into(),
            })
        })
    }

    fn connection_with(
        &self,
        object: impl FnOnce(Option<&Connection>) -> Result<ObjectReader>,
    ) -> Result<&Connection> {
        self.0.connections.current(|opened| {
            let is_first = opened.is_none();
            let object = object(opened)?;
            Ok(Connection {
                stack: stack(object.clone(), &self.0.settings),
                object,
                // The first process begins with a suffix, which tells the version.
                told: match is_first || self.0.settings.cache.is_none() {
                    true => OnceCell::new_with(Some(())),
                    false => OnceCell::new(),
                },
            })
        })
    }
}

fn parse(url: &str, settings: &RemoteSettings) -> Result<ObjectUrl> {
    let options = &settings.storage_options;
    ObjectUrl::parse_with(url, options.iter().map(|(name, value)| (name, value.as_str())))
}

/// The readers that the settings ask for, around that of the object.
fn stack(object: ObjectReader, settings: &RemoteSettings) -> Stack {
    let timer = TokioTimer::new();
    let limited = match settings.timeout {
        Some(limit) => Either::Right(TimeLimit::new(object, timer, limit)),
        None => Either::Left(object),
    };
    let hedged = match settings.hedge {
        Some(hedge) => Either::Right(Hedged::new(limited, timer, hedge.delay())),
        None => Either::Left(limited),
    };
    match settings.cache {
        Some(bytes) => Either::Right(Cached::new(hedged, &PageCache::new(bytes))),
        None => Either::Left(hedged),
    }
}

impl Connection {
    /// The readers, of which the cache knows the version of the object.
    async fn stack(&self) -> Result<&Stack> {
        let tell = || async { self.stack.read_suffix(1).await.map(|_| ()) };
        self.told.get_or_try_init(tell).await?;
        Ok(&self.stack)
    }
}

impl AsyncReader for RemoteReader {
    async fn read(&self, range: Range<u64>) -> Result<Bytes> {
        self.connection()?.stack().await?.read(range).await
    }

    async fn read_many(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        self.connection()?.stack().await?.read_many(ranges).await
    }

    async fn read_suffix(&self, length: u64) -> Result<Suffix> {
        self.connection()?.stack.read_suffix(length).await
    }

    fn location(&self) -> &str {
        &self.0.location
    }
}

impl fmt::Debug for RemoteReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteReader").field(&self.0.location).finish()
    }
}

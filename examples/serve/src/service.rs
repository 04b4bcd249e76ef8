//! The routes of the service.

use std::io;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use massmap::Error;
use massmap::dynamic::{Key, Value};
use massmap::remote::{PageCache, RemoteError};
use serde_json::json;

use crate::stack::Map;

type Shared = State<Arc<(Map, PageCache)>>;

pub(crate) fn routes(map: Map, cache: PageCache) -> Router {
    Router::new()
        .route("/entries/{key}", get(one))
        .route("/entries", get(no_keys).post(many))
        .route("/status", get(status))
        .with_state(Arc::new((map, cache)))
}

/// The value of one key.
async fn one(State(shared): Shared, Path(key): Path<String>) -> Result<Response, Failure> {
    let (map, _) = &*shared;
    let value = match number(map, &key) {
        Some(number) => map.get(Key::from(&number)).await?,
        None => map.get(key.as_str()).await?,
    };
    Ok(match value {
        Some(value) => Json(value).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "missing": key }))).into_response(),
    })
}

/// The values of the keys in a JSON array, in their order; null for those that are missing.
async fn many(
    State(shared): Shared,
    Json(keys): Json<Vec<serde_json::Value>>,
) -> Result<Json<Vec<Option<Value>>>, Failure> {
    let (map, _) = &*shared;
    let keys = keys.into_iter().map(key_of).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(map.batch_get(keys.iter().map(Key::from)).await?))
}

async fn no_keys() -> Failure {
    Failure {
        status: StatusCode::BAD_REQUEST,
        message: "name a key, as in /entries/apple, or post an array of keys".to_owned(),
    }
}

/// What is served, and how well the cache does.
async fn status(State(shared): Shared) -> Json<serde_json::Value> {
    let (map, cache) = &*shared;
    let stats = cache.stats();
    Json(json!({
        "entries": map.len(),
        "version": map.version().as_str(),
        "cache": { "hits": stats.hits, "misses": stats.misses, "bytes": stats.bytes },
    }))
}

/// The number that `key` stands for, if the keys of the map are numbers.
fn number(map: &Map, key: &str) -> Option<Value> {
    match map.key_type().to_string().as_str() {
        "string" => None,
        _ => key
            .parse::<u64>()
            .map(Value::from)
            .or_else(|_| key.parse::<i64>().map(Value::from))
            .ok(),
    }
}

/// A key from JSON.
fn key_of(key: serde_json::Value) -> Result<Value, Failure> {
    let number = || {
        key.as_u64()
            .map(Value::from)
            .or_else(|| key.as_i64().map(Value::from))
    };
    let found = number().or_else(|| key.as_str().map(Value::from));
    found.ok_or_else(|| Failure {
        status: StatusCode::BAD_REQUEST,
        message: format!("keys are strings or integers, not {key}"),
    })
}

/// An answer that says what went wrong.
struct Failure {
    status: StatusCode,
    message: String,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let message = error.to_string();
        let status = match Error::from(error) {
            Error::Key(_) => StatusCode::BAD_REQUEST,
            // The map was replaced: whoever runs this service restarts it, or opens the map anew.
            Error::Remote(RemoteError::Changed { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Remote(RemoteError::TimedOut { .. }) => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_GATEWAY,
        };
        Self { status, message }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.message }))).into_response()
    }
}

//! Health checks: whether the program runs, and whether it can answer.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::Service;

/// `/health/live` and `/health/ready`.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/health/live", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/health/ready", get(ready))
}

async fn ready(State(service): State<Arc<Service>>) -> (StatusCode, Json<Value>) {
    let mut checks = service.health.checks();
    checks.insert(0, ("index", service.is_complete));
    let is_ready = checks.iter().all(|(_, passes)| *passes);
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let named: serde_json::Map<String, Value> =
        checks.into_iter().map(|(name, passes)| (name.to_owned(), passes.into())).collect();
    let text = if is_ready { "ok" } else { "not ready" };
    (status, Json(json!({ "status": text, "checks": named })))
}

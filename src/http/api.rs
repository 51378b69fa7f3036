//! The JSON interface for programs, version 1. `openapi.json` describes it.

use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Service;
use super::error::Problem;
use super::key_file::Scope;
use super::lookup::about;
use verbatim_core::engine::Engine;
use verbatim_core::knowledge::document::Document;
use verbatim_core::render::source_page::source_address;

/// The description of the interface.
pub const OPENAPI: &str = include_str!("openapi.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    question: String,
    base: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseQuery {
    base: Option<String>,
}

/// The paths below `/v1`.
pub fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/v1/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI) }))
        .route("/v1/ask", post(ask))
        .route("/v1/topics", get(topics))
        .route("/v1/topics/{name}", get(topic))
        .route("/v1/sources", get(sources))
        .route("/v1/passages/{id}", get(passage))
}

async fn ask(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    question: Result<Json<Question>, JsonRejection>,
) -> Result<Response, Problem> {
    service.keys.admit(&headers, Scope::Ask)?;
    let Json(asked) = question.map_err(|why| Problem::bad_request(body_problem(&why)))?;
    Ok(as_json(service.ask(asked.base.as_deref(), asked.question).await?))
}

/// Says what is wrong with a body without repeating any of it.
fn body_problem(why: &JsonRejection) -> &'static str {
    match why {
        JsonRejection::MissingJsonContentType(_) => "Send the header `Content-Type: application/json`.",
        JsonRejection::BytesRejection(_) => "The body is too long or was cut short.",
        _ => {
            "The body is not as expected. Send {\"question\": \"…\"}, with \"base\": \"…\" if you want another base."
        }
    }
}

async fn topics(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let base = admit_reader(&service, &headers, query)?;
    service.topics(base.as_deref()).map(Json)
}

async fn topic(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let base = admit_reader(&service, &headers, query)?;
    Ok(as_json(service.topic(base.as_deref(), name).await?))
}

async fn sources(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let base = admit_reader(&service, &headers, query)?;
    let engine = service.base(base.as_deref())?;
    let snapshot = engine.snapshot();
    let viewer = engine.resources().viewer.clone();
    let sources =
        snapshot.corpus.documents.iter().map(|document| source(&engine, document, viewer.as_deref()));
    Ok(Json(about(&engine, &snapshot, json!({ "sources": sources.collect::<Vec<_>>() }))))
}

fn source(engine: &Engine, document: &Document, viewer: Option<&str>) -> Value {
    let metadata = &document.metadata;
    json!({
        "id": document.id,
        "title": metadata.title,
        "publisher": metadata.publisher,
        "url": metadata.url,
        "viewer": viewer.map(|viewer| source_address(viewer, &engine.place().base, &document.id)),
        "licence": metadata.licence,
        "published": metadata.published,
        "retrieved": metadata.retrieved,
        "kind": metadata.kind,
        "sha256": document.digest,
    })
}

async fn passage(
    State(service): State<Arc<Service>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let base = admit_reader(&service, &headers, query)?;
    Ok(as_json(service.passage(base.as_deref(), id).await?))
}

/// Admits a request to read something. Returns the base that it names.
fn admit_reader(
    service: &Service,
    headers: &HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Option<String>, Problem> {
    service.keys.admit(headers, Scope::Read)?;
    let Query(query) = query.map_err(|_| Problem::bad_request("The only parameter is `base`."))?;
    Ok(query.base)
}

fn as_json(line: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], line).into_response()
}

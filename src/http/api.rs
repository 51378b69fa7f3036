//! The JSON interface for programs, version 1. `openapi.json` describes it.

use std::sync::Arc;
use std::time::Instant;

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
use verbatim_core::answer::quote_by_id;
use verbatim_core::answer::reply::{Kind, Reply};
use verbatim_core::engine::{Engine, EngineError};
use verbatim_core::knowledge::document::Document;
use verbatim_core::render;

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
    let Json(question) = question.map_err(|why| Problem::bad_request(body_problem(&why)))?;
    let engine = base(&service, question.base.as_deref())?;
    let began = Instant::now();
    let reply = service.run(move || engine.ask(&question.question)).await.ok_or_else(Problem::busy)?;
    // The words of the question are the caller's own; an invalid one is a fault of the request.
    match (reply.body().kind, &reply.body().why) {
        (Kind::Invalid, Some(why)) => Err(Problem::bad_request(why.clone())),
        _ => Ok(as_json(&reply, began)),
    }
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
    let engine = for_reading(&service, &headers, query)?;
    let snapshot = engine.snapshot();
    let topics =
        snapshot.corpus.topics.iter().map(
            |topic| json!({ "name": topic.name, "title": topic.title, "description": topic.description }),
        );
    Ok(about(&engine, json!({ "topics": topics.collect::<Vec<_>>() })))
}

async fn topic(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let engine = for_reading(&service, &headers, query)?;
    let began = Instant::now();
    let reply = service.run(move || engine.topic(&name)).await.ok_or_else(Problem::busy)?;
    match reply {
        Ok(reply) => Ok(as_json(&reply, began)),
        Err(error) => Err(not_found(&error)),
    }
}

async fn sources(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let engine = for_reading(&service, &headers, query)?;
    let snapshot = engine.snapshot();
    let viewer = engine.resources().viewer.clone();
    let sources =
        snapshot.corpus.documents.iter().map(|document| source(&engine, document, viewer.as_deref()));
    Ok(about(&engine, json!({ "sources": sources.collect::<Vec<_>>() })))
}

fn source(engine: &Engine, document: &Document, viewer: Option<&str>) -> Value {
    let metadata = &document.metadata;
    json!({
        "id": document.id,
        "title": metadata.title,
        "publisher": metadata.publisher,
        "url": metadata.url,
        "viewer": viewer.map(|viewer| format!("{viewer}/s/{}/{}", engine.place().base, document.id)),
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
    let engine = for_reading(&service, &headers, query)?;
    let began = Instant::now();
    let reply = quote_by_id::digits(&id).map(|digits| engine.in_context(&[digits]));
    // The short name does not say which source it is from; the id does.
    let reply = reply.filter(|reply| reply.body().quotes.iter().any(|cited| cited.passage == id));
    let reply = reply
        .ok_or_else(|| Problem::not_found("There is no such passage, or the moderators have withheld it."))?;
    Ok(as_json(&reply, began))
}

/// Admits a request to read something and finds its base.
fn for_reading(
    service: &Service,
    headers: &HeaderMap,
    query: Result<Query<BaseQuery>, QueryRejection>,
) -> Result<Arc<Engine>, Problem> {
    service.keys.admit(headers, Scope::Read)?;
    let Query(query) = query.map_err(|_| Problem::bad_request("The only parameter is `base`."))?;
    base(service, query.base.as_deref())
}

fn base(service: &Service, name: Option<&str>) -> Result<Arc<Engine>, Problem> {
    service.engine(name).ok_or_else(|| {
        let names: Vec<&str> = service.engines.iter().map(|engine| engine.place().base.as_str()).collect();
        Problem::not_found(format!("There is no such base. The bases are: {}.", names.join(", ")))
    })
}

fn not_found(error: &EngineError) -> Problem {
    match error {
        EngineError::UnknownTopic { nearest: Some(nearest), .. } => {
            Problem::not_found(format!("There is no such topic. Did you mean `{nearest}`?"))
        }
        _ => Problem::not_found("There is no such topic. GET /v1/topics lists them."),
    }
}

/// Adds what every reply says about its base.
fn about(engine: &Engine, mut value: Value) -> Json<Value> {
    let snapshot = engine.snapshot();
    value["base"] = engine.place().base.clone().into();
    value["generation"] = snapshot.manifest.id.clone().into();
    value["disclaimer"] = snapshot.corpus.about.disclaimer.clone().into();
    Json(value)
}

fn as_json(reply: &Reply, began: Instant) -> Response {
    let took = began.elapsed().as_micros() as u64;
    ([(header::CONTENT_TYPE, "application/json")], render::json::line(reply, None, took)).into_response()
}

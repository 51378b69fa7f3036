//! The pages of the sources: `/s/BASE/SOURCE`.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::Service;
use verbatim_core::answer::quote_by_id;
use verbatim_core::engine::Engine;
use verbatim_core::index::snapshot::Snapshot;
use verbatim_core::render::source_page::{QuotedFrom, QuotedPassage, STYLE, message_page, source_page};

/// The address of the style sheet.
const STYLE_SHEET: &str = "/s/style.css";

/// What the address of a quote says besides its source.
#[derive(Deserialize, Default)]
struct Quoted {
    generation: Option<String>,
    passage: Option<String>,
}

/// The paths below `/s`.
pub fn routes() -> Router<Arc<Service>> {
    let style = ([(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "max-age=3600")], STYLE);
    Router::new().route(STYLE_SHEET, get(|| async { style })).route("/s/{base}/{source}", get(page))
}

async fn page(
    State(service): State<Arc<Service>>,
    Path((base, source)): Path<(String, String)>,
    quoted: Result<Query<Quoted>, QueryRejection>,
) -> Response {
    let Some(engine) = service.engine(Some(&base)) else {
        return not_found("There is no such knowledge base here.");
    };
    let Query(quoted) = quoted.unwrap_or_default();
    let built = service.run(move || build(&engine, &source, &quoted)).await;
    match built {
        Some(Some(page)) => Html(page).into_response(),
        Some(None) => not_found("The knowledge base has no such source, or no longer has it."),
        None => {
            let page =
                message_page("Busy", "Many people are reading. Try again in a few seconds.", STYLE_SHEET);
            (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
        }
    }
}

fn not_found(text: &str) -> Response {
    (StatusCode::NOT_FOUND, Html(message_page("Not found", text, STYLE_SHEET))).into_response()
}

fn build(engine: &Engine, source: &str, quoted: &Quoted) -> Option<String> {
    let snapshot = engine.snapshot();
    let number = snapshot.corpus.documents.iter().position(|document| document.id == source)?;
    let quoted = quoted_from(engine, &snapshot, source, quoted);
    Some(source_page(&snapshot, number, STYLE_SHEET, quoted.as_ref()))
}

/// Compares a quote of another generation with the live one; `None` if the quote is from the live one.
fn quoted_from(engine: &Engine, live: &Snapshot, source: &str, quoted: &Quoted) -> Option<QuotedFrom> {
    let generation = quoted.generation.clone().filter(|id| *id != live.manifest.id)?;
    let id = format!("{source}:{}", quoted.passage.as_deref()?);
    if quote_by_id::shown(&live.corpus, &id).is_some() {
        return Some(QuotedFrom { generation, passage: QuotedPassage::Unchanged });
    }
    let earlier = engine.earlier(&generation)?;
    let words = quote_by_id::shown(&earlier.corpus, &id)
        .and_then(|number| quote_by_id::whole(&earlier.corpus, number))
        .map(|cited| cited.quote.text().to_owned());
    let passage = words.map_or(QuotedPassage::Unknown, QuotedPassage::Gone);
    Some(QuotedFrom { generation: earlier.manifest.id.clone(), passage })
}

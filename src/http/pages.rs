//! The pages of the sources: `/s/BASE/SOURCE`.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use parking_lot::Mutex;
use serde::Deserialize;

use super::Service;
use verbatim_core::answer::quote_by_id;
use verbatim_core::engine::Engine;
use verbatim_core::index::snapshot::Snapshot;
use verbatim_core::render::action::generation_digits;
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
    let earlier = service.earlier.clone();
    let built = service.run(move || build(&engine, &earlier, &source, &quoted)).await;
    match built {
        Ok(Some(page)) => Html(page).into_response(),
        Ok(None) => not_found("The knowledge base has no such source, or no longer has it."),
        Err(_) => {
            let page =
                message_page("Busy", "Many people are reading. Try again in a few seconds.", STYLE_SHEET);
            (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
        }
    }
}

fn not_found(text: &str) -> Response {
    (StatusCode::NOT_FOUND, Html(message_page("Not found", text, STYLE_SHEET))).into_response()
}

/// The earlier generation that was read last.
type Earlier = Mutex<Option<Arc<Snapshot>>>;

fn build(engine: &Engine, earlier: &Earlier, source: &str, quoted: &Quoted) -> Option<String> {
    let snapshot = engine.snapshot();
    let number = snapshot.corpus.documents.iter().position(|document| document.id == source)?;
    let quoted = quoted_from(engine, earlier, &snapshot, source, quoted);
    Some(source_page(&snapshot, number, STYLE_SHEET, quoted.as_ref()))
}

/// Compares a quote of another generation with the live one; `None` if the quote is from the live one, or the address
/// names no generation.
fn quoted_from(
    engine: &Engine,
    earlier: &Earlier,
    live: &Snapshot,
    source: &str,
    quoted: &Quoted,
) -> Option<QuotedFrom> {
    let generation = quoted.generation.clone()?;
    // The address is anyone's; only what is a generation's id is shown on the page.
    if generation == live.manifest.id || generation_digits(&generation).is_none() {
        return None;
    }
    let id = format!("{source}:{}", quoted.passage.as_deref()?);
    let passage = match quote_by_id::shown(&live.corpus, &id) {
        Some(_) => QuotedPassage::Unchanged,
        None => {
            words_in(engine, earlier, &generation, &id).map_or(QuotedPassage::Unknown, QuotedPassage::Gone)
        }
    };
    Some(QuotedFrom { generation, passage })
}

/// The words of a passage of an earlier generation. `None` if they are not known or withheld, or if somebody else is reading
/// another generation now.
fn words_in(engine: &Engine, earlier: &Earlier, generation: &str, id: &str) -> Option<String> {
    let mut last = earlier.try_lock()?;
    if last.as_ref().is_none_or(|snapshot| snapshot.manifest.id != generation) {
        *last = engine.earlier(generation);
    }
    let snapshot = last.clone()?;
    drop(last);
    if engine.withheld_passages().contains(id) {
        return None;
    }
    let cited = quote_by_id::whole(&snapshot.corpus, quote_by_id::shown(&snapshot.corpus, id)?)?;
    Some(cited.quote.text().to_owned())
}

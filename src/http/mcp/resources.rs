//! The resources: each source document as plain text, at `verbatim://BASE/SOURCE`.

use rmcp::model::{ErrorData, ReadResourceResult, Resource, ResourceContents};

use super::super::Service;
use verbatim_core::engine::Engine;
use verbatim_core::knowledge::document::Document;
use verbatim_core::render::source_text::source_text;

const SCHEME: &str = "verbatim://";

/// The source documents of all bases.
pub fn list(service: &Service) -> Vec<Resource> {
    let mut resources = Vec::new();
    for engine in &service.engines {
        let snapshot = engine.snapshot();
        resources.extend(snapshot.corpus.documents.iter().map(|document| resource(engine, document)));
    }
    resources
}

fn resource(engine: &Engine, document: &Document) -> Resource {
    let metadata = &document.metadata;
    let known = [metadata.kind.as_deref(), metadata.publisher.as_deref(), metadata.dated()];
    let known: Vec<&str> = known.into_iter().flatten().collect();
    let description = format!("A source of `{}`: {}", engine.place().base, known.join(", "));
    Resource::new(format!("{SCHEME}{}/{}", engine.place().base, document.id), document.id.as_str())
        .with_title(metadata.title.as_str())
        .with_description(description.trim_end_matches(": "))
        .with_mime_type("text/plain")
}

/// Reads a source document.
///
/// # Errors
/// If there is none at this address, or too many requests wait.
pub async fn read(service: &Service, uri: String) -> Result<ReadResourceResult, ErrorData> {
    let address = uri.strip_prefix(SCHEME).and_then(|path| path.split_once('/'));
    let found = address.and_then(|(base, source)| Some((service.engine(Some(base))?, source.to_owned())));
    let (engine, source) = found.ok_or_else(missing)?;
    let text = service.run(move || text(&engine, &source)).await;
    let text = text.map_err(|problem| ErrorData::internal_error(problem.detail().to_owned(), None))?;
    let text = text.ok_or_else(missing)?;
    Ok(ReadResourceResult::new(vec![ResourceContents::text(text, uri)]))
}

fn text(engine: &Engine, source: &str) -> Option<String> {
    let snapshot = engine.snapshot();
    let number = snapshot.corpus.documents.iter().position(|document| document.id == source)?;
    Some(source_text(&snapshot, number))
}

fn missing() -> ErrorData {
    ErrorData::resource_not_found("There is no such source. `resources/list` lists them.", None)
}

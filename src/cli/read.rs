//! `verbatim read`: shows a file as it would be indexed, without a knowledge base.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::output::{self, Output};
use super::session;
use crate::knowledge::document::{Document, PassageKind};
use crate::text::controls::visible_line;

/// The arguments of `verbatim read`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  verbatim read leaflet.pdf
  verbatim read --json knowledge/ldn/sources/*.md

Exit code: 0 when every file could be read, 1 otherwise.")]
pub struct Read {
    /// Source files: Markdown, text, HTML or PDF
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object a file
    #[arg(long)]
    json: bool,
}

impl Read {
    /// Shows each file.
    pub fn run(self, output: &mut Output) -> anyhow::Result<ExitCode> {
        let sandbox = session::sandbox()?;
        let mut unread = false;
        for file in &self.files {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let read = sandbox.read_sources(folder.unwrap_or(Path::new(".")), std::slice::from_ref(file));
            for source in read {
                source.problems.iter().for_each(|problem| output::remark(&problem.to_string()));
                match &source.document {
                    None => unread = true,
                    Some(document) if self.json => output.json(&as_json(document).to_string())?,
                    Some(document) => output.print(&as_text(document))?,
                }
            }
        }
        Ok(if unread { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// The units of a document in order: what is searched and quoted, with the place that it stands in.
fn as_json(document: &Document) -> Value {
    let units: Vec<Value> = document
        .sentences()
        .iter()
        .map(|sentence| {
            let passage = &document.passages()[sentence.passage as usize];
            json!({
                "text": sentence.span.of(document.text()),
                "kind": kind(passage.kind),
                "context": document.context(passage),
                "passage": passage.id,
            })
        })
        .collect();
    json!({ "file": document.file, "title": document.origin.title, "units": units })
}

fn as_text(document: &Document) -> String {
    let mut text = format!("{}: {}\n", visible_line(&document.file), visible_line(&document.origin.title));
    let mut section = None;
    for passage in document.passages() {
        if section != Some(passage.section) {
            section = Some(passage.section);
            text += &format!("\n# {}\n", visible_line(&document.heading_path(passage).join(" > ")));
        }
        for sentence in document.sentences_of(passage) {
            let words = sentence.span.of(document.text());
            text += &format!("  {:<9} {}\n", kind(passage.kind), visible_line(words));
        }
    }
    text
}

fn kind(kind: PassageKind) -> &'static str {
    match kind {
        PassageKind::Paragraph => "sentence",
        PassageKind::ListItem => "item",
        PassageKind::TableRow => "row",
        PassageKind::TableHead => "heads",
        PassageKind::Reference => "reference",
    }
}

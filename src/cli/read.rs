//! `verbatim read`: shows a file as it would be indexed, without a knowledge base.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::Usage;
use super::output::{self, Output};
use super::session;
use verbatim_core::knowledge::document::{Document, PassageKind, Sentence};
use verbatim_core::knowledge::format::FORMAT_NAMES;
use verbatim_core::knowledge::report::{ReadingReport, report};
use verbatim_core::render::reading_page::reading_page;
use verbatim_core::text::controls::visible_line;
use verbatim_core::text::count::counted;
use verbatim_core::text::span::Span;

/// The arguments of `verbatim read`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  verbatim read leaflet.pdf
  verbatim read --html reading.html leaflet.pdf
  verbatim read --json knowledge/ldn/sources/*.md

Exit code: 0 if every file could be read, 1 otherwise.")]
pub struct Read {
    #[arg(required = true, value_name = "FILE", help = format!("Source files: {FORMAT_NAMES}"))]
    files: Vec<PathBuf>,
    /// Print one JSON object per file
    #[arg(long)]
    json: bool,
    /// Write an HTML page that shows the text and its units side by side; takes one FILE
    #[arg(long, value_name = "OUT", conflicts_with = "json")]
    html: Option<PathBuf>,
}

impl Read {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> anyhow::Result<ExitCode> {
        if self.html.is_some() && self.files.len() > 1 {
            return Err(Usage("`--html` takes one file".to_owned()).into());
        }
        let sandbox = session::sandbox()?;
        let mut unread = false;
        for file in &self.files {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let read = sandbox.read_sources(folder.unwrap_or(Path::new(".")), std::slice::from_ref(file));
            for source in read {
                source.problems.iter().for_each(|problem| output::remark(&problem.to_string()));
                match &source.document {
                    None => unread = true,
                    Some(document) => self.show(document, output)?,
                }
            }
        }
        Ok(if unread { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn show(&self, document: &Document, output: &mut Output) -> anyhow::Result<()> {
        let report = report(document);
        if let Some(path) = &self.html {
            let page = reading_page(document, &report_lines(&report));
            std::fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))?;
            return output.line(&format!("{}: {}", document.file, path.display()));
        }
        match self.json {
            true => output.json(&as_json(document, &report).to_string())?,
            false => output.print(&as_text(document, &report))?,
        }
        Ok(())
    }
}

/// The units of a document in order, which are what is searched and quoted, each with its place.
fn as_json(document: &Document, report: &ReadingReport) -> Value {
    let words = |span: &Span| span.of(document.text());
    let unit = |sentence: &Sentence| {
        let passage = &document.passages()[sentence.passage as usize];
        json!({
            "text": words(&sentence.span),
            "kind": passage.kind.as_str(),
            "path": document.heading_path(passage),
            "lead": document.lead_ins_of(sentence).iter().map(words).collect::<Vec<_>>(),
            "page": passage.page(),
            "context": document.context(passage),
            "passage": passage.id,
        })
    };
    let units: Vec<Value> =
        document.sentences().iter().filter(|sentence| document.is_unit(sentence)).map(unit).collect();
    let left_out: Vec<&str> = report.left_out.iter().map(|piece| piece.text.as_str()).collect();
    json!({
        "file": document.file,
        "title": document.metadata.title,
        "units": units,
        "left_out": left_out,
        "report": of_report(report),
    })
}

fn as_text(document: &Document, report: &ReadingReport) -> String {
    let mut text = format!("{}: {}\n", visible_line(&document.file), visible_line(&document.metadata.title));
    let (mut section, mut lead_ins) = (None, Vec::new());
    for passage in document.passages() {
        if section != Some(passage.section) {
            section = Some(passage.section);
            text += &format!("\n# {}\n", visible_line(&document.heading_path(passage).join(" > ")));
        }
        for sentence in document.sentences_of(passage) {
            if !document.is_unit(sentence) && passage.kind != PassageKind::Furniture {
                continue;
            }
            let above = document.lead_ins_of(sentence);
            if above != lead_ins && !above.is_empty() {
                let above: Vec<_> = above.iter().map(|span| span.of(document.text())).collect();
                text += &format!("  {:<9} {}\n", "", visible_line(&above.join(" > ")));
            }
            lead_ins = above;
            let words = sentence.span.of(document.text());
            text += &format!("  {:<9} {}\n", passage.kind.as_str(), visible_line(words));
        }
    }
    text + "\n" + &report_lines(report).iter().map(|line| format!("{line}\n")).collect::<String>()
}

/// Describes the result of reading a file, one string per line.
pub fn report_lines(report: &ReadingReport) -> Vec<String> {
    let sections = counted(report.sections, "section");
    let mut lines = vec![format!("{sections}; {}.", report.counts())];
    if let Some(encoding) = &report.encoding {
        lines.push(format!("The text was decoded as {encoding}."));
    }
    if !report.left_out.is_empty() {
        let pieces = counted(report.left_out.len(), "piece");
        lines.push(format!("Left out: {pieces} of text, {} % of the words.", report.left_out_percent));
    }
    let suspicions = report
        .suspicions
        .iter()
        .map(|suspicion| format!("Look at {}.", visible_line(&suspicion.to_string())));
    lines.extend(suspicions);
    lines
}

fn of_report(report: &ReadingReport) -> Value {
    let suspicions = report.suspicions.iter().map(|suspicion| {
        json!({ "why": suspicion.why.as_str(), "text": suspicion.text, "page": suspicion.place.page(), "line": suspicion.place.line() })
    });
    let units: serde_json::Map<String, Value> =
        report.units.iter().map(|(kind, count)| (kind.as_str().to_owned(), (*count).into())).collect();
    json!({
        "sections": report.sections,
        "units": units,
        "left_out_percent": report.left_out_percent,
        "encoding": report.encoding,
        "suspicions": suspicions.collect::<Vec<_>>(),
        "is_severe": report.is_severe(),
    })
}

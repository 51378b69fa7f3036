//! `verbatim verify`: reads every source file anew and holds every indexed sentence against it.

use std::process::ExitCode;

use clap::Args;

use super::output::Output;
use super::session::{self, BaseArgument};
use crate::config::Config;
use crate::knowledge::document::Document;
use crate::text::count::counted;

#[derive(Args)]
#[command(
    after_help = "Example:\n  verbatim verify\n\nExit code: 0 when every sentence stands in its source, 1 otherwise."
)]
pub struct Verify {
    #[command(flatten)]
    base: BaseArgument,
}

impl Verify {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = session::open(config, &self.base)?;
        let snapshot = engine.snapshot();
        let folder = engine.place().knowledge.join(&engine.place().base);
        let mut wrong = 0;
        let mut proved = 0;
        for indexed in &snapshot.library.documents {
            let file = folder.join(&indexed.file);
            let fresh = engine.resources().sandbox.read_sources(&folder, &[file]).pop().unwrap_or_default();
            let (same, other) = compare(indexed, fresh.document.as_ref());
            fresh.problems.iter().try_for_each(|problem| output.line(&problem.to_string()))?;
            output.line(&format!(
                "{}: {same} of {} sentences stand in {}",
                indexed.origin.id,
                same + other.len(),
                indexed.file
            ))?;
            for sentence in &other {
                output.line(&format!("  not there: {sentence}"))?;
            }
            proved += same;
            wrong += other.len();
        }
        output.line(&format!("{} proved letter for letter, {wrong} not.", counted(proved, "sentence")))?;
        if wrong > 0 {
            output.line("The sources have changed since the index was built: run `verbatim index`.")?;
        }
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// How many sentences stand at their place in the file as it is now, and those that do not.
fn compare<'a>(indexed: &'a Document, fresh: Option<&Document>) -> (usize, Vec<&'a str>) {
    let text = fresh.map_or("", Document::text);
    let sentences = indexed.sentences().iter();
    let (same, other): (Vec<_>, Vec<_>) = sentences
        .map(|sentence| (sentence.span, sentence.span.of(indexed.text())))
        .partition(|(span, words)| span.get(text) == Some(words));
    (same.len(), other.into_iter().map(|(_, words)| words).collect())
}

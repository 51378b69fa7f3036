//! `verbatim verify`: reads every source file again, compares every indexed sentence with it, and looks for every unit
//! in a second reading of the file by other parsers.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::output::Output;
use super::session::{self, BaseArgument};
use crate::config::Config;
use verbatim_core::knowledge::blocks::FilePosition;
use verbatim_core::knowledge::document::{Document, Passage, Sentence};
use verbatim_core::knowledge::problem::Problem;
use verbatim_core::knowledge::sandbox::{Sandbox, UnitToVerify};
use verbatim_core::text::count::counted;

#[derive(Args)]
#[command(after_help = "\
Example:
  verbatim verify

Every sentence of the index must match its source file as the file is read now. Units, the parts that are quoted, \
are also looked for in a second reading of the file by other parsers. A unit that is missing from that reading is a \
place to check, not a failure: about one correct unit in a hundred differs, too.

Exit code: 0 if every sentence matches its source, 1 otherwise.")]
pub struct Verify {
    #[command(flatten)]
    base: BaseArgument,
}

impl Verify {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let engine = session::open(config, &self.base)?;
        let snapshot = engine.snapshot();
        let folder = engine.place().knowledge.join(&engine.place().base);
        let (mut proved, mut wrong, mut different) = (0, 0, 0);
        for indexed in &snapshot.corpus.documents {
            let proof = Proof::of(indexed, &folder, &engine.resources().sandbox);
            proof.tell(output)?;
            proved += proof.standing;
            wrong += proof.missing.len();
            different += proof.different().len();
        }
        output.line(&format!("{} verified letter for letter, {wrong} not.", counted(proved, "sentence")))?;
        if wrong > 0 {
            output.line("The sources have changed since the index was built: run `verbatim index`.")?;
        }
        if different > 0 {
            let verb = if different == 1 { "does" } else { "do" };
            let units = counted(different, "unit");
            output.line(&format!("{units} {verb} not appear in a second reading. {COMPARE}"))?;
        }
        Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// What to do about units that are missing from a second reading.
const COMPARE: &str = "Compare these places with the file. If a unit joins words that do not belong together, save the \
    text as Markdown or plain text and use that instead. If the units are right, there is nothing to do.";

/// The result of verifying a source.
struct Proof<'a> {
    indexed: &'a Document,
    /// Problems of the file as it is now.
    problems: Vec<Problem>,
    /// How many sentences are at their place in it.
    standing: usize,
    /// The sentences that are not.
    missing: Vec<&'a str>,
    /// How many units there are.
    units: usize,
    /// The units that are missing from a second reading, or why there is no second reading; `None` for a file that
    /// could not be read at all.
    second: Option<Result<Vec<QuotableUnit<'a>>, Problem>>,
}

impl<'a> Proof<'a> {
    fn of(indexed: &'a Document, folder: &Path, sandbox: &Sandbox) -> Self {
        let file = folder.join(&indexed.file);
        let fresh = sandbox.read_sources(folder, std::slice::from_ref(&file)).pop().unwrap_or_default();
        let (standing, missing) = compare(indexed, fresh.document.as_ref());
        let units = units(indexed);
        let second = fresh.document.map(|_| different(sandbox, folder, &file, &units));
        Self { indexed, problems: fresh.problems, standing, missing, units: units.len(), second }
    }

    /// The units that are missing from a second reading.
    fn different(&self) -> &[QuotableUnit<'a>] {
        self.second.as_ref().and_then(|second| second.as_deref().ok()).unwrap_or_default()
    }

    fn tell(&self, output: &mut Output) -> anyhow::Result<()> {
        self.problems.iter().try_for_each(|problem| output.line(&problem.to_string()))?;
        let Self { indexed, standing, missing, .. } = self;
        let sentences = standing + missing.len();
        let mut line = format!("{}: {standing} of {sentences} sentences match {}", indexed.id, indexed.file);
        if let Some(Ok(different)) = &self.second {
            let held = self.units - different.len();
            line += &format!("; {held} of {} found in a second reading", counted(self.units, "unit"));
        }
        output.line(&line)?;
        for sentence in missing {
            output.line(&format!("  not in the file: {sentence}"))?;
        }
        if let Some(Err(problem)) = &self.second {
            output.line(&format!("  no second reading: {}", problem.what))?;
        }
        for unit in self.different() {
            output.line(&format!("  a second reading differs: {}{}", unit.text, unit.place()))?;
        }
        Ok(())
    }
}

/// How many sentences are at their place in the file as it is now, and the sentences that are not.
fn compare<'a>(indexed: &'a Document, fresh: Option<&Document>) -> (usize, Vec<&'a str>) {
    let text = fresh.map_or("", Document::text);
    let sentences = indexed.sentences().iter();
    let (same, other): (Vec<_>, Vec<_>) = sentences
        .map(|sentence| (sentence.span, sentence.span.of(indexed.text())))
        .partition(|(span, words)| span.get(text) == Some(words));
    (same.len(), other.into_iter().map(|(_, words)| words).collect())
}

/// A unit of a document with its passage.
#[derive(Clone, Copy)]
struct QuotableUnit<'a> {
    text: &'a str,
    passage: &'a Passage,
}

impl QuotableUnit<'_> {
    /// Where its passage begins in the file, as a suffix for its text; empty if the format does not record it.
    fn place(&self) -> String {
        match self.passage.place {
            FilePosition::Line(line) => format!(" (line {line})"),
            FilePosition::Page(page) => format!(" (page {page})"),
            FilePosition::Unknown => String::new(),
        }
    }
}

/// The units of a document.
fn units(document: &Document) -> Vec<QuotableUnit<'_>> {
    let sentences = document.sentences().iter().filter(|sentence| document.is_unit(sentence));
    let unit = |sentence: &Sentence| QuotableUnit {
        text: sentence.span.of(document.text()),
        passage: &document.passages()[sentence.passage as usize],
    };
    sentences.map(unit).collect()
}

/// The units that are missing from a second reading of a file.
fn different<'a>(
    sandbox: &Sandbox,
    folder: &Path,
    file: &Path,
    units: &[QuotableUnit<'a>],
) -> Result<Vec<QuotableUnit<'a>>, Problem> {
    let sought =
        |unit: &QuotableUnit<'_>| UnitToVerify { text: unit.text.to_owned(), page: unit.passage.page() };
    let holds = sandbox.verify_units(folder, file, units.iter().map(sought).collect())?;
    Ok(units.iter().zip(holds).filter(|(_, holds)| !holds).map(|(unit, _)| *unit).collect())
}

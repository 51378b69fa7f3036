//! `verbatim check`: reports every problem in the knowledge bases, with path, line and remedy.

use std::process::ExitCode;

use clap::Args;

use super::Usage;
use super::output::{self, Output};
use super::read::report_lines;
use super::session;
use crate::config::Config;
use verbatim_core::engine::curation::recovery::left_over;
use verbatim_core::engine::{Place, SAFETY_FILE, list_problem, unconfirmed_readings};
use verbatim_core::fs;
use verbatim_core::knowledge::base::{self, Base};
use verbatim_core::knowledge::document::Document;
use verbatim_core::knowledge::problem::Problem;
use verbatim_core::knowledge::report::report;
use verbatim_core::knowledge::sandbox::Sandbox;
use verbatim_core::question::triage::Triage;
use verbatim_core::text::count::counted;
use verbatim_core::text::nearest::nearest;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  verbatim check\n  verbatim check --base ldn\n\nExit code: 0 without problems, 1 with problems."
)]
pub struct Check {
    /// Check only this base [default: all]
    #[arg(long, value_name = "NAME")]
    base: Option<String>,
}

impl Check {
    pub fn run(self, config: &Config, output: &mut Output) -> anyhow::Result<ExitCode> {
        let mut problems = Vec::new();
        match base::names(&config.knowledge) {
            Ok(names) => self.check_bases(config, &names, &mut problems, output)?,
            Err(problem) => problems.push(problem),
        }
        check_safety(config, &mut problems);
        problems.sort();
        problems.dedup();
        output.flush()?;
        for problem in &problems {
            output.line(&problem.to_string())?;
        }
        let count = if problems.is_empty() {
            "No problems.".to_owned()
        } else {
            format!("{}.", counted(problems.len(), "problem"))
        };
        output.line(&count)?;
        Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn check_bases(
        &self,
        config: &Config,
        names: &[String],
        problems: &mut Vec<Problem>,
        output: &mut Output,
    ) -> anyhow::Result<()> {
        if let Some(wanted) = self.base.as_ref().filter(|wanted| !names.contains(wanted)) {
            let near = nearest(wanted, names.iter().map(String::as_str));
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Usage(format!("there is no knowledge base `{wanted}`{near}")).into());
        }
        let sandbox = session::sandbox()?;
        session::remark_on_sandbox(&sandbox);
        for name in names.iter().filter(|name| self.base.as_ref().is_none_or(|wanted| wanted == *name)) {
            let (base, found) = read_base(config, &sandbox, name);
            problems.extend(found);
            if let Some(base) = base {
                remark_on_readings(&session::place(config, name), &base.documents);
                describe(&base, output)?;
            }
        }
        Ok(())
    }
}

/// Reports sources that nobody has compared with the original. They do not count as problems.
fn remark_on_readings(place: &Place, documents: &[Document]) {
    for problem in unconfirmed_readings(place, documents) {
        output::remark(&problem.to_string());
    }
}

/// Reads a base, and finds all of its problems. Writes nothing.
pub fn read_base(config: &Config, sandbox: &Sandbox, name: &str) -> (Option<Base>, Vec<Problem>) {
    let loaded = base::load(sandbox, &config.knowledge, name);
    let place = session::place(config, name);
    let mut problems = loaded.problems;
    problems.extend(left_over(&place));
    problems.extend(list_problem(&place));
    (loaded.base, problems)
}

fn describe(base: &Base, output: &mut Output) -> anyhow::Result<()> {
    let searched =
        |document: &Document| document.passages().iter().filter(|passage| passage.kind.is_quotable()).count();
    let passages: usize = base.documents.iter().map(searched).sum();
    let holds = [
        counted(base.documents.len(), "source"),
        counted(passages, "passage"),
        counted(base.topics.len(), "topic"),
        counted(base.regression_questions.as_ref().map_or(0, Vec::len), "regression question"),
    ];
    output.line(&format!("{}: {}.", base.name, holds.join(", ")))?;
    for document in &base.documents {
        let mut lines = report_lines(&report(document)).into_iter();
        output.line(&format!("  {}: {}", document.file, lines.next().unwrap_or_default()))?;
        lines.try_for_each(|line| output.line(&format!("    {line}")))?;
    }
    Ok(())
}

/// Checks the safety cards. Unsigned cards are reported, but do not count as problems.
fn check_safety(config: &Config, problems: &mut Vec<Problem>) {
    match unsigned_cards(config) {
        Ok(open) if open.is_empty() => {}
        Ok(open) => {
            output::remark(&format!("no clinician has signed the safety cards {}.", open.join(", ")));
        }
        Err(problem) => problems.push(problem),
    }
}

/// The safety cards that no clinician has signed.
pub fn unsigned_cards(config: &Config) -> Result<Vec<&'static str>, Problem> {
    let path = config.knowledge.join(SAFETY_FILE);
    let text = fs::read_to_string(&path).map_err(|error| match error.is_not_found() {
        true => {
            let what = "The safety cards cannot be read; those built into the program are used.";
            Problem::new(&path, what, "Restore the file.")
        }
        false => Problem::from(error),
    })?;
    let triage = Triage::parse(&path, &text)?;
    Ok(triage.unreviewed().into_iter().map(|category| category.as_str()).collect())
}

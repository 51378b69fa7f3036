//! Question sets: a folder with `answerable.jsonl`, `unanswerable.jsonl` and `safety.jsonl`, or the base's
//! `questions.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use verbatim_core::fs;
use verbatim_core::knowledge::base::RegressionQuestion;

/// A question and its correct reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its id in the set.
    pub id: String,
    /// The question or message.
    pub ask: String,
    /// The correct reply.
    pub right: Right,
}

/// The correct reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Right {
    /// An answer that shows at least one sentence of every part, and every required string.
    Answer {
        /// For each part, the sentences of which one is enough.
        parts: Vec<Vec<String>>,
        /// Strings that must be shown.
        required: Vec<String>,
    },
    /// Not covered, with the kind of question: `near`, `far`, `off`.
    NotCovered(String),
    /// The safety notice with this name. `benign` means no notice, `injection` that nothing is echoed.
    Safety(String),
}

/// Why a set cannot be read.
#[derive(Debug, Error)]
#[error("{}: {what}", .path.display())]
pub struct SetError {
    path: PathBuf,
    what: String,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(alias = "message")]
    question: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    gold: Vec<Gold>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct Gold {
    quote: String,
    #[serde(default)]
    part: Option<u32>,
}

/// Reads the question sets of a folder. A missing file is an empty set.
///
/// # Errors
/// If there is no file, or a line is invalid.
pub fn read_folder(folder: &Path) -> Result<Vec<Case>, SetError> {
    let mut cases = Vec::new();
    for (name, right) in [
        ("answerable.jsonl", answer as fn(&Line) -> Right),
        ("unanswerable.jsonl", |line| Right::NotCovered(line.kind.clone())),
        ("safety.jsonl", |line| Right::Safety(line.kind.clone())),
    ] {
        let path = folder.join(name);
        if path.exists() {
            cases.extend(read_file(&path, right)?);
        }
    }
    match cases.is_empty() {
        true => Err(SetError {
            path: folder.to_owned(),
            what: "the folder has no questions; add answerable.jsonl, unanswerable.jsonl or safety.jsonl"
                .to_owned(),
        }),
        false => Ok(cases),
    }
}

fn read_file(path: &Path, right: fn(&Line) -> Right) -> Result<Vec<Case>, SetError> {
    let mut cases = Vec::new();
    for line in json_lines::<Line>(path)? {
        cases.push(Case { right: right(&line), id: line.id, ask: line.question });
    }
    Ok(cases)
}

/// Reads a file with a JSON object on each line. Blank lines are skipped.
pub(super) fn json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, SetError> {
    let error = |what: String| SetError { path: path.to_owned(), what };
    let text =
        fs::read_to_string(path).map_err(|why| error(format!("the file cannot be read: {}", why.source)))?;
    let mut values = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if !line.trim().is_empty() {
            values.push(serde_json::from_str(line).map_err(|why| error(format!("line {number}: {why}")))?);
        }
    }
    Ok(values)
}

fn answer(line: &Line) -> Right {
    let mut parts: Vec<(u32, Vec<String>)> = Vec::new();
    for gold in &line.gold {
        let part = if line.mode == "all" { gold.part.unwrap_or(1) } else { 1 };
        match parts.iter_mut().find(|(number, _)| *number == part) {
            Some((_, quotes)) => quotes.push(gold.quote.clone()),
            None => parts.push((part, vec![gold.quote.clone()])),
        }
    }
    Right::Answer {
        parts: parts.into_iter().map(|(_, quotes)| quotes).collect(),
        required: line.required.clone(),
    }
}

/// Converts a base's regression questions to cases.
pub fn regression_questions(regression_questions: &[RegressionQuestion]) -> Vec<Case> {
    let right = |regression_questions: &RegressionQuestion| match regression_questions.not_covered {
        true => Right::NotCovered("not_covered".to_owned()),
        false => Right::Answer { parts: vec![regression_questions.expect.clone()], required: Vec::new() },
    };
    let numbered = (1..).zip(regression_questions);
    numbered
        .map(|(at, regression_questions)| Case {
            id: format!("q{at}"),
            ask: regression_questions.ask.clone(),
            right: right(regression_questions),
        })
        .collect()
}

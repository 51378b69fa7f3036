//! The evidence for every candidate of every question of a set, as JSON lines. `training/calibrate.py` fits the
//! coefficients in the model's `decision.toml` to it.

use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::json;

use super::cases::{Case, Right};
use super::score::{fold, matches};
use verbatim_core::answer::decide::{names_unknown_concept, unsaid_share};
use verbatim_core::answer::pipeline::explain_one;
use verbatim_core::engine::Engine;
use verbatim_core::fs::{self, Naming, Operation};

/// Most candidates to write per question.
const WRITTEN: usize = 96;

/// Writes the evidence for the questions of `cases` to a file. Messages for triage are left out.
///
/// # Errors
/// If the file cannot be written or the model cannot be run.
pub fn write(engine: &Engine, cases: &[Case], path: &Path) -> anyhow::Result<()> {
    let file = fs::create(path)?;
    let mut out = BufWriter::new(file);
    for case in cases {
        let (kind, parts) = match &case.right {
            Right::Answer { parts, .. } => ("answerable", parts.as_slice()),
            Right::NotCovered(kind) => (kind.as_str(), [].as_slice()),
            Right::Safety(_) => continue,
        };
        let gold: Vec<String> = parts.iter().flatten().map(|gold| fold(gold)).collect();
        let explained = explain_one(engine.resources().tools(), engine.snapshot(), &case.ask)?;
        let corpus = &explained.snapshot.corpus;
        let candidates = explained.scored.candidates.iter().take(WRITTEN).map(|candidate| {
            let text = fold(corpus.sentence_text(candidate.sentence));
            let evidence = candidate.evidence;
            json!({
                "sentence": candidate.sentence,
                "document": corpus.passages[corpus.sentences[candidate.sentence as usize].passage as usize].document,
                "gold": gold.iter().any(|gold| matches(gold, &text)),
                "characters": text.chars().count(),
                "late": evidence.late,
                "matched": evidence.matched,
                "unmet": evidence.unmet,
                "worst": evidence.worst,
                "lexical": evidence.lexical,
                "cosine": evidence.cosine,
                "numbers_missing": evidence.numbers_missing,
                "concepts_missing": evidence.concepts_missing,
                "reference": evidence.reference,
                "states_nothing": evidence.states_nothing,
            })
        });
        let line = json!({
            "id": case.id,
            "kind": kind,
            "unmet_anywhere": explained.scored.unmet_anywhere,
            "unknown_concept": names_unknown_concept(&explained.snapshot, &explained.question),
            "unsaid": unsaid_share(&explained.snapshot, &explained.question),
            "candidates": candidates.collect::<Vec<_>>(),
        });
        writeln!(out, "{line}").naming(Operation::Write, path)?;
    }
    Ok(out.flush().naming(Operation::Write, path)?)
}

//! `verbatim eval --retrieval`: a public test collection is indexed and searched as a base is, and what was found
//! is written as a run for a scorer.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;

use super::output::{BuildProgress, Output};
use super::session;
use crate::config::Config;
use crate::engine::collection::Collection;
use crate::engine::{EngineError, Place};
use crate::eval::retrieval;
use crate::knowledge::collection;

/// The folder of the indexes of collections, in the folder of indexes. A base's name begins with no dot.
const FOLDER: &str = ".collections";
/// How many documents are written for each query.
const DEPTH: usize = 1_000;

/// Searches the collection in `folder` for each of `queries`, and writes the `run`.
pub fn run(
    config: &Config,
    folder: &Path,
    queries: &Path,
    run: &Path,
    output: &mut Output,
) -> anyhow::Result<()> {
    let queries = retrieval::queries(queries)?;
    let base = collection::read(folder, &config.knowledge)
        .map_err(|problem| EngineError::Unreadable(vec![problem]))?;
    let place = Place {
        knowledge: config.knowledge.clone(),
        index: config.index.join(FOLDER),
        base: base.name.clone(),
        keep: 0,
    };
    let mut progress = BuildProgress::new(&base.name);
    let resources = session::resources(config)?;
    let collection =
        Collection::open(resources, &place, &base, &session::now(), &mut |report| progress.report(report))?;
    drop(progress);
    let mut file = std::io::BufWriter::new(
        std::fs::File::create(run).with_context(|| format!("{} cannot be written", run.display()))?,
    );
    let began = Instant::now();
    for query in &queries {
        let found = collection.search(&query.text, DEPTH)?;
        file.write_all(retrieval::lines(&query.id, &found).as_bytes())?;
    }
    file.flush()?;
    let each = began.elapsed().as_secs_f64() * 1e3 / queries.len().max(1) as f64;
    output.line(&format!(
        "{}: {} documents, {} queries, {each:.1} ms each, written to {}",
        base.name,
        base.documents.len(),
        queries.len(),
        run.display()
    ))
}

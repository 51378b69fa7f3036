//! Queries of a public test collection, and the run that is written for them. A run uses the TREC format, which every
//! scorer reads: one line per document with query, `Q0`, document, rank, score and name of the run.

use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use super::cases::{SetError, json_lines};

/// The name of our runs.
const RUN: &str = "verbatim";

/// A query of a collection.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CollectionQuery {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its text.
    pub text: String,
}

/// Reads a file of queries, one JSON object per line.
///
/// # Errors
/// If the file cannot be read, or a line is not a query.
pub fn queries(path: &Path) -> Result<Vec<CollectionQuery>, SetError> {
    json_lines(path)
}

/// The lines of a run for one query; `found` contains documents with their scores, best first.
pub fn lines(query: &str, found: &[(&str, f32)]) -> String {
    let mut out = String::new();
    for (rank, (document, score)) in (1..).zip(found) {
        writeln!(out, "{query} Q0 {document} {rank} {score:.6} {RUN}").expect("a string can be written to");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_in_the_format_of_trec() {
        let lines = lines("q1", &[("d2", 1.5), ("d1", 0.25)]);
        assert_eq!(lines, "q1 Q0 d2 1 1.500000 verbatim\nq1 Q0 d1 2 0.250000 verbatim\n");
    }
}

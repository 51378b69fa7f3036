//! Sources that may have been read incorrectly. A source that reads doubtfully is published only after a person has
//! confirmed it. The manifest of each generation remembers that by the source's digest, so nobody is asked twice.

use std::collections::{BTreeMap, BTreeSet};

use super::curation::recovery::folder_of;
use super::{Engine, Place};
use crate::index::generation::GenerationStore;
use crate::index::snapshot::Snapshot;
use crate::knowledge::document::Document;
use crate::knowledge::problem::Problem;
use crate::knowledge::report::report;

/// The most suspicious places that a problem names.
const MOST_PLACES: usize = 3;

/// What a rebuild does about sources that read doubtfully and that nobody has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDoubt {
    /// Publishes nothing.
    Refuse,
    /// Publishes them: the person who asked for the rebuild confirms them.
    Confirm,
    /// Publishes them unconfirmed: a base without an index could not answer at all.
    Publish,
}

/// The sources of a base that read doubtfully.
pub(super) struct DoubtfulSources {
    /// Their files, and whether each is confirmed now.
    pub files: BTreeMap<String, bool>,
    /// The files that this rebuild confirms.
    pub confirmed: Vec<String>,
    /// A problem for each file that nobody has confirmed.
    pub unconfirmed: Vec<Problem>,
}

/// Finds the sources that read doubtfully. `before` are the digests of those that are confirmed already, `confirms`
/// whether the person who asked for the rebuild confirms a source.
pub(super) fn doubtful_sources(
    documents: &[Document],
    before: &BTreeSet<String>,
    confirms: impl Fn(&Document) -> bool,
) -> DoubtfulSources {
    let mut found =
        DoubtfulSources { files: BTreeMap::new(), confirmed: Vec::new(), unconfirmed: Vec::new() };
    for document in documents {
        let Some(problem) = problem(document) else { continue };
        let is_known = before.contains(&document.digest);
        let is_confirmed = is_known || confirms(document);
        match (is_known, is_confirmed) {
            (true, _) => {}
            (false, true) => found.confirmed.push(document.file.clone()),
            (false, false) => found.unconfirmed.push(problem),
        }
        found.files.insert(document.file.clone(), is_confirmed);
    }
    found
}

/// The problems of the sources that read doubtfully and that nobody has confirmed.
pub fn unconfirmed_readings<'a>(
    place: &Place,
    documents: impl IntoIterator<Item = &'a Document>,
) -> Vec<Problem> {
    let confirmed = GenerationStore::new(&place.index, &place.base).confirmed();
    let open = documents.into_iter().filter(|document| !confirmed.contains(&document.digest));
    let folder = folder_of(place);
    open.filter_map(problem).map(|problem| Problem { path: folder.join(&problem.path), ..problem }).collect()
}

/// The same for an open generation, whose manifest tells which of its sources to look at.
pub(super) fn unconfirmed_in(place: &Place, snapshot: &Snapshot) -> Vec<Problem> {
    let doubtful = snapshot.manifest.doubtful.iter().flatten();
    let open: BTreeSet<&String> =
        doubtful.filter(|(_, is_confirmed)| !**is_confirmed).map(|(file, _)| file).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let documents = snapshot.corpus.documents.iter();
    unconfirmed_readings(place, documents.filter(|document| open.contains(&document.file)))
}

impl Engine {
    /// Returns the problems of the served sources that read doubtfully and that nobody has confirmed.
    pub fn unconfirmed_readings(&self) -> Vec<Problem> {
        unconfirmed_in(self.place(), &self.snapshot())
    }
}

/// The problem with a source of which much looks as if it had been read incorrectly.
fn problem(document: &Document) -> Option<Problem> {
    let report = report(document);
    if !report.is_severe() {
        return None;
    }
    let places: Vec<String> = report.suspicions.iter().take(MOST_PLACES).map(ToString::to_string).collect();
    let what = format!("Much of this source may have been read incorrectly: {}.", places.join("; "));
    let remedy = format!(
        "Compare `verbatim read {}` with the original; `verbatim index --force` confirms that it is right.",
        document.file
    );
    Some(Problem::new(&document.file, what, remedy))
}

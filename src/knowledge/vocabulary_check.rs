//! What can be wrong with a vocabulary: names used twice, ids that do not exist, circles.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::lexicon::{Concept, Vocabulary};
use super::problem::Problem;
use crate::text::nearest::nearest;

/// Reports what is wrong with `vocabulary`, whose last part was written in `path`.
pub fn check(path: &Path, vocabulary: &Vocabulary, subject: &[String], problems: &mut Vec<Problem>) {
    let by_id: FxHashMap<&str, &Concept> =
        vocabulary.concepts.iter().map(|concept| (concept.id.as_str(), concept)).collect();
    let known = |id: &str| by_id.contains_key(id);
    let mut unknown = |what: String, id: &str| {
        let near = nearest(id, by_id.keys().copied());
        let remedy =
            near.map_or("Name the id of a [[concept]].".to_owned(), |near| format!("Write `{near}`?"));
        problems.push(Problem::new(path, what, remedy));
    };
    for id in subject.iter().filter(|id| !known(id)) {
        unknown(format!("`subject` names the concept `{id}`, which does not exist."), id);
    }
    for concept in &vocabulary.concepts {
        for id in concept.broader.iter().filter(|id| !known(id)) {
            unknown(format!("Concept `{}`: the broader concept `{id}` does not exist.", concept.id), id);
        }
    }
    for concept in &vocabulary.concepts {
        if concept.names.is_empty() && concept.abbreviations.is_empty() {
            problems.push(Problem::new(
                path,
                format!("Concept `{}` has no name to be found by.", concept.id),
                "Give it `names` or `abbreviations`.",
            ));
        }
        if circular(concept, &by_id) {
            problems.push(Problem::new(
                path,
                format!("Concept `{}` is broader than itself.", concept.id),
                "Take one `broader` of the circle out.",
            ));
        }
    }
}

fn circular(concept: &Concept, by_id: &FxHashMap<&str, &Concept>) -> bool {
    let mut open: Vec<&str> = concept.broader.iter().map(String::as_str).collect();
    let mut seen: Vec<&str> = Vec::new();
    while let Some(id) = open.pop() {
        if id == concept.id {
            return true;
        }
        if !seen.contains(&id) {
            seen.push(id);
            open.extend(by_id.get(id).into_iter().flat_map(|wide| &wide.broader).map(String::as_str));
        }
    }
    false
}

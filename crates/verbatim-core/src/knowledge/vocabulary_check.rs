//! Checks a vocabulary for ids that do not exist, concepts without a name, and cycles.

use std::path::Path;

use rustc_hash::FxHashMap;

use super::lexicon::{Concept, Vocabulary};
use super::problem::Problem;
use super::vocabulary_file::ConceptPlaces;
use crate::text::nearest::nearest;

/// Reports the problems of a base's vocabulary, at the concept's place if known, else in the base's own file `path`.
pub fn check(
    path: &Path,
    vocabulary: &Vocabulary,
    places: &ConceptPlaces,
    subject: &[String],
    problems: &mut Vec<Problem>,
) {
    let by_id: FxHashMap<&str, &Concept> =
        vocabulary.concepts.iter().map(|concept| (concept.id.as_str(), concept)).collect();
    let known = |id: &str| by_id.contains_key(id);
    let remedy = |id: &str| match nearest(id, by_id.keys().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "Use the id of a concept.".to_owned(),
    };
    for id in subject.iter().filter(|id| !known(id)) {
        let what = format!("`subject` names the concept `{id}`, which does not exist.");
        problems.push(Problem::new(path, what, remedy(id)));
    }
    for concept in &vocabulary.concepts {
        let mut report = |what: String, remedy: String| {
            problems.push(match places.get(&concept.id) {
                Some(place) => Problem::new(&place.path, what, remedy).at(place.line),
                None => Problem::new(path, what, remedy),
            });
        };
        for id in concept.broader.iter().filter(|id| !known(id)) {
            let what = format!("Concept `{}`: the broader concept `{id}` does not exist.", concept.id);
            report(what, remedy(id));
        }
        if concept.names.is_empty() && concept.abbreviations.is_empty() {
            let what = format!("Concept `{}` has no name.", concept.id);
            report(what, "Add `names` or `abbreviations`.".to_owned());
        }
        if circular(concept, &by_id) {
            let what = format!("Concept `{}` is one of its own broader concepts.", concept.id);
            report(what, "Remove one `broader` from the cycle.".to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::base;
    use crate::knowledge::vocabulary_file::{FOLDER, places_in_toml, read};

    #[test]
    fn problems_name_the_row() {
        let folder = tempfile::tempdir().expect("a folder");
        let header = "id\ttitle\tnames\tabbreviations\tbroader\n";
        let write = |name: &str, text: String| {
            std::fs::create_dir_all(folder.path().join(FOLDER)).expect("a folder");
            std::fs::write(folder.path().join(name), text).expect("a file");
        };
        write("vocabulary/drug.tsv", format!("{header}a\ta\ta\t\topiod\nb\tb\t\t\tb\n"));
        write("vocabulary/drug-class.tsv", format!("{header}opioid\topioid\topioid\t\t\n"));
        let own =
            "[[concept]]\nid = \"c\"\ntitle = \"c\"\nkind = \"drug\"\nnames = [\"c\"]\nbroader = [\"x\"]\n";
        write("base.toml", own.to_owned());
        let path = folder.path().join("base.toml");
        let found = read(folder.path(), places_in_toml(&path));
        let mut vocabulary: Vocabulary = toml::from_str(own).expect("a vocabulary");
        vocabulary.concepts.extend(found.concepts);
        let mut problems = found.problems;
        check(&path, &vocabulary, &found.places, &["opiates".to_owned()], &mut problems);
        let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
        let told = told.join("\n").replace(&format!("{}/", folder.path().display()), "");
        insta::assert_snapshot!(told, @"
        base.toml: `subject` names the concept `opiates`, which does not exist. Use the id of a concept.
        base.toml:2: Concept `c`: the broader concept `x` does not exist. Did you mean `a`?
        vocabulary/drug.tsv:2: Concept `a`: the broader concept `opiod` does not exist. Did you mean `opioid`?
        vocabulary/drug.tsv:3: Concept `b` has no name. Add `names` or `abbreviations`.
        vocabulary/drug.tsv:3: Concept `b` is one of its own broader concepts. Remove one `broader` from the cycle.
        ");
    }

    #[test]
    fn the_shipped_vocabulary_is_sound() {
        let knowledge = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
        let vocabulary = base::medical(&knowledge).expect("the shipped vocabulary");
        let mut problems = Vec::new();
        check(&knowledge, &vocabulary, &ConceptPlaces::default(), &[], &mut problems);
        assert_eq!(problems, []);
    }
}

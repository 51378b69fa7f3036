//! Concepts of the vocabulary that all bases share, one per row: `knowledge/vocabulary/<kind>.tsv`.
//!
//! The format is TSV without quoting: cells contain no tabs or line breaks, so a row is split on tabs, and quotation
//! marks are ordinary characters. Lines that begin with `#` are comments; the first other line is the header row. An
//! invalid row is left out and reported; the others are read.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::lexicon::{Concept, ConceptKind};
use super::problem::Problem;
use super::{refused, toml_file};
use crate::fs;
use crate::text::count::counted;
use crate::text::nearest::nearest;

/// Name of the folder of these files, in the knowledge folder. No base can have this name.
pub const FOLDER: &str = "vocabulary";
/// The extension of these files.
const ENDING: &str = "tsv";
/// The columns.
const HEADER: [&str; 5] = ["id", "title", "names", "abbreviations", "broader"];
/// Separates the items of a cell.
const SEPARATOR: char = ';';

/// Where a concept is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConceptPlace {
    /// The file.
    pub path: PathBuf,
    /// The line in it, counted from 1.
    pub line: usize,
}

/// Where each concept is written, by its id.
pub type ConceptPlaces = FxHashMap<String, ConceptPlace>;

/// The concepts of the shared vocabulary, as far as they could be read.
#[derive(Default)]
pub struct ConceptFiles {
    /// The concepts, sorted by file name, then in row order.
    pub concepts: Vec<Concept>,
    /// Where each concept is written.
    pub places: ConceptPlaces,
    /// Everything that the author should fix.
    pub problems: Vec<Problem>,
}

/// Lists the files sorted by name, each with its name among the inputs of an index (`vocabulary/drug.tsv`). The list is
/// empty if there is no folder.
///
/// # Errors
/// If the folder cannot be listed.
pub fn files(knowledge: &Path) -> Result<Vec<(String, PathBuf)>, Problem> {
    let folder = knowledge.join(FOLDER);
    let paths = match fs::list(&folder) {
        Ok(paths) => paths,
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        Err(error) => {
            let what = format!("The folder of concepts cannot be read: {}.", error.source);
            return Err(Problem::new(&folder, what, "Fix its permissions."));
        }
    };
    let mut files = Vec::new();
    for path in paths {
        let name = fs::name_of(&path);
        if path.extension().is_some_and(|ending| ending == ENDING) && !name.starts_with('.') {
            files.push((format!("{FOLDER}/{name}"), path));
        }
    }
    Ok(files)
}

/// Whether an input of an index is one of these files.
pub fn is_input(name: &str) -> bool {
    name.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// Reads all files. `taken` are the already known concepts, whose ids cannot be used again.
pub fn read(knowledge: &Path, taken: ConceptPlaces) -> ConceptFiles {
    let mut found = ConceptFiles { places: taken, ..ConceptFiles::default() };
    match files(knowledge) {
        Ok(files) => files.iter().for_each(|(_, path)| found.read_file(path)),
        Err(problem) => found.problems.push(problem),
    }
    found
}

/// The places of the `[[concept]]` tables in a TOML file; empty if the file cannot be read.
pub fn places_in_toml(path: &Path) -> ConceptPlaces {
    let text = fs::read_to_string(path).unwrap_or_default();
    let place = |line| ConceptPlace { path: path.to_owned(), line };
    toml_file::lines_of_ids(&text, "concept").into_iter().map(|(id, line)| (id, place(line))).collect()
}

impl ConceptFiles {
    fn read_file(&mut self, path: &Path) {
        let read = kind_of(path).and_then(|kind| Ok((kind, text_of(path)?)));
        match read {
            Ok((kind, text)) => self.read_rows(path, kind, &text),
            Err(problem) => self.problems.push(problem),
        }
    }

    fn read_rows(&mut self, path: &Path, kind: ConceptKind, text: &str) {
        let is_content = |line: &str| !line.starts_with('#') && !line.trim().is_empty();
        let mut rows = text.lines().zip(1..).filter(|(line, _)| is_content(line));
        let header = rows.next();
        if header.is_none_or(|(line, _)| !line.split('\t').map(str::trim).eq(HEADER)) {
            let remedy = format!("Begin with the column names, separated by tabs: {}.", HEADER.join(", "));
            let problem =
                Problem::new(path, "The header row is missing or wrong, so the file is left out.", remedy);
            return self.problems.push(problem.at(header.map_or(1, |(_, line)| line)));
        }
        for (row, line) in rows {
            match concept(kind, row) {
                Ok(concept) => self.add(concept, ConceptPlace { path: path.to_owned(), line }),
                Err((what, remedy)) => self.problems.push(Problem::new(path, what, remedy).at(line)),
            }
        }
    }

    fn add(&mut self, concept: Concept, place: ConceptPlace) {
        if let Some(first) = self.places.get(&concept.id) {
            let (id, other) = (&concept.id, first.path.display());
            let what =
                format!("The id `{id}` is already used by {other}:{}, so this row is left out.", first.line);
            let problem = Problem::new(&place.path, what, "Merge the two rows, or rename one id.");
            return self.problems.push(problem.at(place.line));
        }
        self.places.insert(concept.id.clone(), place);
        self.concepts.push(concept);
    }
}

/// The kind of concept after which a file is named.
fn kind_of(path: &Path) -> Result<ConceptKind, Problem> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let kind = ConceptKind::ALL.into_iter().find(|kind| kind.as_str() == name);
    kind.ok_or_else(|| {
        let known = ConceptKind::ALL.map(ConceptKind::as_str);
        let remedy = match nearest(&name, known) {
            Some(near) => format!("Did you mean `{near}.{ENDING}`?"),
            None => format!("Name it after a kind: {}.", known.join(", ")),
        };
        Problem::new(path, format!("`{name}` is not a kind of concept, so the file is left out."), remedy)
    })
}

fn text_of(path: &Path) -> Result<String, Problem> {
    let name = path.to_string_lossy();
    let text = String::from_utf8(fs::read(path)?).map_err(|error| {
        super::decode::not_utf8(&name, error.as_bytes(), error.utf8_error().valid_up_to())
    })?;
    refused::in_text(&name, &text)?;
    // Spreadsheet programs write a byte order mark at the start of a file.
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

/// Reads the concept of a row. The error says what is wrong and what to do.
fn concept(kind: ConceptKind, row: &str) -> Result<Concept, (String, &'static str)> {
    let cells: Vec<&str> = row.split('\t').map(str::trim).collect();
    let [id, title, names, abbreviations, broader] = cells[..] else {
        let what = format!("The row has {}, not {}.", counted(cells.len(), "column"), HEADER.len());
        return Err((what, "Put one tab between columns; an empty column keeps its tab."));
    };
    if id.is_empty() {
        return Err(("The row has no id.".to_owned(), "Write one in the first column."));
    }
    if title.is_empty() {
        return Err((format!("Concept `{id}` has no title."), "Add one: users see it."));
    }
    Ok(Concept {
        id: id.to_owned(),
        title: title.to_owned(),
        kind,
        names: items(names),
        abbreviations: items(abbreviations),
        broader: items(broader),
    })
}

fn items(cell: &str) -> Vec<String> {
    cell.split(SEPARATOR).map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const HEAD: &str = "# Medicines.\n\nid\ttitle\tnames\tabbreviations\tbroader\n";

    #[test]
    fn a_kind_has_one_name_in_files_and_in_toml() {
        for kind in ConceptKind::ALL {
            assert_eq!(serde_json::to_value(kind).expect("a name"), kind.as_str());
        }
    }

    /// Reads a knowledge folder with these concept files.
    fn read_files(files: &[(&str, &[u8])]) -> ConceptFiles {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(FOLDER)).expect("a folder");
        for (name, bytes) in files {
            fs::write(folder.path().join(FOLDER).join(name), bytes).expect("a file");
        }
        let mut found = read(folder.path(), ConceptPlaces::default());
        for problem in &mut found.problems {
            problem.path = problem.path.strip_prefix(folder.path()).expect("inside").to_owned();
            problem.what = problem.what.replace(&format!("{}/", folder.path().display()), "");
        }
        found
    }

    fn problems(files: &[(&str, &[u8])]) -> String {
        let problems = read_files(files).problems;
        problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_row_is_a_concept() {
        let rows = "\u{feff}# \"x\"\r\nid\ttitle\tnames\tabbreviations\tbroader\r\n\
            naltrexone\tnaltrexone\tnaltrexone; \"Revia\" ;\tNTX; NX\topioid-antagonist\r\n# more\r\nx\tX\t\t\t\r\n";
        let found =
            read_files(&[("drug.tsv", rows.as_bytes()), ("notes.txt", b"\xff"), (".drug.tsv", b"\xff")]);
        assert_eq!(found.problems, []);
        let [naltrexone, x] = &found.concepts[..] else { panic!("{:?}", found.concepts) };
        assert_eq!((naltrexone.id.as_str(), naltrexone.title.as_str()), ("naltrexone", "naltrexone"));
        assert_eq!(naltrexone.kind, ConceptKind::Drug);
        assert_eq!(naltrexone.names, ["naltrexone", "\"Revia\""]);
        assert_eq!(naltrexone.abbreviations, ["NTX", "NX"]);
        assert_eq!(naltrexone.broader, ["opioid-antagonist"]);
        assert!(x.names.is_empty() && x.abbreviations.is_empty() && x.broader.is_empty());
        assert_eq!(found.places["x"].line, 5);
    }

    #[test]
    fn files_are_read_in_the_order_of_their_names() {
        let row = |id: &str| format!("{HEAD}{id}\t{id}\t{id}\t\t\n").into_bytes();
        let (a, b) = (row("a"), row("b"));
        let found = read_files(&[("drug-class.tsv", &a), ("condition.tsv", &b)]);
        let ids: Vec<&str> = found.concepts.iter().map(|concept| concept.id.as_str()).collect();
        assert_eq!(ids, ["b", "a"]);
        assert!(is_input("vocabulary/drug.tsv") && !is_input("vocabulary.tsv") && !is_input("medical.toml"));
    }

    #[test]
    fn no_folder_is_no_problem() {
        let folder = tempfile::tempdir().expect("a folder");
        let found = read(folder.path(), ConceptPlaces::default());
        assert!(found.concepts.is_empty() && found.problems.is_empty());
    }

    #[test]
    fn a_wrong_row_is_left_out_and_the_others_are_read() {
        let rows = format!("{HEAD}a\ta\n\tb\tb\t\t\nc\t \tc\t\t\nd\td\td\t\t\nd\tD\t\t\t\n");
        let files: [(&str, &[u8]); 2] = [("condition.tsv", rows.as_bytes()), ("drug.tsv", rows.as_bytes())];
        assert_eq!(read_files(&files[..1]).concepts.len(), 1);
        insta::assert_snapshot!(problems(&files[..1]), @"
        vocabulary/condition.tsv:4: The row has 2 columns, not 5. Put one tab between columns; an empty column keeps its tab.
        vocabulary/condition.tsv:5: The row has no id. Write one in the first column.
        vocabulary/condition.tsv:6: Concept `c` has no title. Add one: users see it.
        vocabulary/condition.tsv:8: The id `d` is already used by vocabulary/condition.tsv:7, so this row is left out. Merge the two rows, or rename one id.
        ");
        let twice = "vocabulary/drug.tsv:7: The id `d` is already used by vocabulary/condition.tsv:7, so this row is left out.";
        assert!(problems(&files).contains(twice));
    }

    #[test]
    fn a_wrong_file_is_left_out() {
        let header = b"# x\nid\ttitle\tnames\tbroader\tabbreviations\n";
        let not_utf8 = [HEAD.as_bytes(), b"a\ta\t\xff\t\t\n"].concat();
        let control = format!("{HEAD}a\ta\t\u{1b}\t\t\n");
        insta::assert_snapshot!(problems(&[
            ("body.tsv", b""),
            ("condition.tsv", header),
            ("drug.tsv", &not_utf8),
            ("drugs.tsv", HEAD.as_bytes()),
            ("symptom.tsv", control.as_bytes()),
            ("zebra.tsv", HEAD.as_bytes()),
        ]), @"
        vocabulary/body.tsv:1: The header row is missing or wrong, so the file is left out. Begin with the column names, separated by tabs: id, title, names, abbreviations, broader.
        vocabulary/condition.tsv:2: The header row is missing or wrong, so the file is left out. Begin with the column names, separated by tabs: id, title, names, abbreviations, broader.
        vocabulary/drug.tsv:4: The file is not valid UTF-8: byte 55 is invalid. Save it as UTF-8.
        vocabulary/drugs.tsv: `drugs` is not a kind of concept, so the file is left out. Did you mean `drug.tsv`?
        vocabulary/symptom.tsv:4: The file contains a control character (U+001B) at character 5 of the line. Delete it, or save the original text again as UTF-8.
        vocabulary/zebra.tsv: `zebra` is not a kind of concept, so the file is left out. Name it after a kind: condition, symptom, drug, drug-class, substance, population, procedure, body, process, test, measure, organisation, place.
        ");
    }

    #[test]
    fn an_id_of_the_toml_file_cannot_be_used_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let toml = folder.path().join("medical.toml");
        fs::write(&toml, "\n[[concept]]\ntitle = \"a\"\nid = \"a\"\n\n[[concept]]\nid = \"b\"\n")
            .expect("a file");
        let lines: Vec<usize> = ["a", "b"].iter().map(|id| places_in_toml(&toml)[*id].line).collect();
        assert_eq!(lines, [4, 7]);
        fs::create_dir(folder.path().join(FOLDER)).expect("a folder");
        fs::write(folder.path().join(FOLDER).join("drug.tsv"), format!("{HEAD}b\tb\tb\t\t\n"))
            .expect("a file");
        let found = read(folder.path(), places_in_toml(&toml));
        assert!(found.concepts.is_empty());
        assert!(found.problems[0].what.contains("medical.toml:7"), "{}", found.problems[0]);
    }

    #[test]
    fn the_shipped_files_are_whole_and_sorted() {
        let found =
            read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge"), ConceptPlaces::default());
        assert_eq!(found.problems, []);
        assert!(found.concepts.len() >= 1824, "{}", found.concepts.len());
        for pair in found.concepts.windows(2).filter(|pair| pair[0].kind == pair[1].kind) {
            assert!(pair[0].id < pair[1].id, "{} comes before {}", pair[0].id, pair[1].id);
        }
    }
}

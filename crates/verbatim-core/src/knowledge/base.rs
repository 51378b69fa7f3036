//! A knowledge base: a folder `knowledge/<name>/` with sources, topics, a vocabulary and regression
//! questions. Loading returns everything that could be read, plus every problem found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::format::FORMAT_NAMES;
use super::lexicon::{Concept, Facet, Lexicon, Synonyms, Vocabulary};
use super::outline::id_of_words;
use super::problem::Problem;
use super::sandbox::Sandbox;
use super::topic::{self, Topic, TopicDraft};
use super::vocabulary_file::{self, ConceptPlaces};
use super::withheld::{self, WithheldFile};
use super::{toml_file, vocabulary_check};
use crate::fs;

/// File name of the vocabulary shared by all bases, in the knowledge folder. Its concepts are in the files of
/// [`vocabulary_file`].
pub const MEDICAL: &str = "medical.toml";
/// File name of the base's definition, in the base's folder.
pub const BASE: &str = "base.toml";
/// File name of the regression questions, in the base's folder.
pub const QUESTIONS: &str = "questions.toml";
/// File name of the list of withheld passages, in the base's folder.
pub const WITHHELD: &str = "withheld.toml";
/// Name of the folder of source documents, in the base's folder.
pub const SOURCES: &str = "sources";

/// A knowledge base, read and checked.
pub struct Base {
    /// The folder's name, which is also the base's slash command.
    pub name: String,
    /// What the base is about, from `base.toml`.
    pub about: BaseMetadata,
    /// The topics, resolved to spans of the documents.
    pub topics: Vec<Topic>,
    /// The medical vocabulary extended with the base's own words.
    pub vocabulary: Vocabulary,
    /// The sources, sorted by id.
    pub documents: Vec<Document>,
    /// The regression questions, or why they cannot be read: an unreadable file must not pass as an empty one.
    pub regression_questions: Result<Vec<RegressionQuestion>, Problem>,
    /// The withheld passages, which are not shown.
    pub withheld: Vec<Withheld>,
    /// SHA-256 of every file that an answer depends on, by file name.
    pub digests: BTreeMap<String, String>,
}

/// What a base says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseMetadata {
    /// Its title.
    pub title: String,
    /// What it covers, in one sentence.
    pub description: String,
    /// The text shown under every reply.
    pub disclaimer: String,
    /// Ids of the concepts that the whole base is about: they match everything, so they do not distinguish passages.
    pub subject: Vec<String>,
}

/// A regression question of the base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionQuestion {
    /// The question.
    pub ask: String,
    /// Whole sentences or their beginnings; a quote of the reply must contain one of them.
    #[serde(default)]
    pub expect: Vec<String>,
    /// Whether the correct reply is that the sources do not cover the question.
    #[serde(default)]
    pub not_covered: bool,
    /// Whether it is suggested to users as they type a question. A question with a deliberate typo is only a test.
    #[serde(default = "yes")]
    pub suggest: bool,
}

fn yes() -> bool {
    true
}

/// A withheld passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The passage's id.
    pub passage: String,
    /// Who withheld it; empty if the list does not say.
    pub by: String,
    /// When, ISO 8601; empty if the list does not say.
    pub at: String,
    /// Why; empty if the list does not say.
    pub reason: String,
}

/// The result of loading a base.
pub struct LoadedBase {
    /// The base; `None` if it cannot be used at all.
    pub base: Option<Base>,
    /// Everything that the author should fix.
    pub problems: Vec<Problem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseFile {
    title: String,
    description: String,
    disclaimer: String,
    #[serde(default)]
    subject: Vec<String>,
    #[serde(default, rename = "topic")]
    topics: Vec<TopicDraft>,
    #[serde(default)]
    stop_words: Vec<String>,
    #[serde(default, rename = "facet")]
    facets: Vec<Facet>,
    #[serde(default, rename = "synonym")]
    synonyms: Vec<Synonyms>,
    #[serde(default, rename = "concept")]
    concepts: Vec<Concept>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionsFile {
    #[serde(default, rename = "question")]
    questions: Vec<RegressionQuestion>,
}

/// The names of the bases in a knowledge folder, sorted.
///
/// # Errors
/// A problem if the folder cannot be listed or contains no base.
pub fn names(knowledge: &Path) -> Result<Vec<String>, Problem> {
    let paths = fs::list(knowledge).map_err(|error| {
        Problem::new(
            knowledge,
            format!("The knowledge folder cannot be read: {}.", error.source),
            "Run the program in a folder that contains one, or set `paths.knowledge` in verbatim.toml.",
        )
    })?;
    let names: Vec<String> = paths
        .iter()
        .filter(|path| path.is_dir())
        .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
        .filter(|name| !name.starts_with('.') && name != vocabulary_file::FOLDER)
        .collect();
    match names.is_empty() {
        false => Ok(names),
        true => Err(Problem::new(
            knowledge,
            "The knowledge folder contains no knowledge base.",
            "Create a folder in it that contains base.toml and sources/.",
        )),
    }
}

/// Reads one base. Source files are parsed in the sandbox. If the list of withheld passages cannot be read, the base
/// cannot be used.
pub fn load(sandbox: &Sandbox, knowledge: &Path, name: &str) -> LoadedBase {
    let list = withheld::read(&knowledge.join(name)).map(Option::unwrap_or_default);
    load_withholding(sandbox, knowledge, name, list)
}

/// Reads one base with a list of withheld passages that was already read or comes from elsewhere.
pub fn load_withholding(
    sandbox: &Sandbox,
    knowledge: &Path,
    name: &str,
    list: Result<WithheldFile, Problem>,
) -> LoadedBase {
    let folder = knowledge.join(name);
    let SharedVocabulary { vocabulary: shared, mut places, mut problems } = shared_vocabulary(knowledge);
    let is_shared_whole = problems.is_empty();
    let file = match toml_file::read::<BaseFile>(&folder.join(BASE)) {
        Ok(file) => file,
        Err(problem) => {
            problems.push(problem);
            return LoadedBase { base: None, problems };
        }
    };
    let documents = sources(sandbox, &folder, &mut problems);
    if documents.is_empty() {
        problems.push(Problem::new(
            folder.join(SOURCES),
            "The base has no readable source.",
            format!("Add a {FORMAT_NAMES} file to it."),
        ));
        return LoadedBase { base: None, problems };
    }
    let own = Vocabulary {
        stop_words: file.stop_words,
        facets: file.facets,
        synonyms: file.synonyms,
        concepts: file.concepts,
    };
    let vocabulary = shared.extended(&own);
    // Concepts that could not be read would be reported again wherever they are named.
    if is_shared_whole {
        let path = folder.join(BASE);
        places.extend(vocabulary_file::places_in_toml(&path));
        vocabulary_check::check(&path, &vocabulary, &places, &file.subject, &mut problems);
    }
    let topics = topic::resolve(&folder.join(BASE), file.topics, &documents, &mut problems);
    let regression_questions = regression_questions(knowledge, name);
    problems.extend(regression_questions.as_ref().err().cloned());
    let WithheldFile { entries: withheld, warnings, digest: list_digest, .. } = match list {
        Ok(list) => list,
        // Treating the list as empty would show every withheld passage again.
        Err(problem) => return LoadedBase { base: None, problems: [problems, vec![problem]].concat() },
    };
    problems.extend(warnings);
    check_withheld(&folder.join(WITHHELD), &withheld, &documents, &mut problems);
    let about = BaseMetadata {
        title: file.title,
        description: file.description,
        disclaimer: file.disclaimer,
        subject: file.subject,
    };
    check_about(&folder.join(BASE), &about, &mut problems);
    let mut digests = digests(knowledge, &folder, &documents);
    digests.extend(list_digest.map(|digest| (WITHHELD.to_owned(), digest)));
    let base = Base {
        name: name.to_owned(),
        about,
        topics,
        vocabulary,
        documents,
        regression_questions,
        withheld,
        digests,
    };
    LoadedBase { base: Some(base), problems }
}

/// Reads the vocabulary that all bases of a knowledge folder share: `medical.toml` and the concept files. Empty if
/// there are none.
///
/// # Errors
/// The first problem in these files.
pub fn medical(knowledge: &Path) -> Result<Vocabulary, Problem> {
    let shared = shared_vocabulary(knowledge);
    shared.problems.into_iter().next().map_or(Ok(shared.vocabulary), Err)
}

/// The readable part of the shared vocabulary, the places of its concepts, and its problems.
struct SharedVocabulary {
    vocabulary: Vocabulary,
    places: ConceptPlaces,
    problems: Vec<Problem>,
}

fn shared_vocabulary(knowledge: &Path) -> SharedVocabulary {
    let path = knowledge.join(MEDICAL);
    let mut problems = Vec::new();
    let mut vocabulary: Vocabulary = toml_or_default(&path).unwrap_or_else(|problem| {
        problems.push(problem);
        Vocabulary::default()
    });
    let files = vocabulary_file::read(knowledge, vocabulary_file::places_in_toml(&path));
    vocabulary.concepts.extend(files.concepts);
    problems.extend(files.problems);
    SharedVocabulary { vocabulary, places: files.places, problems }
}

/// SHA-256 of each file of the shared vocabulary, by its name among the inputs of an index.
pub(super) fn digests_of_vocabulary(knowledge: &Path) -> BTreeMap<String, String> {
    let mut files = vocabulary_file::files(knowledge).unwrap_or_default();
    files.push((MEDICAL.to_owned(), knowledge.join(MEDICAL)));
    digests_of(files)
}

impl Base {
    /// Builds the lexicon of the base's vocabulary.
    pub fn lexicon(&self) -> Lexicon {
        Lexicon::new(self.vocabulary.clone())
    }
}

/// Reads the current regression questions of a base.
///
/// # Errors
/// If the file exists but cannot be read.
pub fn regression_questions(knowledge: &Path, name: &str) -> Result<Vec<RegressionQuestion>, Problem> {
    toml_or_default::<QuestionsFile>(&knowledge.join(name).join(QUESTIONS)).map(|file| file.questions)
}

fn toml_or_default<T: Default + serde::de::DeserializeOwned>(path: &Path) -> Result<T, Problem> {
    if path.exists() { toml_file::read(path) } else { Ok(T::default()) }
}

fn check_about(path: &Path, about: &BaseMetadata, problems: &mut Vec<Problem>) {
    for (key, value) in
        [("title", &about.title), ("description", &about.description), ("disclaimer", &about.disclaimer)]
    {
        if value.trim().is_empty() {
            problems.push(Problem::new(path, format!("`{key}` is empty."), "Fill it in: users see it."));
        }
    }
}

fn check_withheld(path: &Path, withheld: &[Withheld], documents: &[Document], problems: &mut Vec<Problem>) {
    let passages =
        || documents.iter().flat_map(|document| document.passages().iter().map(move |p| (document, p)));
    let listed: BTreeSet<&str> = withheld.iter().map(|entry| entry.passage.as_str()).collect();
    let known: BTreeSet<&str> = passages().map(|(_, passage)| passage.id.as_str()).collect();
    for id in listed.difference(&known) {
        problems.push(Problem::new(
            path,
            format!("The passage `{id}` is withheld, but no source contains it."),
            "Its text was changed or removed: check whether the new text must be withheld, then remove the entry.",
        ));
    }
    // The same words in another source have another id and are shown. An id depends on the words and the source.
    let sources: BTreeSet<&str> = listed.iter().filter_map(|id| Some(id.rsplit_once(':')?.0)).collect();
    for (document, passage) in passages().filter(|(_, passage)| !listed.contains(passage.id.as_str())) {
        let words = passage.span.of(document.text());
        let twins = sources.iter().map(|source| id_of_words(source, words));
        if let Some(twin) = twins.into_iter().find(|twin| withholds_words_of(&listed, twin)) {
            problems.push(Problem::new(
                path,
                format!("`{}` is shown, but has the same text as `{twin}`, which is withheld.", passage.id),
                "Withhold it too, or remove the copy from the sources.",
            ));
        }
    }
}

/// Whether the list contains this id, or that of another passage with the same words in the same source.
fn withholds_words_of(listed: &BTreeSet<&str>, id: &str) -> bool {
    let is_twin =
        |listed: &str| listed.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    listed.range(id..).next().is_some_and(|next| is_twin(next))
}

fn sources(sandbox: &Sandbox, folder: &Path, problems: &mut Vec<Problem>) -> Vec<Document> {
    let files = super::files::source_files(&folder.join(SOURCES), problems);
    let results = sandbox.read_sources(folder, &files);
    let mut documents: BTreeMap<String, Document> = BTreeMap::new();
    for (file, mut result) in files.iter().zip(results) {
        problems.append(&mut result.problems);
        let Some(document) = result.document else { continue };
        match documents.get(&document.id) {
            Some(first) => problems.push(two_of_one_id(file, &document.id, &first.file)),
            None => {
                documents.insert(document.id.clone(), document);
            }
        }
    }
    documents.into_values().collect()
}

fn two_of_one_id(file: &Path, id: &str, first: &str) -> Problem {
    Problem::new(
        file,
        format!("The source id `{id}` is already used by {first}, so this file is left out."),
        "Rename one of the two files: a source's id is its file name without the extension.",
    )
}

fn digests(knowledge: &Path, folder: &Path, documents: &[Document]) -> BTreeMap<String, String> {
    let mut digests: BTreeMap<String, String> =
        documents.iter().map(|document| (document.file.clone(), document.digest.clone())).collect();
    digests.extend(digests_of_vocabulary(knowledge));
    digests.extend(digests_of([BASE, QUESTIONS].map(|name| (name.to_owned(), folder.join(name)))));
    digests
}

/// SHA-256 of each file. Files that cannot be read are left out.
fn digests_of(files: impl IntoIterator<Item = (String, PathBuf)>) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for (name, path) in files {
        if let Ok(digest) = fs::digest(&path) {
            digests.insert(name, digest);
        }
    }
    digests
}

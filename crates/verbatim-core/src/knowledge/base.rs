//! A knowledge base: a folder `knowledge/<name>/` with its sources, its topics, its own words and its own
//! tests. Loading returns what could be read and every problem beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::document::Document;
use super::lexicon::{Concept, Facet, Lexicon, Synonyms, Vocabulary};
use super::outline::id_of_words;
use super::problem::Problem;
use super::sandbox::Sandbox;
use super::topic::{self, Topic, TopicDraft};
use super::vocabulary_file::{self, ConceptPlaces};
use super::withheld::{self, WithheldFile};
use super::{toml_file, vocabulary_check};

/// The vocabulary for every base, in the knowledge folder; its concepts are in the files of [`vocabulary_file`].
pub const MEDICAL: &str = "medical.toml";
/// What a base is, in its folder.
pub const BASE: &str = "base.toml";
/// The base's own tests, in its folder.
pub const QUESTIONS: &str = "questions.toml";
/// Passages taken out of circulation, in the base's folder.
pub const WITHHELD: &str = "withheld.toml";
/// The folder of source documents, in the base's folder.
pub const SOURCES: &str = "sources";

/// A knowledge base, read and checked.
pub struct Base {
    /// The folder's name, which is its slash command.
    pub name: String,
    /// What it is about, as `base.toml` says.
    pub about: About,
    /// The topics, resolved to spans of the documents.
    pub topics: Vec<Topic>,
    /// The vocabulary of medicine with the base's own words.
    pub vocabulary: Vocabulary,
    /// The sources, in the order of their ids.
    pub documents: Vec<Document>,
    /// The base's own tests, or why they cannot be read: an empty gate must not be taken for an open one.
    pub regression_questions: Result<Vec<RegressionQuestion>, Problem>,
    /// Ids of passages that are not to be shown.
    pub withheld: Vec<Withheld>,
    /// SHA-256 of everything that an answer depends on, by file.
    pub digests: BTreeMap<String, String>,
}

/// What a base says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its title.
    pub title: String,
    /// What it covers, in a sentence.
    pub description: String,
    /// What stands under every reply.
    pub disclaimer: String,
    /// Ids of the concepts that the base is about: they match everything, so they decide nothing.
    pub subject: Vec<String>,
}

/// A question of the base's own test set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionQuestion {
    /// The question.
    pub ask: String,
    /// Beginnings of sentences, or whole ones: some quote of the reply must contain one of them.
    #[serde(default)]
    pub expect: Vec<String>,
    /// Whether the right reply is that the sources do not cover it.
    #[serde(default)]
    pub not_covered: bool,
    /// Whether it is proposed to somebody who is typing a question; one with a slip of the pen is a test alone.
    #[serde(default = "yes")]
    pub suggest: bool,
}

fn yes() -> bool {
    true
}

/// A passage that was taken out of circulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The passage's id.
    pub passage: String,
    /// Who took it out; empty where the list does not say.
    pub by: String,
    /// When, ISO 8601; empty where the list does not say.
    pub at: String,
    /// Why; empty where the list does not say.
    pub reason: String,
}

/// What loading a base gave.
pub struct Loaded {
    /// The base; `None` where nothing of it can be used.
    pub base: Option<Base>,
    /// Everything an author should mend.
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
/// A problem where the folder cannot be listed or holds no base.
pub fn names(knowledge: &Path) -> Result<Vec<String>, Problem> {
    let listing = std::fs::read_dir(knowledge).map_err(|error| {
        Problem::new(
            knowledge,
            format!("The knowledge folder cannot be read: {error}."),
            "Run the program in a folder that has one, or name it with `paths.knowledge` in verbatim.toml.",
        )
    })?;
    let mut names: Vec<String> = listing
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && name != vocabulary_file::FOLDER)
        .collect();
    names.sort();
    match names.is_empty() {
        false => Ok(names),
        true => Err(Problem::new(
            knowledge,
            "The knowledge folder holds no base.",
            "Make a folder in it with a base.toml and sources/.",
        )),
    }
}

/// Reads one base. Its source files are parsed in the sandbox. Where its list of withheld passages cannot be read, the base
/// cannot be used.
pub fn load(sandbox: &Sandbox, knowledge: &Path, name: &str) -> Loaded {
    let list = withheld::read(&knowledge.join(name)).map(Option::unwrap_or_default);
    load_withholding(sandbox, knowledge, name, list)
}

/// Reads one base with a list of withheld passages that was read already, or is known from elsewhere.
pub fn load_withholding(
    sandbox: &Sandbox,
    knowledge: &Path,
    name: &str,
    list: Result<WithheldFile, Problem>,
) -> Loaded {
    let folder = knowledge.join(name);
    let SharedVocabulary { vocabulary: shared, mut places, mut problems } = shared_vocabulary(knowledge);
    let is_shared_whole = problems.is_empty();
    let file = match toml_file::read::<BaseFile>(&folder.join(BASE)) {
        Ok(file) => file,
        Err(problem) => {
            problems.push(problem);
            return Loaded { base: None, problems };
        }
    };
    let documents = sources(sandbox, &folder, &mut problems);
    if documents.is_empty() {
        problems.push(Problem::new(
            folder.join(SOURCES),
            "The base has no source that can be read.",
            "Put a Markdown, text, HTML, Word or PDF file there.",
        ));
        return Loaded { base: None, problems };
    }
    let own = Vocabulary {
        stop_words: file.stop_words,
        facets: file.facets,
        synonyms: file.synonyms,
        concepts: file.concepts,
    };
    let vocabulary = shared.extended(&own);
    // Concepts that could not be read would be reported once more wherever they are named.
    if is_shared_whole {
        let path = folder.join(BASE);
        places.extend(vocabulary_file::places_in_toml(&path));
        vocabulary_check::check(&path, &vocabulary, &places, &file.subject, &mut problems);
    }
    let topics = topic::resolve(&folder.join(BASE), file.topics, &documents, &mut problems);
    let regression_questions = regression_questions(knowledge, name);
    problems.extend(regression_questions.as_ref().err().cloned());
    let WithheldFile { entries: withheld, slips, digest: list_digest, .. } = match list {
        Ok(list) => list,
        // Taken for empty, the list would put every passage of it back into circulation.
        Err(problem) => return Loaded { base: None, problems: [problems, vec![problem]].concat() },
    };
    problems.extend(slips);
    check_withheld(&folder.join(WITHHELD), &withheld, &documents, &mut problems);
    let about = About {
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
    Loaded { base: Some(base), problems }
}

/// The vocabulary that all bases of a knowledge folder share: `medical.toml` and the files of concepts. Empty where
/// there are none.
///
/// # Errors
/// The first problem of these files.
pub fn medical(knowledge: &Path) -> Result<Vocabulary, Problem> {
    let shared = shared_vocabulary(knowledge);
    shared.problems.into_iter().next().map_or(Ok(shared.vocabulary), Err)
}

/// The shared vocabulary as far as it could be read, where its concepts are written, and what is wrong with it.
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

/// SHA-256 of the files of the shared vocabulary, by their names among the inputs of an index.
pub(super) fn digests_of_vocabulary(knowledge: &Path) -> BTreeMap<String, String> {
    let mut files = vocabulary_file::files(knowledge).unwrap_or_default();
    files.push((MEDICAL.to_owned(), knowledge.join(MEDICAL)));
    digests_of(files)
}

impl Base {
    /// The base's vocabulary, ready for reading with.
    pub fn lexicon(&self) -> Lexicon {
        Lexicon::new(self.vocabulary.clone())
    }
}

/// The base's own tests as its folder has them now.
///
/// # Errors
/// Where the file is there and cannot be read.
pub fn regression_questions(knowledge: &Path, name: &str) -> Result<Vec<RegressionQuestion>, Problem> {
    toml_or_default::<QuestionsFile>(&knowledge.join(name).join(QUESTIONS)).map(|file| file.questions)
}

fn toml_or_default<T: Default + serde::de::DeserializeOwned>(path: &Path) -> Result<T, Problem> {
    if path.exists() { toml_file::read(path) } else { Ok(T::default()) }
}

fn check_about(path: &Path, about: &About, problems: &mut Vec<Problem>) {
    for (key, value) in
        [("title", &about.title), ("description", &about.description), ("disclaimer", &about.disclaimer)]
    {
        if value.trim().is_empty() {
            problems.push(Problem::new(path, format!("`{key}` is empty."), "Write it: readers see it."));
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
            format!("No source has the passage `{id}` that is withheld."),
            "Its text has changed or gone: look whether the new text must be withheld, then remove the entry.",
        ));
    }
    // The same words elsewhere have another id and are shown. An id tells words only together with its source.
    let sources: BTreeSet<&str> = listed.iter().filter_map(|id| Some(id.rsplit_once(':')?.0)).collect();
    for (document, passage) in passages().filter(|(_, passage)| !listed.contains(passage.id.as_str())) {
        let words = passage.span.of(document.text());
        let twins = sources.iter().map(|source| id_of_words(source, words));
        if let Some(twin) = twins.into_iter().find(|twin| withholds_words_of(&listed, twin)) {
            problems.push(Problem::new(
                path,
                format!("`{}` has the very words of `{twin}`, which is withheld, and is shown.", passage.id),
                "Withhold it, too, or take the copy out of the sources.",
            ));
        }
    }
}

/// Whether a passage with this id, or another one with the same words in its source, is listed.
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
        match documents.get(&document.origin.id) {
            Some(first) => problems.push(two_of_one_id(file, &document.origin.id, &first.file)),
            None => {
                documents.insert(document.origin.id.clone(), document);
            }
        }
    }
    documents.into_values().collect()
}

fn two_of_one_id(file: &Path, id: &str, first: &str) -> Problem {
    Problem::new(
        file,
        format!("The source id `{id}` is taken by {first}, so this file is left out."),
        "Rename one of the two files: a source's id is its file name without the ending.",
    )
}

fn digests(knowledge: &Path, folder: &Path, documents: &[Document]) -> BTreeMap<String, String> {
    let mut digests: BTreeMap<String, String> =
        documents.iter().map(|document| (document.file.clone(), document.digest.clone())).collect();
    digests.extend(digests_of_vocabulary(knowledge));
    digests.extend(digests_of([BASE, QUESTIONS].map(|name| (name.to_owned(), folder.join(name)))));
    digests
}

/// Files that cannot be read have no digest.
fn digests_of(files: impl IntoIterator<Item = (String, PathBuf)>) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for (name, path) in files {
        if let Ok(bytes) = std::fs::read(path) {
            digests.insert(name, crate::text::hex::hex(&Sha256::digest(&bytes)));
        }
    }
    digests
}

//! Withholding and restoring passages.

use super::journal::{ChangeKind, Journal};
use super::{ChangeOptions, CurationError};
use crate::engine::withholding::{self, Added};
use crate::engine::{Engine, EngineError, Reindexed};
use crate::knowledge::base::{self, WITHHELD, Withheld};
use crate::knowledge::document::Document;
use crate::knowledge::withheld::{self, WithheldFile};
use crate::text::controls::one_line;
use crate::text::digest::sha256;
use crate::text::nearest::nearest;

/// The result of withholding a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withholding {
    /// Its entry on the list.
    pub entry: Withheld,
    /// Whether the passage was already on the list. If so, `entry` names who withheld it first, and nothing was
    /// changed.
    pub is_earlier: bool,
    /// The passage's words.
    pub words: String,
    /// Other passages with exactly the same words, which can still be shown.
    pub same_words: Vec<String>,
    /// The regression questions that expect words of this passage. If no other passage has these words, the next index
    /// is refused until `questions.toml` is corrected or it is forced.
    pub questions: Vec<String>,
    /// What to do to keep it withheld, if the list cannot be used or no copy of it can be saved.
    pub warning: Option<String>,
}

/// The result of restoring a passage.
#[derive(Debug)]
pub struct Restored {
    /// The entry that was removed from the list.
    pub entry: Withheld,
    /// Whether the live generation has the passage, so that it is found again. Its text can have changed in the
    /// meantime.
    pub is_found: bool,
    /// The rebuild that restored it.
    pub reindexed: Reindexed,
}

/// The result of looking up a passage.
struct FoundPassage {
    words: String,
    same_words: Vec<String>,
}

impl Engine {
    /// Withholds a passage now and in every later generation: the served snapshot no longer has it when this returns.
    /// This does not wait for an index that is being built, and that index leaves the passage out too. `by` is who
    /// withheld it, `at` when, `reason` why. If the list cannot be used, the copy stored with the index withholds the
    /// passage, and the passage is added to the list as soon as possible.
    ///
    /// # Errors
    /// [`CurationError::UnknownPassage`] if neither the served generation nor the folder has it;
    /// [`CurationError::List`] if the list cannot be written. Nothing has changed then.
    pub fn withhold(
        &self,
        passage: &str,
        by: &str,
        at: &str,
        reason: &str,
    ) -> Result<Withholding, CurationError> {
        // People read the list, so each value is on one line.
        let on_one_line = |text: &str| one_line(&text.replace(char::is_control, " "));
        let [passage, by, at, reason] = [passage, by, at, reason].map(on_one_line);
        if reason.is_empty() {
            return Err(CurationError::NoReason);
        }
        let FoundPassage { words, same_words } = self.find(&passage)?;
        let entry = Withheld { passage, by, at, reason };
        let place = self.place();
        let Added { earlier, is_listed, warning } = withholding::add(place, &entry)?;
        if !is_listed {
            self.await_list(&entry);
        }
        self.withhold_as_listed();
        // If the file cannot be read, the next build of the index reports it.
        let regression_questions =
            base::regression_questions(&place.knowledge, &place.base).unwrap_or_default();
        let expecting = regression_questions
            .into_iter()
            .filter(|regression_questions| regression_questions.expect.iter().any(|e| words.contains(e)));
        let questions = expecting.map(|regression_questions| regression_questions.ask).collect();
        let is_earlier = earlier.is_some();
        Ok(Withholding { entry: earlier.unwrap_or(entry), is_earlier, words, same_words, questions, warning })
    }

    /// Restores a withheld passage: removes it from the list and rebuilds the index, so that it is found again.
    ///
    /// # Errors
    /// [`CurationError::NotWithheld`] names the nearest passage that is withheld; [`EngineError::Unreadable`] if the
    /// list cannot be used. On any error the passage stays withheld.
    pub fn restore(&self, passage: &str, act: ChangeOptions<'_>) -> Result<Restored, CurationError> {
        let lock = self.begin_change()?;
        self.known()?;
        let listed = self.withheld().map_err(unreadable)?;
        withholding::settle(self.place())?;
        let Some(entry) = listed.iter().find(|entry| entry.passage == passage).cloned() else {
            let near = nearest(passage, listed.iter().map(|entry| entry.passage.as_str()));
            let nearest = near.map(str::to_owned);
            return Err(CurationError::NotWithheld { wanted: passage.to_owned(), nearest });
        };
        let (before, after) = withheld::before_and_after(&self.folder(), passage).map_err(unreadable)?;
        let is_gone = after.trim().is_empty();
        let journal = Journal {
            what: ChangeKind::Restore,
            subject: passage.to_owned(),
            at: act.made.to_owned(),
            live: self.live(),
            gone: is_gone.then(|| WITHHELD.to_owned()).into_iter().collect(),
            list: Some(before),
            inputs: (!is_gone).then(|| (WITHHELD.to_owned(), sha256(after.as_bytes()))).into_iter().collect(),
            aside: Vec::new(),
            put: Vec::new(),
        };
        let reindexed = self.carry_out(&journal, &[], &lock, act)?;
        let is_found = self.snapshot().shows_any_of(&[passage]);
        Ok(Restored { entry, is_found, reindexed })
    }

    /// Looks a passage up in the served snapshot, then in the folder, which can be newer than the index.
    fn find(&self, wanted: &str) -> Result<FoundPassage, CurationError> {
        let served = self.snapshot();
        if let Some(found) = find(&served.corpus.documents, wanted) {
            return Ok(found);
        }
        let place = self.place();
        // A passage that is already withheld must be found too.
        let list = Ok(WithheldFile::default());
        let sandbox = &self.resources().sandbox;
        let loaded = base::load_withholding(sandbox, &place.knowledge, &place.base, list).base;
        let documents = loaded.map(|base| base.documents).unwrap_or_default();
        find(&documents, wanted).ok_or_else(|| {
            let all = served.corpus.documents.iter().chain(&documents);
            let ids = all.flat_map(Document::passages).map(|passage| passage.id.as_str());
            let nearest = nearest(wanted, ids).map(str::to_owned);
            CurationError::UnknownPassage { wanted: wanted.to_owned(), nearest }
        })
    }
}

fn find(documents: &[Document], wanted: &str) -> Option<FoundPassage> {
    let all = || {
        let passages = |document| Document::passages(document).iter().map(move |passage| (document, passage));
        documents.iter().flat_map(passages)
    };
    let (document, passage) = all().find(|(_, passage)| passage.id == wanted)?;
    let words = passage.span.of(document.text());
    let same = all().filter(|(document, passage)| passage.span.of(document.text()) == words);
    let same_words = same.filter(|(_, other)| other.id != wanted).map(|(_, other)| other.id.clone());
    Some(FoundPassage { words: words.to_owned(), same_words: same_words.collect() })
}

fn unreadable(problem: crate::knowledge::problem::Problem) -> CurationError {
    EngineError::Unreadable(vec![problem]).into()
}

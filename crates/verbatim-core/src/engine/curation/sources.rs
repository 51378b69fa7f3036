//! Adding, replacing and removing sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::journal::{Aside, ChangeKind, Journal, Put, STAGED, free_place, stamp};
use super::{ChangeOptions, CurationError};
use crate::engine::{Engine, Reindexed};
use crate::knowledge::base::SOURCES;
use crate::knowledge::draft::{SourceDraft, SourceFile};
use crate::knowledge::files::source_files;
use crate::knowledge::preview::{Preview, PreviewLimits, preview};
use crate::text::digest::sha256;
use crate::text::nearest::nearest;

impl Engine {
    /// Previews a file as a source of this base. Writes nothing. See [`preview`] for its limits.
    pub fn preview(&self, file_name: &str, bytes: &[u8], limits: PreviewLimits) -> Preview {
        let read = |name: &str, bytes: &[u8]| self.resources().sandbox.read_upload(name, bytes);
        let found = preview(&self.snapshot().corpus.documents, file_name, bytes, limits, read);
        // The folder can have a source that is not in the index.
        let is_taken = |id: &&String| files_of(&self.folder(), id).next().is_some();
        let replaces = found.replaces.clone().or_else(|| found.id.as_ref().filter(is_taken).cloned());
        Preview { replaces, ..found }
    }

    /// Adds a source, or replaces the source with the same id, and publishes the base. The older file is moved to
    /// `removed/`.
    ///
    /// # Errors
    /// [`CurationError::Unfit`] if it cannot be read well enough, [`CurationError::RegressionQuestions`] unless forced. On any
    /// error the base and its files stay as they were.
    pub fn add_source(
        &self,
        draft: &SourceDraft,
        act: ChangeOptions<'_>,
    ) -> Result<Reindexed, CurationError> {
        let source = self.resources().sandbox.prepare(draft).map_err(CurationError::Unfit)?;
        let lock = self.begin_change()?;
        let (journal, files) = self.addition(&source, act.made);
        self.carry_out(&journal, &files, &lock, act)
    }

    /// Removes a source from the base and publishes the base. Its file is moved to `removed/`.
    ///
    /// # Errors
    /// [`CurationError::UnknownSource`], [`CurationError::LastSource`], [`CurationError::RegressionQuestions`] unless forced.
    /// On any error the base and its files stay as they were.
    pub fn remove_source(&self, id: &str, act: ChangeOptions<'_>) -> Result<Reindexed, CurationError> {
        let lock = self.begin_change()?;
        let folder = self.folder();
        let ids: BTreeSet<String> = sources(&folder).into_iter().filter_map(|file| id_of(&file)).collect();
        if !ids.contains(id) {
            let nearest = nearest(id, ids.iter().map(String::as_str)).map(str::to_owned);
            return Err(CurationError::UnknownSource { wanted: id.to_owned(), nearest });
        }
        if ids.len() == 1 {
            return Err(CurationError::LastSource(id.to_owned()));
        }
        let aside = self.set_aside(files_of(&folder, id).collect(), act.made);
        let journal = Journal {
            what: ChangeKind::Remove,
            subject: id.to_owned(),
            at: act.made.to_owned(),
            live: self.live(),
            gone: aside.iter().map(|aside| aside.from.clone()).collect(),
            list: None,
            inputs: Default::default(),
            aside,
            put: Vec::new(),
        };
        self.carry_out(&journal, &[], &lock, act)
    }

    fn addition<'s>(&self, source: &'s SourceFile, made: &str) -> (Journal, Vec<&'s [u8]>) {
        let folder = self.folder();
        let id = &source.document.id;
        let mut new = vec![(source.file.clone(), source.bytes.as_slice())];
        new.extend(source.sidecar.as_ref().map(|toml| (sidecar_of(&source.file), toml.as_bytes())));
        let mut old: Vec<String> = files_of(&folder, id).collect();
        // A leftover description without its document can be in the way.
        old.extend(new.iter().map(|(file, _)| file).filter(|file| folder.join(file).is_file()).cloned());
        old.sort();
        old.dedup();
        let what = if old.is_empty() { ChangeKind::Add } else { ChangeKind::Replace };
        let aside = self.set_aside(old, made);
        let gone = aside.iter().map(|aside| aside.from.clone()).filter(|file| *file != source.file);
        let put = new.iter().enumerate().map(|(at, (to, bytes))| Put {
            from: format!("{STAGED}/{at}"),
            to: to.clone(),
            sha256: sha256(bytes),
        });
        let journal = Journal {
            what,
            subject: id.clone(),
            at: made.to_owned(),
            live: self.live(),
            gone: gone.collect(),
            list: None,
            inputs: [(source.file.clone(), source.document.digest.clone())].into(),
            aside,
            put: put.collect(),
        };
        (journal, new.into_iter().map(|(_, bytes)| bytes).collect())
    }

    /// Chooses where to move files that are removed.
    fn set_aside(&self, files: Vec<String>, made: &str) -> Vec<Aside> {
        let (folder, stamp, mut taken) = (self.folder(), stamp(made), Vec::new());
        let aside = |from: String| Aside { to: free_place(&folder, &stamp, &from, &mut taken), from };
        files.into_iter().map(aside).collect()
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    source_files(&folder.join(SOURCES), &mut Vec::new())
}

/// Returns the files of a source and their description files, as paths in the base's folder. If several files have the
/// id, only the first is read, but all are returned, so that none takes its place when it is removed.
fn files_of(folder: &Path, id: &str) -> impl Iterator<Item = String> {
    let files = sources(folder).into_iter().filter(|file| id_of(file).as_deref() == Some(id));
    let inside = files.filter_map(|file| {
        let parts = file.strip_prefix(folder).ok()?.iter().map(|part| part.to_str());
        Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
    });
    let with_sidecar = inside.flat_map(|file| [sidecar_of(&file), file]);
    with_sidecar.filter(|file| folder.join(file).is_file()).collect::<Vec<_>>().into_iter()
}

fn sidecar_of(file: &str) -> String {
    format!("{file}.toml")
}

/// Returns a source's id: its file name without the extension.
fn id_of(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    name.rsplit_once('.').map(|(stem, _)| stem.to_owned())
}

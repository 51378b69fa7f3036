//! `verbatim restore`: puts the files of a backup in place. They are first written beside the present ones; a journal
//! then says what moves where. If the program is killed before the journal is written, nothing has changed; if it is
//! killed afterwards, the next command completes the restore.
//!
//! ```text
//! knowledge/.restore/journal.toml   what moves where
//!                    new/           what was in the backup
//!                    old/           what was there before
//! <store.path>.restored             the store of the backup
//! <store.path>.replaced             the store that was there before
//! ```

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::archive::{Archive, KNOWLEDGE, SETTINGS, STORE};
use super::output::{self, Output};
use super::{Usage, backup};
use crate::config::{Config, FILE};
use crate::store::files::{self, COMPANIONS, beside};
use crate::store::{Store, StoreError, unix_now};
use verbatim_core::engine::{Place, withheld_entries};
use verbatim_core::fs;
use verbatim_core::knowledge::base;
use verbatim_core::knowledge::withheld;

const FOLDER: &str = ".restore";
const JOURNAL: &str = "journal.toml";
const RESTORED: &str = ".restored";
const REPLACED: &str = ".replaced";

const EXAMPLES: &str = "\
Examples:
  verbatim restore verbatim-2026-11-29.zip
  verbatim restore verbatim-2026-11-29.zip --force

Stop the bot first. The knowledge folder and the bot's stored data are replaced completely; hidden files in the folder \
of a base are deleted. verbatim.toml stays as it is: the settings of the backup are written beside it.

Some things of the present state survive: a passage that is withheld now stays withheld, a person whose data was deleted \
stays deleted, a vote that is gone stays gone, and a channel that is private now stays private. To restore everything \
from the backup, first move the present stored data elsewhere.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Restore {
    /// A file that `verbatim backup` wrote
    file: PathBuf,
    /// Replace the present knowledge folder and stored data
    #[arg(long)]
    force: bool,
}

/// What moves where.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Journal {
    /// Files and folders of the knowledge folder that are replaced.
    old: Vec<String>,
    /// Those that take their place.
    new: Vec<String>,
    /// The store, if the backup has one.
    store: Option<PathBuf>,
}

impl Restore {
    pub fn run(
        self,
        config: &Config,
        settings: Option<&Path>,
        output: &mut Output,
    ) -> anyhow::Result<ExitCode> {
        backup::check_outside(config, &self.file)?;
        let mut archive = Archive::open(&self.file)?;
        let (knowledge, store) = (&config.knowledge, &config.store.path);
        fs::create_folder(knowledge)?;
        let Some(_lock) = fs::try_lock_folder(knowledge, false)? else {
            bail!("a bot is running with these files; stop it first");
        };
        let old = visible(knowledge)?;
        if !self.force && (!old.is_empty() || store.exists()) {
            let what = format!("{} or {} exists already", knowledge.display(), store.display());
            return Err(Usage(format!("{what}; add `--force` to replace both")).into());
        }
        let _locks = backup::lock(config, &base::names(knowledge).unwrap_or_default())?;
        clean(knowledge, store)?;
        let staged = stage(config, &mut archive, old, output);
        if let Err(error) = staged.and_then(|journal| journal.begin(knowledge)) {
            let _ = clean(knowledge, store); // the next restore deletes what is left
            return Err(error.context("nothing was changed"));
        }
        complete_in(knowledge)?;
        let beside_it =
            settings.and_then(Path::parent).unwrap_or(Path::new("")).join(format!("{FILE}{RESTORED}"));
        if archive.contents.files.contains_key(SETTINGS) {
            archive.extract(SETTINGS, &beside_it)?;
            output
                .line(&format!("The settings of the backup are in {}; compare them.", beside_it.display()))?;
        }
        output.line(&format!("Restored: the backup from {}.", archive.contents.made))?;
        output
            .line("Next, run `verbatim index` for each base, then `verbatim doctor`, and start the bot.")?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Journal {
    fn begin(&self, knowledge: &Path) -> anyhow::Result<()> {
        Ok(fs::replace(&knowledge.join(FOLDER).join(JOURNAL), toml::to_string(self)?.as_bytes())?)
    }

    /// Each move, in order: from where, and to where. A move that is done has nothing left to move, or stands in its own
    /// way, so all of them can be done again.
    fn moves(&self, knowledge: &Path) -> Vec<(PathBuf, PathBuf)> {
        let folder = knowledge.join(FOLDER);
        let old = self.old.iter().map(|name| (knowledge.join(name), folder.join("old").join(name)));
        let new = self.new.iter().map(|name| (folder.join("new").join(name), knowledge.join(name)));
        let mut moves: Vec<_> = old.chain(new).collect();
        if let Some(store) = &self.store {
            let replaced = beside(store, REPLACED);
            for end in COMPANIONS.into_iter().chain([""]) {
                moves.push((beside(store, end), beside(&replaced, end)));
            }
            moves.push((beside(store, RESTORED), store.clone()));
        }
        moves
    }
}

/// Completes a restore that was interrupted after its journal was written.
///
/// # Errors
/// If the files cannot be moved, or the restore is still in progress.
pub fn complete(config: &Config) -> anyhow::Result<()> {
    if !is_interrupted(config) {
        return Ok(());
    }
    let Some(_lock) = fs::try_lock_folder(&config.knowledge, false)? else {
        bail!("a backup is being restored; try again when that is done");
    };
    complete_in(&config.knowledge)?;
    output::remark("a restore that was interrupted is complete now; run `verbatim index`.");
    Ok(())
}

/// Whether a restore was interrupted, or is in progress.
pub fn is_interrupted(config: &Config) -> bool {
    config.knowledge.join(FOLDER).join(JOURNAL).exists()
}

fn complete_in(knowledge: &Path) -> anyhow::Result<()> {
    let path = knowledge.join(FOLDER).join(JOURNAL);
    let journal: Journal = match fs::read_to_string(&path) {
        Err(error) if error.is_not_found() => return Ok(()),
        text => toml::from_str(&text?).with_context(|| format!("{} cannot be read", path.display()))?,
    };
    for (from, to) in journal.moves(knowledge) {
        if is_there(&from) && !is_there(&to) {
            fs::move_file(&from, &to)?;
        }
    }
    fs::remove(&path)?;
    clean(knowledge, journal.store.as_deref().unwrap_or(Path::new("")))
}

/// Whether something is at the path, even a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Deletes what a restore leaves when it ends.
fn clean(knowledge: &Path, store: &Path) -> anyhow::Result<()> {
    fs::remove_folder(&knowledge.join(FOLDER))?;
    if store.as_os_str().is_empty() {
        return Ok(());
    }
    for kind in [RESTORED, REPLACED] {
        for end in COMPANIONS.into_iter().chain([""]) {
            fs::remove(&beside(&beside(store, kind), end))?;
        }
    }
    Ok(())
}

/// Writes the files of the backup beside the present ones, and carries over what must survive.
fn stage(
    config: &Config,
    archive: &mut Archive,
    old: Vec<String>,
    output: &mut Output,
) -> anyhow::Result<Journal> {
    let staged = config.knowledge.join(FOLDER).join("new");
    fs::create_folder(&staged)?;
    let names: Vec<String> = archive.contents.files.keys().cloned().collect();
    for name in &names {
        if let Some(inside) = name.strip_prefix(KNOWLEDGE) {
            let to = staged.join(inside);
            fs::create_folder(to.parent().unwrap_or(&staged))?;
            archive.extract(name, &to)?;
        }
    }
    keep_withheld(config, &staged, output)?;
    let has_store = archive.contents.files.contains_key(STORE);
    if has_store {
        let copy = beside(&config.store.path, RESTORED);
        if let Some(folder) = copy.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_folder(folder)?;
        }
        files::create(&copy).with_context(|| format!("cannot write {}", copy.display()))?;
        archive.extract(STORE, &copy)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(prepare_store(&copy, &config.store.path, output))?;
    }
    let store = has_store.then(|| std::path::absolute(&config.store.path)).transpose()?;
    Ok(Journal { old, new: visible(&staged)?, store })
}

/// Puts the passages that are withheld now on the restored lists. The present entry wins: it may no longer name a person.
fn keep_withheld(config: &Config, staged: &Path, output: &mut Output) -> anyhow::Result<()> {
    let mut kept = BTreeSet::new();
    for base in base::names(staged).unwrap_or_default() {
        let (knowledge, index, keep) = (config.knowledge.clone(), config.index.clone(), config.keep);
        let place = Place { knowledge, index, base: base.clone(), keep };
        for entry in withheld_entries(&place)? {
            let folder = staged.join(&base);
            match withheld::add(&folder, &entry)? {
                None => {
                    kept.insert(entry.passage);
                }
                Some(earlier) if earlier != entry => {
                    withheld::remove(&folder, &entry.passage)?;
                    withheld::add(&folder, &entry)?;
                }
                Some(_) => {}
            }
        }
    }
    if !kept.is_empty() {
        let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
        output.line(&format!("Withheld since the backup, and still withheld: {}.", kept.join(", ")))?;
    }
    Ok(())
}

async fn prepare_store(copy: &Path, present: &Path, output: &mut Output) -> anyhow::Result<()> {
    Store::check(copy).await?;
    let is_present = match present.exists() {
        true => Store::check(present).await,
        false => return Ok(()),
    };
    match is_present {
        Ok(()) => {}
        Err(StoreError::Broken { .. }) => {
            output::remark(
                "the present store is broken, so it is unknown whose data was deleted and which channels became private \
                 since the backup.",
            );
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    let store = Store::open(copy, unix_now()).await?.store;
    let carried = store.carry_over(present, unix_now()).await;
    store.close().await;
    carried?;
    output.line(
        "Taken over from the present store: whose data was deleted, which votes are gone, which channels are private, and \
         what was posted.",
    )
}

/// The names of the files and folders that are not hidden.
fn visible(folder: &Path) -> anyhow::Result<Vec<String>> {
    let names = fs::list(folder)?.into_iter().map(|path| fs::name_of(&path));
    Ok(names.filter(|name| !name.starts_with('.')).collect())
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, read_to_string, rename, write};

    use super::*;

    /// A restore that is staged: the old base has `a` and `b`, the new one `a` and `c`.
    fn staged(root: &Path) -> (Config, Journal) {
        let config = Config::parse("", Path::new("verbatim.toml"), root).expect("the defaults");
        let (knowledge, store) = (&config.knowledge, &config.store.path);
        let new = knowledge.join(FOLDER).join("new");
        for (folder, text, names) in [(knowledge, "old", ["a", "b"]), (&new, "new", ["a", "c"])] {
            for name in names {
                create_dir_all(folder.join(name)).expect("a folder");
                write(folder.join(name).join("base.toml"), text).expect("a file");
            }
        }
        write(store, "old").expect("a file");
        write(beside(store, "-wal"), "old").expect("a file");
        write(beside(store, RESTORED), "new").expect("a file");
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        let journal = Journal { old: names(["a", "b"]), new: names(["a", "c"]), store: Some(store.clone()) };
        (config, journal)
    }

    fn state(config: &Config) -> Vec<(String, Option<String>)> {
        let text = |path: PathBuf| read_to_string(path).ok();
        let base = |name: &str| text(config.knowledge.join(name).join("base.toml"));
        let store = |end: &str| text(beside(&config.store.path, end));
        let bases = ["a", "b", "c"].map(|name| (name.to_owned(), base(name)));
        bases.into_iter().chain(["", "-wal"].map(|end| (end.to_owned(), store(end)))).collect()
    }

    #[test]
    fn a_kill_leaves_the_old_or_the_new_state() {
        let temporary = tempfile::tempdir().expect("a folder");
        let (config, _) = staged(temporary.path());
        let old = state(&config);
        complete(&config).expect("there is nothing to complete");
        assert_eq!(state(&config), old, "killed before the journal");
        let mut ends = Vec::new();
        for done in 0.. {
            let temporary = tempfile::tempdir().expect("a folder");
            let (config, journal) = staged(temporary.path());
            let moves = journal.moves(&config.knowledge);
            if done > moves.len() {
                break;
            }
            journal.begin(&config.knowledge).expect("a journal");
            for (from, to) in &moves[..done] {
                create_dir_all(to.parent().expect("a folder")).expect("a folder");
                let _ = rename(from, to); // some companions of the store do not exist
            }
            complete(&config).expect("it is completed");
            assert!(!is_interrupted(&config) && !config.knowledge.join(FOLDER).exists());
            assert!(!beside(&config.store.path, REPLACED).exists(), "killed after {done} moves");
            ends.push(state(&config));
        }
        let new = [("a", Some("new")), ("b", None), ("c", Some("new")), ("", Some("new")), ("-wal", None)];
        let new = new.map(|(name, text)| (name.to_owned(), text.map(str::to_owned))).to_vec();
        assert!(ends.len() > 6 && ends.iter().all(|end| *end == new), "{ends:?}");
    }
}

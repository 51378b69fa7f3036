//! `verbatim backup`: writes the knowledge folder, the bot's stored data and the settings into one file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::Usage;
use super::archive::{ArchiveWriter, KNOWLEDGE, SETTINGS, STORE};
use super::output::Output;
use super::session;
use crate::config::Config;
use crate::store::{Store, files};
use verbatim_core::engine::Place;
use verbatim_core::engine::curation::recovery::recover;
use verbatim_core::fs;
use verbatim_core::index::generation::{GenerationStore, WriteLock};
use verbatim_core::knowledge::base::{self, SOURCES};
use verbatim_core::text::count::counted;

const EXAMPLES: &str = "\
Examples:
  verbatim backup verbatim-2026-11-29.zip
  verbatim restore verbatim-2026-11-29.zip

The file contains the knowledge folder (without hidden files), the bot's stored data and verbatim.toml without its \
comments. It contains no index, no model, no token and no keys of programs. You can run this while the bot runs.

Keep the file as safe as the bot's stored data, and delete it when it is no longer needed: it still names people whose \
data is deleted later.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Backup {
    /// The file to write; an existing one is replaced
    file: PathBuf,
}

impl Backup {
    pub fn run(
        self,
        config: &Config,
        settings: Option<&Path>,
        output: &mut Output,
    ) -> anyhow::Result<ExitCode> {
        check_outside(config, &self.file)?;
        // In a folder that only this user can read, and on the same file system as the file.
        let draft = Draft::new(&fs::draft_of(&self.file))?;
        let naming = || format!("cannot write {}", self.file.display());
        let file = files::create_export(&draft.0.join("archive")).with_context(naming)?;
        let mut archive = ArchiveWriter::new(file, session::now());
        add_knowledge(config, &mut archive)?;
        add_store(config, &draft.0.join(STORE), &mut archive)?;
        if let Some(path) = settings {
            // A comment may contain anything, even a secret.
            let table: toml::Table = toml::from_str(&fs::read_to_string(path)?)?;
            archive.add(SETTINGS.to_owned(), toml::to_string_pretty(&table)?.as_bytes())?;
        }
        let contents = archive.finish().with_context(naming)?;
        fs::move_file(&draft.0.join("archive"), &self.file)?;
        output.line(&format!(
            "{} written to {}.",
            counted(contents.files.len(), "file"),
            self.file.display()
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Checks that a backup is not in the knowledge folder: it would become part of the next one, and be replaced with the
/// folder.
pub fn check_outside(config: &Config, file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(folder), Ok(knowledge)) = (folder.canonicalize(), config.knowledge.canonicalize()) else {
        return Ok(());
    };
    match folder.starts_with(knowledge) {
        true => Err(Usage("the file is in the knowledge folder; choose another place".to_owned()).into()),
        false => Ok(()),
    }
}

/// A folder that is deleted when it is dropped.
struct Draft(PathBuf);

impl Draft {
    fn new(path: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        fs::remove_folder(path)?;
        let made = std::fs::DirBuilder::new().mode(0o700).create(path);
        made.with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_folder(&self.0); // the next backup to the same file deletes it
    }
}

fn add_knowledge(config: &Config, archive: &mut ArchiveWriter) -> anyhow::Result<()> {
    let names = base::names(&config.knowledge).map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let _locks = lock(config, &names)?;
    let mut found = Vec::new();
    collect(&config.knowledge, &config.knowledge, &mut found)?;
    for path in found {
        let inside = path.strip_prefix(&config.knowledge)?;
        let name = inside.to_str().with_context(|| format!("the name of {} is not UTF-8", path.display()))?;
        let naming = || format!("cannot read {}", path.display());
        archive
            .add(format!("{KNOWLEDGE}{name}"), File::open(&path).with_context(naming)?)
            .with_context(naming)?;
    }
    Ok(())
}

/// Takes the write locks of bases, and completes or undoes interrupted changes.
pub fn lock(config: &Config, names: &[String]) -> anyhow::Result<Vec<WriteLock>> {
    let mut locks = Vec::new();
    for base in names {
        let lock = GenerationStore::new(&config.index, base).lock()?;
        let (knowledge, index, keep) = (config.knowledge.clone(), config.index.clone(), config.keep);
        let place = Place { knowledge, index, base: base.clone(), keep };
        recover(&place, &lock).map_err(|problem| anyhow::anyhow!("{problem}"))?;
        locks.push(lock);
    }
    Ok(locks)
}

/// Finds the files of the knowledge folder, as the program reads them: no hidden files, and below a folder of sources no
/// link that leads out of it.
fn collect(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for path in fs::list(folder)? {
        let data = path.symlink_metadata().with_context(|| format!("cannot read {}", path.display()))?;
        let is_source = folder.iter().skip(root.iter().count()).any(|part| part == SOURCES);
        if fs::name_of(&path).starts_with('.') || data.is_symlink() && is_source && !leads_inside(root, &path)
        {
            continue;
        }
        match path.is_dir() {
            // A link to a folder could be circular. Only a base and its folder of sources can be links.
            true if data.is_symlink() && (is_source || folder.iter().count() > root.iter().count() + 1) => {}
            true => collect(root, &path, found)?,
            false if path.is_file() => found.push(path),
            false => {}
        }
    }
    Ok(())
}

fn leads_inside(root: &Path, path: &Path) -> bool {
    let (Ok(root), Ok(target)) = (root.canonicalize(), path.canonicalize()) else { return false };
    target.starts_with(root)
}

fn add_store(config: &Config, copy: &Path, archive: &mut ArchiveWriter) -> anyhow::Result<()> {
    if !config.store.path.exists() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Store::copy(&config.store.path, copy))?;
    archive.add(STORE.to_owned(), File::open(copy).context("the copy of the store is missing")?)
}

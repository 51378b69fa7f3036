//! Shared by the subcommands: opens a base and prints notes about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::output::{self, BuildProgress};
use crate::config::Config;
use verbatim_core::engine::{Engine, EngineError, OpenedEngine, Place, Resources};
use verbatim_core::fs;
use verbatim_core::index::build::Progress;
use verbatim_core::index::manifest::made_at;
use verbatim_core::knowledge::base::{self, MEDICAL, SOURCES};
use verbatim_core::knowledge::files::source_files;
use verbatim_core::knowledge::sandbox::Sandbox;
use verbatim_core::knowledge::vocabulary_file;

/// The base that a subcommand works on.
#[derive(clap::Args)]
pub struct BaseArgument {
    /// Knowledge base: a folder in knowledge/ [default: the setting `base.default`]
    #[arg(long, value_name = "NAME")]
    pub base: Option<String>,
}

impl BaseArgument {
    /// The folders of the base.
    pub fn place(&self, config: &Config) -> Place {
        place(config, self.base.as_deref().unwrap_or(&config.default_base))
    }
}

/// The folders of the base `name`.
pub fn place(config: &Config, name: &str) -> Place {
    Place {
        knowledge: config.knowledge.clone(),
        index: config.index.clone(),
        base: name.to_owned(),
        keep: config.keep,
    }
}

/// Opens the resources that all bases share, from the folders in the settings.
pub fn resources(config: &Config) -> anyhow::Result<Arc<Resources>> {
    if let (Err(problem), false) = (base::names(&config.knowledge), config.index.exists()) {
        // Reported before any other missing file: the program most likely runs in the wrong folder.
        return Err(EngineError::Unreadable(vec![problem]).into());
    }
    let mut resources = Resources::open(&config.knowledge, &config.models, &config.model, sandbox()?)?;
    resources.threshold = config.confidence.unwrap_or(resources.threshold);
    Ok(Arc::new(resources))
}

/// The sandbox that parses source files in child processes of this program.
pub fn sandbox() -> anyhow::Result<Sandbox> {
    Sandbox::of_this_program()
        .context("the program cannot find its own executable, which it runs to read source files")
}

/// Prints which sandbox restrictions the operating system does not support.
pub fn remark_on_sandbox(sandbox: &Sandbox) {
    let restrictions = match sandbox.check() {
        Ok(restrictions) => restrictions,
        Err(problem) => return output::complain(&problem.to_string()),
    };
    let missing = restrictions.missing();
    if !missing.is_empty() {
        output::remark(&format!(
            "on this system, the process that reads source files is not prevented from {}; add only files that you \
             trust.",
            missing.join(", ")
        ));
    }
}

/// Opens a base to answer from, and builds its index if needed.
pub fn open(config: &Config, base: &BaseArgument) -> anyhow::Result<Engine> {
    let engine = opened(config, base, Engine::open)?;
    if let Some(file) = changed_since(&engine) {
        output::remark(&format!(
            "{file} has changed since the index was built; run `verbatim index` to update it."
        ));
    }
    Ok(engine)
}

/// Opens a draft of a base: its knowledge folder as it is now, without publishing it.
pub fn draft(config: &Config, base: &BaseArgument) -> anyhow::Result<Engine> {
    opened(config, base, Engine::draft)
}

/// A function that opens a base.
type Opening = fn(Arc<Resources>, Place, &str, &mut dyn FnMut(Progress)) -> Result<OpenedEngine, EngineError>;

/// Opens a base, showing progress and printing its remarks.
fn opened(config: &Config, base: &BaseArgument, open: Opening) -> anyhow::Result<Engine> {
    let place = base.place(config);
    let mut progress = BuildProgress::new(&place.base);
    let opened = open(resources(config)?, place, &now(), &mut |report| progress.report(report))?;
    drop(progress);
    opened.remarks.iter().for_each(|remark| output::remark(remark));
    Ok(opened.engine)
}

/// The current time in the format that a generation stores.
pub fn now() -> String {
    made_at(OffsetDateTime::now_utc())
}

/// An input that has changed since the index was built. To be cheap, it reads only files with a newer modification
/// time; `verbatim verify` compares all the text.
fn changed_since(engine: &Engine) -> Option<String> {
    let snapshot = engine.snapshot();
    let folder = engine.place().knowledge.join(&engine.place().base);
    let made = OffsetDateTime::parse(&snapshot.manifest.made, &Rfc3339).ok()?;
    let newer = |path: &Path| {
        let modified = std::fs::metadata(path).and_then(|data| data.modified());
        modified.is_ok_and(|modified| OffsetDateTime::from(modified) > made)
    };
    let inputs = &snapshot.manifest.inputs;
    let changed = inputs.iter().find(|(file, digest)| {
        let path = file_of(&folder, file);
        newer(&path) && fs::digest(&path).is_ok_and(|now| now != **digest)
    });
    let sources = folder.join(SOURCES);
    let listed =
        || source_files(&sources, &mut Vec::new()).into_iter().filter_map(|path| inside(&folder, &path));
    let added = || listed().find(|file| !inputs.contains_key(file));
    let changed = changed.map(|(file, _)| file.clone());
    changed
        .or_else(|| added_or_removed_vocabulary(&engine.place().knowledge, inputs))
        .or_else(|| newer(&sources).then(added).flatten())
}

/// A vocabulary file that is only in the folder, or only among the inputs of the index.
fn added_or_removed_vocabulary(knowledge: &Path, inputs: &BTreeMap<String, String>) -> Option<String> {
    let files: BTreeSet<String> =
        vocabulary_file::files(knowledge).ok()?.into_iter().map(|(name, _)| name).collect();
    let indexed: BTreeSet<String> =
        inputs.keys().filter(|name| vocabulary_file::is_input(name)).cloned().collect();
    files.symmetric_difference(&indexed).next().cloned()
}

fn inside(folder: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(folder).ok()?.iter().map(|part| part.to_string_lossy());
    Some(parts.collect::<Vec<_>>().join("/"))
}

/// Path of an input in a manifest. The vocabulary that all bases share is next to the base's folder.
fn file_of(folder: &Path, name: &str) -> std::path::PathBuf {
    match name == MEDICAL || vocabulary_file::is_input(name) {
        true => folder.with_file_name(name),
        false => folder.join(name),
    }
}

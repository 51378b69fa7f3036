//! What the subcommands that answer have in common: the base is opened, what should be known is told.

use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::output::{self, BuildProgress};
use crate::config::Config;
use crate::engine::{Engine, Place, Resources};
use crate::knowledge::base::{MEDICAL, SOURCES};

/// Which base a subcommand is about.
#[derive(clap::Args)]
pub struct BaseArgument {
    /// Knowledge base, a folder of knowledge/ [default: `base.default` of the settings]
    #[arg(long, value_name = "NAME")]
    pub base: Option<String>,
}

impl BaseArgument {
    /// Where the base lives.
    pub fn place(&self, config: &Config) -> Place {
        Place {
            knowledge: config.knowledge.clone(),
            index: config.index.clone(),
            base: self.base.clone().unwrap_or_else(|| config.default_base.clone()),
            keep: config.keep,
        }
    }
}

/// What all bases share, from the folders of the settings.
pub fn resources(config: &Config) -> anyhow::Result<Arc<Resources>> {
    Ok(Arc::new(Resources::open(&config.knowledge, &config.models, config.model.as_deref())?))
}

/// Opens a base to answer from; builds its index where that is needed.
pub fn open(config: &Config, base: &BaseArgument) -> anyhow::Result<Engine> {
    let place = base.place(config);
    let mut progress = BuildProgress::new(&place.base);
    let opened = Engine::open(resources(config)?, place, &now(), &mut |report| progress.report(report))?;
    drop(progress);
    opened.remarks.iter().for_each(|remark| output::remark(remark));
    if let Some(file) = changed_since(&opened.engine) {
        output::remark(&format!(
            "{file} has changed since the index was built; `verbatim index` takes it in."
        ));
    }
    Ok(opened.engine)
}

/// The time now, RFC 3339, UTC, to the millisecond, so that no two generations are of the same time.
pub fn now() -> String {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(now.millisecond() as u32 * 1_000_000)
        .unwrap_or(now)
        .format(&Rfc3339)
        .expect("the present can be written as RFC 3339")
}

/// A file, or the folder of sources, that was written to after the index was built. Only times are looked
/// at, so that it costs nothing; `verbatim verify` compares the words.
fn changed_since(engine: &Engine) -> Option<String> {
    let snapshot = engine.snapshot();
    let folder = engine.place().knowledge.join(&engine.place().base);
    let made = OffsetDateTime::parse(&snapshot.manifest.made, &Rfc3339).ok()?;
    let newer = |file: &&str| {
        let modified = std::fs::metadata(file_of(&folder, file)).and_then(|data| data.modified());
        modified.is_ok_and(|modified| OffsetDateTime::from(modified) > made + time::Duration::seconds(1))
    };
    let files = snapshot.manifest.inputs.keys().map(String::as_str);
    files.chain([SOURCES]).find(newer).map(str::to_owned)
}

/// Where an input of a manifest is: the vocabulary of all bases stands beside the base.
fn file_of(folder: &Path, name: &str) -> std::path::PathBuf {
    match name == MEDICAL {
        true => folder.with_file_name(name),
        false => folder.join(name),
    }
}

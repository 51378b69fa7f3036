//! Settings, in two stages: as written in `verbatim.toml`, where the types of the [`values`] check each of them, then
//! with their paths resolved. Every setting has a default, so the program works without a file. Secrets are never in the
//! file.

pub mod print;
mod serve;
pub mod values;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use self::serve::{Discord, Http, Limits, Moderation, Privacy, Retention, StoreSettings};
use self::values::{BaseName, LogFilter, ModelName, Share};
use verbatim_core::text::nearest::{nearest, unknown_key};

/// Name of the settings file, searched for in the working folder and its parents.
pub const FILE: &str = "verbatim.toml";

/// The resolved settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Folder of the knowledge bases.
    pub knowledge: PathBuf,
    /// Folder of the indexes.
    pub index: PathBuf,
    /// Folder of the models.
    pub models: PathBuf,
    /// The base that is used when none is named.
    pub default_base: String,
    /// Name of the model's folder in `models`.
    pub model: String,
    /// Lowest confidence at which a question is answered, 0 to 1; `None` uses the model's own threshold.
    pub confidence: Option<f32>,
    /// How many earlier generations to keep for rollback.
    pub keep: usize,
    /// Log filter, in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// Whether the log is JSON, one line per event.
    pub log_json: bool,
    /// The bot's account and intents.
    pub discord: Discord,
    /// Who can moderate, and where.
    pub moderation: Moderation,
    /// Rate and size limits.
    pub limits: Limits,
    /// Where data is stored, and for how long.
    pub store: StoreSettings,
    /// What users are told about their data.
    pub privacy: Privacy,
    /// The web service.
    pub http: Http,
    /// Address that serves metrics to Prometheus; `None` serves none.
    pub metrics: Option<SocketAddr>,
}

/// Why the settings cannot be used. The message names the file, the key and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    paths: PathsSection,
    base: BaseSection,
    #[serde(alias = "semantic")]
    model: ModelSection,
    answers: AnswersSection,
    index: IndexSection,
    logging: LoggingSection,
    discord: Discord,
    moderation: Moderation,
    limits: Limits,
    store: serve::StoreWritten,
    privacy: Privacy,
    http: serve::HttpWritten,
    metrics: serve::MetricsAddress,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PathsSection {
    knowledge: PathBuf,
    index: PathBuf,
    models: PathBuf,
}

impl Default for PathsSection {
    fn default() -> Self {
        Self { knowledge: "knowledge".into(), index: "index".into(), models: "models".into() }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BaseSection {
    default: BaseName,
}

impl Default for BaseSection {
    fn default() -> Self {
        Self { default: BaseName("ldn".to_owned()) }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ModelSection {
    #[serde(alias = "model")]
    name: ModelName,
}

impl Default for ModelSection {
    fn default() -> Self {
        Self { name: ModelName("reader".to_owned()) }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AnswersSection {
    confidence: Option<Share>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct IndexSection {
    keep: usize,
}

impl Default for IndexSection {
    fn default() -> Self {
        Self { keep: 3 }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LoggingSection {
    level: LogFilter,
    format: LogFormat,
}

impl Default for LoggingSection {
    fn default() -> Self {
        Self { level: LogFilter("info".to_owned()), format: LogFormat::Plain }
    }
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum LogFormat {
    Plain,
    Json,
}

impl Config {
    /// Reads the settings from `file`, or else from the nearest `verbatim.toml` in `working` or its parents, or else
    /// uses the defaults. Relative paths start at the file's folder; without a file, at the nearest folder that
    /// contains a `knowledge` folder.
    ///
    /// # Errors
    /// If the file cannot be read, is not TOML, or has an unknown key or an invalid value.
    pub fn find(file: Option<&Path>, working: &Path) -> Result<Self, ConfigError> {
        let Some(path) = Self::file(file, working) else {
            let root = above(working, "knowledge").unwrap_or(working);
            return Ok(resolve(Written::default(), root));
        };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            ConfigError(format!(
                "{}: the settings cannot be read: {error}. Name a file that exists.",
                path.display()
            ))
        })?;
        let root = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self::parse(&text, &path, root)
    }

    /// The settings file that [`Config::find`] reads; `None` if it uses the defaults.
    pub fn file(file: Option<&Path>, working: &Path) -> Option<PathBuf> {
        file.map(Path::to_owned).or_else(|| above(working, FILE).map(|folder| folder.join(FILE)))
    }

    /// Parses settings from `text`. Errors name `path`; relative paths start at `root`.
    ///
    /// # Errors
    /// If `text` is not TOML, or has an unknown key or an invalid value.
    pub fn parse(text: &str, path: &Path, root: &Path) -> Result<Self, ConfigError> {
        let document = toml::Deserializer::parse(text).map_err(|error| describe(path, text, &error, None))?;
        let written: Written = serde_path_to_error::deserialize(document).map_err(|error| {
            let key = error.path().to_string();
            describe(path, text, error.inner(), Some(&key))
        })?;
        Ok(resolve(written, root))
    }
}

/// The nearest of this folder and its parents that contains `name`.
fn above<'a>(working: &'a Path, name: &str) -> Option<&'a Path> {
    working.ancestors().find(|folder| folder.join(name).exists())
}

fn resolve(written: Written, root: &Path) -> Config {
    let Written { paths, discord, .. } = written;
    let token_file = discord.token_file.map(|file| root.join(file));
    Config {
        knowledge: root.join(paths.knowledge),
        index: root.join(paths.index),
        models: root.join(paths.models),
        default_base: written.base.default.0,
        confidence: written.answers.confidence.map(|share| share.0),
        model: written.model.name.0,
        keep: written.index.keep,
        log: written.logging.level.0,
        log_json: written.logging.format == LogFormat::Json,
        discord: Discord { token_file, ..discord },
        moderation: written.moderation,
        limits: written.limits,
        store: written.store.resolve(root),
        privacy: written.privacy,
        http: written.http.resolve(root),
        metrics: written.metrics.0,
    }
}

/// Describes an error in the file at `path`, of the setting `key` if the file is TOML.
fn describe(path: &Path, text: &str, error: &toml::de::Error, key: Option<&str>) -> ConfigError {
    let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let place = format!("{}:{line}", path.display());
    let message = error.message();
    if let Some((unknown, known)) = unknown_key(message) {
        return ConfigError(match nearest(&unknown, known.iter().map(String::as_str)) {
            Some(near) => format!("{place}: there is no setting `{unknown}`. Did you mean `{near}`?"),
            None => format!("{place}: there is no setting `{unknown}`. Settings here: {}.", known.join(", ")),
        });
    }
    ConfigError(match key {
        // The error of a table names the setting itself.
        Some(key) if !message.starts_with(&format!("`{key}.")) => format!("{place}: `{key}`: {message}"),
        _ => format!("{place}: {message}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("verbatim.toml"), Path::new("root")).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_written_means_the_defaults() {
        let config = parse("").unwrap();
        assert_eq!(config.knowledge, Path::new("root/knowledge"));
        assert_eq!((config.default_base.as_str(), config.keep), ("ldn", 3));
        assert_eq!(config.model, "reader");
    }

    #[test]
    fn the_model_is_named_by_its_folder() {
        assert_eq!(parse("[model]\nname = \"mine\"").unwrap().model, "mine");
        assert_eq!(
            parse("[semantic]\nmodel = \"mine\"").unwrap().model,
            "mine",
            "the setting's name in earlier versions"
        );
        insta::assert_snapshot!(parse("[semantic]\nmodel = \"none\"").unwrap_err(), @r#"verbatim.toml:2: `semantic.model`: `none` was for an earlier version, which could run without the model. Write "reader", or leave the setting out."#);
    }

    #[test]
    fn wrong_settings_are_named_with_the_right_ones() {
        insta::assert_snapshot!(parse("[paths]\nindx = \"i\"").unwrap_err(), @"verbatim.toml:2: there is no setting `indx`. Did you mean `index`?");
        insta::assert_snapshot!(parse("[pahts]").unwrap_err(), @"verbatim.toml:1: there is no setting `pahts`. Did you mean `paths`?");
        insta::assert_snapshot!(parse("[index]\nkeep = \"many\"").unwrap_err(), @r#"verbatim.toml:2: `index.keep`: invalid type: string "many", expected usize"#);
        insta::assert_snapshot!(parse("[logging]\nlevel = \"lo=u=d\"").unwrap_err(), @r#"verbatim.toml:2: `logging.level`: `lo=u=d` is invalid: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5. Write error, warn, info, debug or trace."#);
    }

    #[test]
    fn an_invalid_value_is_named_with_its_key_and_the_remedy() {
        let errors = [
            "[base]\ndefault = \" \"",
            "[answers]\nconfidence = 1.5",
            "[limits]\nin_flight = 0",
            "[store]\npost_days = 3661",
            "[store]\ngap_weeks = -1",
            "[store]\npath = \"\"",
            "[discord]\napplication = \"my bot\"",
            "[moderation]\nroles = [\"1\", \"@mods\"]",
            "[metrics]\nlisten = \"here\"",
        ];
        let errors = errors.map(|text| parse(text).expect_err("it is invalid"));
        insta::assert_snapshot!(errors.join("\n"), @r#"
        verbatim.toml:2: `base.default`: the name is empty. Name a folder in knowledge/.
        verbatim.toml:2: `answers.confidence`: 1.5 is out of range. Write a number from 0 to 1.
        verbatim.toml:2: `limits.in_flight`: 0 is too small. Write 1 or more.
        verbatim.toml:2: `store.post_days`: 3661 is out of range. Write a number from 0 to 3660.
        verbatim.toml:2: `store.gap_weeks`: -1 is out of range. Write a number from 0 to 522.
        verbatim.toml:2: `store.path`: the path is empty. Name a file, such as "verbatim.db".
        verbatim.toml:2: `discord.application`: `my bot` is not a Discord id. In Discord, turn on Developer Mode, right-click and choose Copy ID; write it in quotes.
        verbatim.toml:2: `moderation.roles[1]`: `@mods` is not a Discord id. In Discord, turn on Developer Mode, right-click and choose Copy ID; write it in quotes.
        verbatim.toml:1: `metrics.listen` is `here`, which is not an address. Write one such as "127.0.0.1:9464".
        "#);
        let contact = format!("[privacy]\ncontact = \"{}\"", "x".repeat(301));
        insta::assert_snapshot!(parse(&contact).expect_err("it is too long"), @"verbatim.toml:2: `privacy.contact`: the text has 301 characters. Shorten it to 300 characters or fewer.");
    }

    #[test]
    fn empty_strings_mean_that_nothing_is_set() {
        let config =
            parse("[discord]\ntoken_file = \" \"\napplication = \"\"\n[privacy]\ncontact = \"\"").unwrap();
        assert_eq!((config.discord, config.privacy), (Discord::default(), Privacy::default()));
    }

    #[test]
    fn metrics_for_other_machines_are_allowed_explicitly() {
        let metrics = |listen: &str, more: &str| {
            parse(&format!("[metrics]\nlisten = \"{listen}\"\n{more}")).map(|config| config.metrics)
        };
        for loopback in ["127.0.0.1:9464", "127.8.9.1:1", "[::1]:9464", "[::ffff:127.0.0.1]:9464"] {
            assert_eq!(metrics(loopback, ""), Ok(Some(loopback.parse().unwrap())), "{loopback}");
        }
        for remote in ["0.0.0.0:9464", "[::]:9464", "192.168.1.2:9464", "[::ffff:10.0.0.1]:9464"] {
            assert!(metrics(remote, "").is_err(), "{remote}");
            assert_eq!(metrics(remote, "allow_remote = true"), Ok(Some(remote.parse().unwrap())));
        }
        insta::assert_snapshot!(metrics("0.0.0.0:9464", "").unwrap_err(), @r#"verbatim.toml:1: `metrics.listen` is `0.0.0.0:9464`, which other machines can reach, and anyone who reaches it can read the metrics. Write an address of this machine such as "127.0.0.1:9464", or set `metrics.allow_remote = true`."#);
    }

    #[test]
    fn the_documented_file_is_right_and_says_the_defaults() {
        let text = include_str!("../verbatim.toml");
        assert_eq!(parse(text), parse(""));
    }
}

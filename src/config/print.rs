//! Prints settings as TOML that gives the same settings when it is read again. JSON writes these values as TOML does.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};

use super::serve::{Discord, Http, Limits, Moderation, Privacy, StoreSettings};
use super::values::DiscordId;
use super::{Config, Retention};

/// A setting: its section, its key and its value; `None` if the setting is left out.
pub type Setting = (&'static str, &'static str, Option<Value>);

impl Config {
    /// All settings, in the order of `verbatim.toml`. Paths are absolute.
    pub fn settings(&self) -> Vec<Setting> {
        // Names every field, so that none is forgotten.
        let Self {
            knowledge,
            index,
            models,
            default_base,
            model,
            confidence,
            keep,
            log,
            log_json,
            discord,
            moderation,
            limits,
            store,
            privacy,
            http,
            metrics,
        } = self;
        let format = if *log_json { "json" } else { "plain" };
        // The shortest number that is the same as an `f32`.
        let confidence = confidence.and_then(|share| share.to_string().parse::<f64>().ok());
        let mut settings = vec![
            ("paths", "knowledge", Some(path(knowledge))),
            ("paths", "index", Some(path(index))),
            ("paths", "models", Some(path(models))),
            ("base", "default", Some(json!(default_base))),
            ("model", "name", Some(json!(model))),
            ("answers", "confidence", confidence.map(|share| json!(share))),
            ("index", "keep", Some(json!(keep))),
            ("logging", "level", Some(json!(log))),
            ("logging", "format", Some(json!(format))),
        ];
        settings.extend(of_bot(discord, moderation, limits));
        settings.extend(of_store(store, privacy));
        settings.extend(of_web(http, *metrics));
        settings
    }
}

fn of_bot(discord: &Discord, moderation: &Moderation, limits: &Limits) -> [Setting; 9] {
    let Discord { token_file, application, message_content } = discord;
    let Moderation { guilds, roles } = moderation;
    let Limits { user_per_minute, guild_per_minute, in_flight, attachment_mib } = limits;
    [
        ("discord", "token_file", Some(token_file.as_deref().map_or(json!(""), path))),
        ("discord", "application", Some(application.map_or(json!(""), |id| json!(id.0.to_string())))),
        ("discord", "message_content", Some(json!(message_content))),
        ("moderation", "guilds", Some(ids(guilds))),
        ("moderation", "roles", Some(ids(roles))),
        ("limits", "user_per_minute", Some(json!(user_per_minute.get()))),
        ("limits", "guild_per_minute", Some(json!(guild_per_minute.get()))),
        ("limits", "in_flight", Some(json!(in_flight.get()))),
        ("limits", "attachment_mib", Some(json!(attachment_mib.get()))),
    ]
}

fn of_store(store: &StoreSettings, privacy: &Privacy) -> [Setting; 6] {
    let StoreSettings { path: file, retention: Retention { feedback, audit, gaps, posts } } = store;
    let Privacy { contact } = privacy;
    [
        ("store", "path", Some(path(file))),
        ("store", "feedback_days", Some(json!(feedback.get()))),
        ("store", "audit_days", Some(json!(audit.get()))),
        ("store", "gap_weeks", Some(json!(gaps.get()))),
        ("store", "post_days", Some(json!(posts.get()))),
        ("privacy", "contact", Some(contact.as_ref().map_or(json!(""), |contact| json!(contact.0)))),
    ]
}

fn of_web(http: &Http, metrics: Option<SocketAddr>) -> [Setting; 6] {
    let Http { listen, public_url, keys_file } = http;
    [
        ("http", "listen", Some(address(*listen))),
        ("http", "allow_remote", Some(json!(is_remote(*listen)))),
        ("http", "public_url", Some(json!(public_url.as_deref().unwrap_or_default()))),
        ("http", "keys_file", Some(keys_file.as_deref().map_or(json!(""), path))),
        ("metrics", "listen", Some(address(metrics))),
        ("metrics", "allow_remote", Some(json!(is_remote(metrics)))),
    ]
}

fn path(path: &Path) -> Value {
    let absolute = std::path::absolute(path);
    json!(absolute.as_deref().unwrap_or(path).to_string_lossy())
}

fn ids(ids: &[DiscordId]) -> Value {
    json!(ids.iter().map(|id| id.0.to_string()).collect::<Vec<String>>())
}

fn address(address: Option<SocketAddr>) -> Value {
    json!(address.map_or(String::new(), |address| address.to_string()))
}

/// An address that other machines can reach is only valid together with `allow_remote`.
fn is_remote(address: Option<SocketAddr>) -> bool {
    address.is_some_and(|address| !address.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Config {
        let parsed = Config::parse(text, Path::new("verbatim.toml"), Path::new("/srv/bot"));
        parsed.unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn printed(config: &Config) -> String {
        let mut text = String::new();
        for (section, key, value) in config.settings() {
            if let Some(value) = value {
                writeln!(text, "{section}.{key} = {value}").expect("a string can be written to");
            }
        }
        text
    }

    #[test]
    fn the_defaults_come_back() {
        let config = parse("");
        assert_eq!(parse(&printed(&config)), config);
        // Every setting of the documented file is printed, except the one that is left out.
        let documented: toml::Table = toml::from_str(include_str!("../../verbatim.toml")).expect("TOML");
        let count: usize = documented.values().filter_map(toml::Value::as_table).map(toml::Table::len).sum();
        assert_eq!(config.settings().iter().filter(|(_, _, value)| value.is_some()).count(), count);
    }

    proptest! {
        #[test]
        fn settings_come_back(
            (name, contact) in ("[a-zäß\"'\\\\ ]{0,9}x", "\\PC{0,40}"),
            share in proptest::option::of(0.0_f32..=1.0),
            (days, weeks, count) in (0_u32..=3_660, 0_u32..=522, 1_u32..),
            (is_json, reads_all) in (any::<bool>(), any::<bool>()),
            ids in proptest::collection::vec(1_u64.., 0..3),
            port in any::<u16>(),
            host in "127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1\\]|\\[::\\]",
        ) {
            let name = json!(name);
            let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
            let format = if is_json { "json" } else { "plain" };
            let confidence = share.map_or(String::new(), |share| format!("confidence = {share:?}"));
            let text = format!(
                "[paths]\nknowledge = {name}\nindex = \"/srv/i\"\n[base]\ndefault = {name}\n[answers]\n{confidence}\n\
                 [index]\nkeep = {count}\n[logging]\nformat = \"{format}\"\n[discord]\ntoken_file = {name}\n\
                 application = \"7\"\nmessage_content = {reads_all}\n[moderation]\nguilds = {ids:?}\nroles = {ids:?}\n\
                 [limits]\nin_flight = {count}\n[store]\npath = {name}\naudit_days = {days}\ngap_weeks = {weeks}\n\
                 [privacy]\ncontact = {}\n[http]\nlisten = \"{host}:{port}\"\nallow_remote = true\n\
                 public_url = \"https://a.example.org/\"\nkeys_file = {name}\n\
                 [metrics]\nlisten = \"{host}:{port}\"\nallow_remote = true\n",
                json!(contact)
            );
            let config = parse(&text);
            prop_assert_eq!(parse(&printed(&config)), config);
        }
    }
}

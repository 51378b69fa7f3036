//! Settings of `verbatim serve`: `[discord]`, `[moderation]`, `[limits]`, `[store]`, `[privacy]` and `[metrics]`, as
//! written and as resolved. The token is not a setting: it comes from the environment or from the file named here.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The bot's account and intents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discord {
    /// File whose first line is the bot's token; `DISCORD_TOKEN` takes precedence.
    pub token_file: Option<PathBuf>,
    /// The application's id, for `verbatim invite`; `None` reads it from the token.
    pub application: Option<u64>,
    /// Whether the bot asks for the privileged message-content intent.
    pub message_content: bool,
}

/// Who can moderate, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moderation {
    /// Guilds in which `/<base>-admin` exists.
    pub guilds: Vec<u64>,
    /// Roles whose members can moderate, in addition to members with Manage Server.
    pub roles: Vec<u64>,
}

/// Rate and size limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Questions per minute that a user can ask.
    pub user_per_minute: NonZeroU32,
    /// Questions per minute that a guild can ask.
    pub guild_per_minute: NonZeroU32,
    /// Maximum number of questions in progress or waiting at once.
    pub in_flight: usize,
    /// Maximum size of a file that a moderator can add, in bytes.
    pub attachment_bytes: usize,
}

/// Where data is stored, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Path of the SQLite file.
    pub path: PathBuf,
    /// Days to keep votes.
    pub feedback_days: u32,
    /// Days to keep audit log entries.
    pub audit_days: u32,
    /// Weeks to keep gap counts.
    pub gap_weeks: u32,
    /// Days to keep the record of which message quotes which passages.
    pub post_days: u32,
}

/// What users are told about their data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Privacy {
    /// Whom to ask about stored data, in the operator's words; `None` if not set.
    pub contact: Option<String>,
}

/// `[discord]` as written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DiscordWritten {
    token_file: String,
    application: String,
    message_content: bool,
}

/// `[moderation]` as written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ModerationWritten {
    guilds: Vec<String>,
    roles: Vec<String>,
}

/// `[limits]` as written.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitsWritten {
    user_per_minute: u32,
    guild_per_minute: u32,
    in_flight: usize,
    attachment_mib: usize,
}

impl Default for LimitsWritten {
    fn default() -> Self {
        Self { user_per_minute: 20, guild_per_minute: 300, in_flight: 4_096, attachment_mib: 8 }
    }
}

/// `[store]` as written.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct StoreWritten {
    path: PathBuf,
    feedback_days: u32,
    audit_days: u32,
    gap_weeks: u32,
    post_days: u32,
}

impl Default for StoreWritten {
    fn default() -> Self {
        let path = "verbatim.db".into();
        Self { path, feedback_days: 365, audit_days: 730, gap_weeks: 104, post_days: 180 }
    }
}

/// `[privacy]` as written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PrivacyWritten {
    contact: String,
}

/// `[metrics]` as written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MetricsWritten {
    listen: String,
    allow_remote: bool,
}

impl DiscordWritten {
    pub(super) fn resolve(self, root: &Path) -> Result<Discord, String> {
        let application = match self.application.trim() {
            "" => None,
            text => Some(id("discord.application", text)?),
        };
        Ok(Discord {
            token_file: (!self.token_file.trim().is_empty()).then(|| root.join(self.token_file.trim())),
            application,
            message_content: self.message_content,
        })
    }
}

impl ModerationWritten {
    pub(super) fn resolve(self) -> Result<Moderation, String> {
        let ids = |key: &str, list: &[String]| -> Result<Vec<u64>, String> {
            list.iter().map(|text| id(key, text)).collect()
        };
        Ok(Moderation {
            guilds: ids("moderation.guilds", &self.guilds)?,
            roles: ids("moderation.roles", &self.roles)?,
        })
    }
}

impl LimitsWritten {
    pub(super) fn resolve(self) -> Result<Limits, String> {
        let positive = |key: &str, value: u32| {
            NonZeroU32::new(value).ok_or(format!("`limits.{key}` is 0. Write 1 or more."))
        };
        if self.in_flight == 0 || self.attachment_mib == 0 {
            let key = if self.in_flight == 0 { "in_flight" } else { "attachment_mib" };
            return Err(format!("`limits.{key}` is 0. Write 1 or more."));
        }
        Ok(Limits {
            user_per_minute: positive("user_per_minute", self.user_per_minute)?,
            guild_per_minute: positive("guild_per_minute", self.guild_per_minute)?,
            in_flight: self.in_flight,
            attachment_bytes: self.attachment_mib.saturating_mul(1 << 20),
        })
    }
}

impl StoreWritten {
    pub(super) fn resolve(self, root: &Path) -> Result<StoreSettings, String> {
        let Self { path, feedback_days, audit_days, gap_weeks, post_days } = self;
        if path.as_os_str().is_empty() {
            return Err("`store.path` is empty. Name a file, such as \"verbatim.db\".".to_owned());
        }
        // Ten years: a larger number is a typo, and dates would go out of range.
        if [feedback_days, audit_days, gap_weeks.saturating_mul(7), post_days]
            .iter()
            .any(|&days| days > 3_660)
        {
            return Err("`store` keeps data for more than ten years. Write fewer days or weeks.".to_owned());
        }
        Ok(StoreSettings { path: root.join(path), feedback_days, audit_days, gap_weeks, post_days })
    }
}

/// Maximum length of [`Privacy::contact`], in characters: it shares a message with other text.
const LONGEST_CONTACT: usize = 300;

impl PrivacyWritten {
    pub(super) fn resolve(self) -> Result<Privacy, String> {
        let contact = self.contact.split_whitespace().collect::<Vec<_>>().join(" ");
        if contact.chars().count() > LONGEST_CONTACT {
            return Err(format!(
                "`privacy.contact` is longer than {LONGEST_CONTACT} characters. Shorten it."
            ));
        }
        Ok(Privacy { contact: (!contact.is_empty()).then_some(contact) })
    }
}

impl MetricsWritten {
    pub(super) fn resolve(self) -> Result<Option<SocketAddr>, String> {
        let text = self.listen.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let address: SocketAddr = text.parse().map_err(|_| {
            format!(
                "`metrics.listen` is `{text}`, which is not an address. Write one such as \"127.0.0.1:9464\"."
            )
        })?;
        if !self.allow_remote && !address.ip().to_canonical().is_loopback() {
            return Err(format!(
                "`metrics.listen` is `{text}`, which other machines can reach, and anyone who reaches it can read the \
                 metrics. Write an address of this machine such as \"127.0.0.1:9464\", or set \
                 `metrics.allow_remote = true`."
            ));
        }
        Ok(Some(address))
    }
}

/// Parses a Discord id. Ids are strings because some editors cannot handle TOML integers that long.
fn id(key: &str, text: &str) -> Result<u64, String> {
    text.trim().parse().ok().filter(|&id| id != 0).ok_or_else(|| {
        format!(
            "`{key}` contains `{text}`, which is not a Discord id. In Discord, turn on Developer Mode, \
             right-click and choose Copy ID; write it in quotes."
        )
    })
}

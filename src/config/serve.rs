//! Settings of `verbatim serve`: `[discord]`, `[moderation]`, `[limits]`, `[store]`, `[privacy]` and `[metrics]`, as
//! written and as resolved. The token is not among them: it comes from the environment or from the file named here.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What the bot is and whom it listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discord {
    /// A file whose first line is the bot's token; `DISCORD_TOKEN` goes before it.
    pub token_file: Option<PathBuf>,
    /// The application's id, for `verbatim invite`; `None` where the token tells it.
    pub application: Option<u64>,
    /// Whether the bot asks for the privileged message-content intent.
    pub message_content: bool,
}

/// Who may moderate, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moderation {
    /// Guilds in which `/<base>-admin` exists.
    pub guilds: Vec<u64>,
    /// Roles whose members may moderate beside those with Manage Server.
    pub roles: Vec<u64>,
}

/// How much is taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Questions a user may ask a minute.
    pub user_per_minute: NonZeroU32,
    /// Questions a guild may ask a minute.
    pub guild_per_minute: NonZeroU32,
    /// Questions that are being answered or wait for it, at most.
    pub in_flight: usize,
    /// Largest file that a moderator may add, in bytes.
    pub attachment_bytes: usize,
}

/// Where what is kept is, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// The SQLite file.
    pub path: PathBuf,
    /// Votes are kept for so many days.
    pub feedback_days: u32,
    /// Moderators' acts are kept for so many days.
    pub audit_days: u32,
    /// Gaps are kept for so many weeks.
    pub gap_weeks: u32,
    /// Which message quotes what is kept for so many days.
    pub post_days: u32,
}

/// What people are told about their data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Privacy {
    /// Whom to ask about it, in the operator's words; `None` where they say nothing.
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
        // Ten years: beyond that a number is a slip, and a date would leave the calendar.
        if [feedback_days, audit_days, gap_weeks.saturating_mul(7), post_days]
            .iter()
            .any(|&days| days > 3_660)
        {
            return Err(
                "`store` keeps something for more than ten years. Write fewer days or weeks.".to_owned()
            );
        }
        Ok(StoreSettings { path: root.join(path), feedback_days, audit_days, gap_weeks, post_days })
    }
}

/// Longest [`Privacy::contact`], in characters: it stands in a message with other text.
const LONGEST_CONTACT: usize = 300;

impl PrivacyWritten {
    pub(super) fn resolve(self) -> Result<Privacy, String> {
        let contact = self.contact.split_whitespace().collect::<Vec<_>>().join(" ");
        if contact.chars().count() > LONGEST_CONTACT {
            return Err(format!(
                "`privacy.contact` has more than {LONGEST_CONTACT} characters. Write fewer."
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
                "`metrics.listen` is `{text}`, which is no address. Write one such as \"127.0.0.1:9464\"."
            )
        })?;
        if !self.allow_remote && !address.ip().to_canonical().is_loopback() {
            return Err(format!(
                "`metrics.listen` is `{text}`, which other machines can reach, and whoever does can read the metrics. \
                 Write an address of this machine such as \"127.0.0.1:9464\", or set `metrics.allow_remote = true`."
            ));
        }
        Ok(Some(address))
    }
}

/// Discord's ids have more digits than TOML's numbers are safe for in every editor, so they are text.
fn id(key: &str, text: &str) -> Result<u64, String> {
    text.trim().parse().ok().filter(|&id| id != 0).ok_or_else(|| {
        format!(
            "`{key}` has `{text}`, which is no id of Discord's. In Discord, switch Developer Mode on, \
             right-click and choose Copy ID; write it in quotes."
        )
    })
}

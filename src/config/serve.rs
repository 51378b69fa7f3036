//! Settings of `verbatim serve`: `[discord]`, `[moderation]`, `[limits]`, `[store]`, `[privacy]`, `[http]` and `[metrics]`.
//! The token is not a setting: it comes from the environment or from the file named here.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::values::{Contact, Count, Days, DiscordId, FilePath, Weeks, unless_empty};

/// The bot's account and intents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Discord {
    /// File whose first line is the bot's token; `DISCORD_TOKEN` takes precedence.
    #[serde(deserialize_with = "unless_empty")]
    pub token_file: Option<PathBuf>,
    /// The application's id, for `verbatim invite`; `None` reads it from the token.
    #[serde(deserialize_with = "unless_empty")]
    pub application: Option<DiscordId>,
    /// Whether the bot asks for the privileged message-content intent.
    pub message_content: bool,
}

/// Who can moderate, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Moderation {
    /// Guilds in which `/<base>-admin` exists.
    pub guilds: Vec<DiscordId>,
    /// Roles whose members can moderate, in addition to members with Manage Server.
    pub roles: Vec<DiscordId>,
}

/// Rate and size limits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Questions per minute that a user can ask.
    pub user_per_minute: Count,
    /// Questions per minute that a guild can ask.
    pub guild_per_minute: Count,
    /// Maximum number of questions in progress or waiting at once.
    pub in_flight: Count,
    /// Maximum size of a file that a moderator can add, in MiB.
    pub attachment_mib: Count,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            user_per_minute: Count::new(20),
            guild_per_minute: Count::new(300),
            in_flight: Count::new(4_096),
            attachment_mib: Count::new(8),
        }
    }
}

impl Limits {
    /// Maximum size of a file that a moderator can add, in bytes.
    pub fn attachment_bytes(&self) -> usize {
        (self.attachment_mib.get() as usize).saturating_mul(1 << 20)
    }
}

/// Where data is stored, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Path of the SQLite file.
    pub path: PathBuf,
    /// How long each kind of data is kept.
    pub retention: Retention,
}

/// How long each kind of data is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Votes.
    pub feedback: Days,
    /// Audit log entries.
    pub audit: Days,
    /// Gap counts.
    pub gaps: Weeks,
    /// Records of which message quotes which passages.
    pub posts: Days,
}

/// `[store]` as written.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct StoreWritten {
    path: FilePath,
    feedback_days: Days,
    audit_days: Days,
    gap_weeks: Weeks,
    post_days: Days,
}

impl Default for StoreWritten {
    fn default() -> Self {
        Self {
            path: FilePath("verbatim.db".into()),
            feedback_days: Days::new(365),
            audit_days: Days::new(730),
            gap_weeks: Weeks::new(104),
            post_days: Days::new(180),
        }
    }
}

impl StoreWritten {
    pub(super) fn resolve(self, root: &Path) -> StoreSettings {
        let retention = Retention {
            feedback: self.feedback_days,
            audit: self.audit_days,
            gaps: self.gap_weeks,
            posts: self.post_days,
        };
        StoreSettings { path: root.join(self.path.0), retention }
    }
}

/// What users are told about their data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// Whom to ask about stored data, in the operator's words; `None` if not set.
    #[serde(deserialize_with = "unless_empty")]
    pub contact: Option<Contact>,
}

/// The web service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Http {
    /// Address that serves it; `None` serves nothing.
    pub listen: Option<SocketAddr>,
    /// The address at which people reach it, without a slash at its end; `None` if citations do not link to it.
    pub public_url: Option<String>,
    /// The file of keys; `None` if no program may ask.
    pub keys_file: Option<PathBuf>,
}

/// `[http]` as written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct HttpFields {
    listen: String,
    allow_remote: bool,
    public_url: String,
    keys_file: String,
}

/// `[http]`, checked.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "HttpFields")]
pub(super) struct HttpWritten(Http);

impl TryFrom<HttpFields> for HttpWritten {
    type Error = String;

    fn try_from(written: HttpFields) -> Result<Self, String> {
        let risk = "anyone who reaches it can read the sources";
        let listen = address("http", &written.listen, written.allow_remote, risk)?;
        let url = written.public_url.trim().trim_end_matches('/');
        if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(format!(
                "`http.public_url` is `{url}`, which is not a web address. Write one such as \"https://verbatim.example.org\"."
            ));
        }
        let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(Self(Http {
            listen,
            public_url: set(url),
            keys_file: set(written.keys_file.trim()).map(PathBuf::from),
        }))
    }
}

impl HttpWritten {
    pub(super) fn resolve(self, root: &Path) -> Http {
        let keys_file = self.0.keys_file.map(|file| root.join(file));
        Http { keys_file, ..self.0 }
    }
}

/// The address that serves metrics; `None` if metrics are off.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "MetricsWritten")]
pub(super) struct MetricsAddress(pub Option<SocketAddr>);

/// `[metrics]` as written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MetricsWritten {
    listen: String,
    allow_remote: bool,
}

impl TryFrom<MetricsWritten> for MetricsAddress {
    type Error = String;

    fn try_from(written: MetricsWritten) -> Result<Self, String> {
        let risk = "anyone who reaches it can read the metrics";
        address("metrics", &written.listen, written.allow_remote, risk).map(Self)
    }
}

/// Reads the address that `section` listens at; `None` if it is empty. Other machines must be allowed explicitly.
fn address(section: &str, text: &str, allow_remote: bool, risk: &str) -> Result<Option<SocketAddr>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let address: SocketAddr = text.parse().map_err(|_| {
        format!(
            "`{section}.listen` is `{text}`, which is not an address. Write one such as \"127.0.0.1:9464\"."
        )
    })?;
    if !allow_remote && !address.ip().to_canonical().is_loopback() {
        return Err(format!(
            "`{section}.listen` is `{text}`, which other machines can reach, and {risk}. Write an address of this \
             machine such as \"127.0.0.1:9464\", or set `{section}.allow_remote = true`."
        ));
    }
    Ok(Some(address))
}

//! The users and channels that Discord's events name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The id of the application and of its user: newer applications have one id for both.
pub const APPLICATION: u64 = 1_200_000_000_000_000_001;
/// The guild that every double has.
pub const GUILD: u64 = 1_100_000_000_000_000_001;
/// The text channel of that guild.
pub const CHANNEL: u64 = 1_100_000_000_000_000_002;
/// A thread of that channel.
pub const THREAD: u64 = 1_100_000_000_000_000_003;

/// Manage Server.
pub const MANAGE_GUILD: u64 = 1 << 5;
/// View Channel.
pub const VIEW_CHANNEL: u64 = 1 << 10;
/// Send Messages.
pub const SEND_MESSAGES: u64 = 1 << 11;
/// Embed Links.
pub const EMBED_LINKS: u64 = 1 << 14;
/// Attach Files.
pub const ATTACH_FILES: u64 = 1 << 15;
/// Read Message History.
pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
/// Send Messages in Threads.
pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
/// The permissions of an ordinary member and of the application.
pub const ORDINARY: u64 = VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | SEND_MESSAGES_IN_THREADS
    | 1 << 31;

/// Discord's epoch: the first second of 2015, in milliseconds since 1970.
const EPOCH: u64 = 1_420_070_400_000;

/// Creates an id from the time in milliseconds and a counter. Each id is greater than the previous one.
pub fn snowflake() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    let now = (since.as_millis() as u64 - EPOCH) << 22;
    let next = |last: u64| Some(now.max(last + 1));
    let last = LAST.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).expect("always a next one");
    now.max(last + 1)
}

/// The current time in Discord's format.
pub fn now() -> String {
    OffsetDateTime::now_utc().format(&Rfc3339).expect("a time can be written")
}

/// A user, and a member of every guild that they write in.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: u64,
    pub name: String,
    /// Their permissions in the channel that they write in.
    pub permissions: u64,
    pub roles: Vec<u64>,
    /// The language of their Discord client.
    pub locale: String,
    pub is_bot: bool,
}

impl Person {
    /// An ordinary member.
    pub fn new(id: u64, name: &str) -> Self {
        let (name, locale) = (name.to_owned(), "en-GB".to_owned());
        Self { id, name, permissions: ORDINARY, roles: Vec::new(), locale, is_bot: false }
    }

    /// The application's own user.
    pub fn bot() -> Self {
        Self { is_bot: true, ..Self::new(APPLICATION, "Verbatim") }
    }

    /// Adds permissions.
    pub fn who_may(mut self, permissions: u64) -> Self {
        self.permissions |= permissions;
        self
    }

    /// Adds a role.
    pub fn with_role(mut self, role: u64) -> Self {
        self.roles.push(role);
        self
    }

    /// The user object.
    pub fn user(&self) -> Value {
        json!({
            "id": self.id.to_string(), "username": self.name, "global_name": self.name,
            "discriminator": "0", "avatar": null, "bot": self.is_bot, "public_flags": 0,
            "avatar_decoration_data": null, "primary_guild": null, "collectibles": null,
        })
    }

    /// The member object without the user, as in messages.
    pub fn partial_member(&self) -> Value {
        let roles: Vec<String> = self.roles.iter().map(u64::to_string).collect();
        json!({
            "roles": roles, "nick": null, "avatar": null, "banner": null,
            "joined_at": "2024-01-01T00:00:00.000000+00:00", "premium_since": null, "deaf": false,
            "mute": false, "flags": 0, "pending": false, "communication_disabled_until": null,
        })
    }

    /// The member object of an interaction, with permissions.
    pub fn member(&self) -> Value {
        let mut member = self.partial_member();
        member["user"] = self.user();
        member["permissions"] = json!(self.permissions.to_string());
        member["unusual_dm_activity_until"] = json!(null);
        member
    }
}

/// A channel, with the application's permissions in it.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// The guild; `None` for direct messages.
    pub guild: Option<u64>,
    pub channel: u64,
    /// The parent channel of a thread.
    pub parent: Option<u64>,
    /// The application's permissions there.
    pub app_permissions: u64,
}

impl Spot {
    /// The channel that every double has.
    pub fn channel() -> Self {
        Self::of(GUILD, CHANNEL)
    }

    /// The thread that every double has.
    pub fn thread() -> Self {
        Self { parent: Some(CHANNEL), ..Self::of(GUILD, THREAD) }
    }

    /// A text channel in a guild.
    pub fn of(guild: u64, channel: u64) -> Self {
        Self { guild: Some(guild), channel, parent: None, app_permissions: ORDINARY }
    }

    /// Direct messages with a user; the channel's id is derived from the user's.
    pub fn direct(user: u64) -> Self {
        Self { guild: None, channel: user + 1, parent: None, app_permissions: ORDINARY }
    }

    /// Removes a permission of the application.
    pub fn without(mut self, permissions: u64) -> Self {
        self.app_permissions &= !permissions;
        self
    }

    /// Discord's number for the channel's type.
    pub fn kind(&self) -> u8 {
        match (self.guild, self.parent) {
            (None, _) => 1,
            (Some(_), None) => 0,
            (Some(_), Some(_)) => 11,
        }
    }

    /// The channel object.
    pub fn object(&self) -> Value {
        let mut object = json!({
            "id": self.channel.to_string(), "type": self.kind(), "last_message_id": null, "flags": 0,
        });
        let Some(guild) = self.guild else {
            object["recipients"] = json!([Person::new(self.channel - 1, "someone").user()]);
            return object;
        };
        object["guild_id"] = json!(guild.to_string());
        object["name"] = json!(format!("channel-{}", self.channel % 1_000));
        object["parent_id"] = json!(self.parent.map(|parent| parent.to_string()));
        object["rate_limit_per_user"] = json!(0);
        if self.parent.is_some() {
            object["owner_id"] = json!("1");
            object["message_count"] = json!(1);
            object["member_count"] = json!(2);
            object["thread_metadata"] = json!({ "archived": false, "auto_archive_duration": 1440,
                "archive_timestamp": now(), "locked": false, "create_timestamp": now() });
        } else {
            object["topic"] = json!(null);
            object["position"] = json!(0);
            object["nsfw"] = json!(false);
            object["permission_overwrites"] = json!([]);
        }
        object
    }

    /// The channel object of an interaction.
    pub fn partial(&self) -> Value {
        let mut object = self.object();
        object["permissions"] = json!(ORDINARY.to_string());
        object
    }
}

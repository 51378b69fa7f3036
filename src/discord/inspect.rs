//! What Discord says about the bot's account, for `verbatim doctor`. These requests change nothing.

use reqwest::header::DATE;
use serenity::all::{ApplicationFlags, GuildId, GuildPagination, Http, Permissions};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::connect::{Access, ServeError, enter};
use super::invite::NEEDED;
use super::rest::response_of;
use crate::config::Config;

/// The bot's account, as Discord sees it. An inner error says why Discord did not answer that question.
pub struct Account {
    /// The bot's name.
    pub name: String,
    /// Whether the application may use the Message Content intent.
    pub message_content: Result<bool, String>,
    /// The guilds of `moderation.guilds`, with what the bot lacks there.
    pub guilds: Vec<(u64, Missing)>,
    /// How many seconds this machine's clock is ahead of Discord's; `None` if Discord sent no time.
    pub clock: Option<i64>,
}

/// The names of the permissions that the bot lacks in a guild; `None` if it is not a member.
pub type Missing = Result<Option<Vec<&'static str>>, String>;

/// Asks Discord about the account that the token belongs to.
///
/// # Errors
/// [`ServeError`], as `serve` would report it.
pub async fn inspect(access: &Access, settings: &Config) -> Result<Account, ServeError> {
    let (http, client) = access.client()?;
    let entry = enter(&http).await?;
    let application = http.get_current_application_info().await;
    let mut guilds = Vec::new();
    for guild in &settings.moderation.guilds {
        guilds.push((guild.0, missing_in(&http, GuildId::new(guild.0)).await));
    }
    Ok(Account {
        name: entry.user.name.clone(),
        message_content: application
            .map(|application| may_read_messages(application.flags.unwrap_or(ApplicationFlags::empty())))
            .map_err(|error| response_of(&error)),
        guilds,
        clock: clock(access, &client).await,
    })
}

fn may_read_messages(flags: ApplicationFlags) -> bool {
    // The second flag is for bots in fewer than 100 guilds.
    flags.intersects(
        ApplicationFlags::GATEWAY_MESSAGE_CONTENT | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED,
    )
}

async fn missing_in(http: &Http, guild: GuildId) -> Missing {
    let before = GuildPagination::After(GuildId::new((guild.get() - 1).max(1)));
    let found = http.get_guilds(Some(before), Some(1)).await.map_err(|error| response_of(&error))?;
    let Some(found) = found.into_iter().find(|found| found.id == guild) else { return Ok(None) };
    let missing = match found.owner || found.permissions.contains(Permissions::ADMINISTRATOR) {
        true => Permissions::empty(),
        false => NEEDED - found.permissions,
    };
    Ok(Some(missing.get_permission_names()))
}

/// Compares the clocks, to the second.
async fn clock(access: &Access, client: &reqwest::Client) -> Option<i64> {
    let origin = access.proxy().unwrap_or("https://discord.com");
    let response = client.get(format!("{origin}/api/v10/gateway")).send().await.ok()?;
    let theirs = OffsetDateTime::parse(response.headers().get(DATE)?.to_str().ok()?, &Rfc2822).ok()?;
    Some((OffsetDateTime::now_utc() - theirs).whole_seconds())
}

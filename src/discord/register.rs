//! Registers the commands with Discord: looks up the registered ones first, and sends commands only if they differ.

use serde_json::Value;
use serenity::all::{ApplicationId, GuildId, Http};
use serenity::http::{LightMethod, Request, Route};

use super::Bot;
use super::command;
use super::registry::Offered;

/// Registers the commands for everybody, and those for moderators in their guilds. Failures are logged; commands that
/// are already registered keep working.
pub async fn register(bot: &Bot) {
    let offered: Vec<Offered> =
        bot.registry.offered().into_iter().filter(|base| command::is_offerable(&base.base)).collect();
    let mut are_registered = register_in(bot, None, &command::for_everybody(&offered)).await;
    let moderating = command::for_moderators(&offered);
    for &guild in &bot.settings.moderation.guilds {
        are_registered &= register_in(bot, Some(GuildId::new(guild.0)), &moderating).await;
    }
    match are_registered {
        true => tracing::info!(bases = offered.len(), "the commands are in place"),
        false => tracing::warn!("some commands are not in place; see the errors above"),
    }
}

/// Registers commands globally or in one guild. Returns whether they are registered now.
async fn register_in(bot: &Bot, scope: Option<GuildId>, commands: &[Value]) -> bool {
    let guild = scope.map_or(0, GuildId::get);
    let http = bot.rest.http();
    match registered(http, bot.application, scope).await {
        Ok(registered) if command::are_same(commands, &registered) => {
            tracing::debug!(guild, "the commands are already registered");
            return true;
        }
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(
                guild,
                response = super::rest::response_of(&error),
                "the registered commands cannot be looked up"
            );
        }
    }
    let registered = bot.rest.register(scope, commands).await;
    match registered {
        Ok(()) => tracing::info!(guild, count = commands.len(), "the commands were registered"),
        Err(_) if scope.is_some() => tracing::error!(
            guild,
            "moderators have no commands in this guild of `moderation.guilds`: invite the bot there with the link \
             that `verbatim invite` prints, or remove the id from the settings"
        ),
        Err(_) => tracing::error!("the commands could not be registered; the previous ones keep working"),
    }
    registered.is_ok()
}

async fn registered(
    http: &Http,
    application_id: ApplicationId,
    scope: Option<GuildId>,
) -> serenity::Result<Vec<Value>> {
    let route = match scope {
        None => Route::Commands { application_id },
        Some(guild_id) => Route::GuildCommands { application_id, guild_id },
    };
    http.fire(Request::new(route, LightMethod::Get)).await
}

//! Registers the commands with Discord: looks up the registered ones first, and sends commands only if they differ.

use serde_json::Value;
use serenity::all::{ApplicationId, GuildId, Http};
use serenity::http::{LightMethod, Request, Route};

use super::Bot;
use super::command::{self, Offered};

/// Registers the commands for everybody, and those for moderators in their guilds. Failures are logged; commands that
/// are already registered keep working.
pub async fn register(bot: &Bot) {
    let offered: Vec<Offered> =
        bot.registry.offered().into_iter().filter(|base| command::is_offerable(&base.base)).collect();
    bring(bot, None, command::for_everybody(&offered)).await;
    let moderating = command::for_moderators(&offered);
    for &guild in &bot.settings.moderation.guilds {
        bring(bot, Some(GuildId::new(guild.0)), moderating.clone()).await;
    }
    tracing::info!(bases = offered.len(), "the commands are in place");
}

async fn bring(bot: &Bot, scope: Option<GuildId>, commands: Vec<Value>) {
    let guild = scope.map_or(0, GuildId::get);
    let http = bot.rest.http();
    match registered(http, bot.application, scope).await {
        Ok(registered) if command::are_same(&commands, &registered) => {
            tracing::debug!(guild, "the commands are already registered");
            return;
        }
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(
                guild,
                said = super::rest::said(&error),
                "the registered commands cannot be looked up"
            );
        }
    }
    match bot.rest.register(scope, &commands).await {
        Ok(()) => tracing::info!(guild, count = commands.len(), "the commands were registered"),
        Err(_) if scope.is_some() => tracing::error!(
            guild,
            "moderators have no commands in this guild of `moderation.guilds`: invite the bot there with the link \
             that `verbatim invite` prints, or remove the id from the settings"
        ),
        Err(_) => tracing::error!("the commands could not be registered; the previous ones keep working"),
    }
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

//! Moderators' commands: `/<base>-admin`. Everything here is visible only to the moderator and checked on every use.
//! Changes and attempts to change something are recorded in the audit log, including refusals.

mod add;
mod change;
mod channel;
pub mod command;
mod download;
mod draft;
mod draft_messages;
mod form;
mod job;
mod messages;
mod progress;
mod report;
mod withhold;

use std::sync::Arc;

use serenity::all::{GuildId, Permissions, RoleId};

pub use self::channel::{may_confirm, offer_confirmation, store_confirmation};
use self::command::ModeratorCommand;
pub use self::download::Downloads;
pub use self::draft::Drafts;
pub use self::withhold::{Resuming, forget_post, resume, resume_if_withheld};
use super::Bot;
use super::interaction::{InteractionContext, Options};
use super::registry::Served;
use super::respond::{outdated, respond_at_once, respond_privately};
use super::rest::{Response, message};
use crate::config::Moderation;
use crate::config::values::DiscordId;
use crate::store::{AuditAction, NewAuditEntry, Store, unix_now};
use verbatim_core::render::action::{Action, List};

/// Whether the user may moderate.
pub fn may_moderate(bot: &Bot, context: &InteractionContext) -> bool {
    is_moderator(&bot.settings.moderation, context.guild, context.permissions, &context.roles)
}

/// Whether the guild is in the settings, and the user manages the server or has a role from the settings.
fn is_moderator(
    settings: &Moderation,
    guild: Option<GuildId>,
    permissions: Permissions,
    roles: &[RoleId],
) -> bool {
    let here = guild.is_some_and(|guild| settings.guilds.contains(&DiscordId(guild.get())));
    let manages = permissions.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR);
    here && (manages || roles.iter().any(|role| settings.roles.contains(&DiscordId(role.get()))))
}

/// Runs a moderator's command, or refuses it.
pub async fn command(
    bot: &Arc<Bot>,
    context: InteractionContext,
    served: Arc<Served>,
    name: &str,
    options: &Options,
) {
    if !may_moderate(bot, &context) {
        return refuse(bot, &context, &served, name).await;
    }
    let Some(command) = ModeratorCommand::parse(name, options) else { return outdated(bot, &context).await };
    match command {
        ModeratorCommand::Reindex { force } => change::reindex(bot, context, served, force).await,
        ModeratorCommand::Rollback { to } => change::rollback(bot, context, served, to).await,
        ModeratorCommand::Status => {
            respond_privately(bot, &context, report::status(bot, &served, context.guild)).await;
        }
        ModeratorCommand::Sources => report::show(bot, &context, &served, List::SourceDetails, 0).await,
        ModeratorCommand::Gaps { weeks } => {
            report::show(bot, &context, &served, List::Gaps { weeks }, 0).await;
        }
        ModeratorCommand::Audit => report::show(bot, &context, &served, List::Audit, 0).await,
        ModeratorCommand::Add { file, force } => add::upload(bot, context, served, &file, force).await,
        ModeratorCommand::Remove { source, force } => {
            change::offer_removal(bot, &context, &served, &source, force).await;
        }
        ModeratorCommand::Withhold { passage, reason } => {
            withhold::withhold(bot, context, served, passage, reason).await;
        }
        ModeratorCommand::Restore { passage, force } => {
            withhold::restore(bot, context, served, passage, force).await;
        }
        ModeratorCommand::Channel { mode, channel } => {
            channel::set(bot, &context, &served, mode, channel).await;
        }
        ModeratorCommand::ConfirmChannels => channel::confirm(bot, &context, &served).await,
    }
}

/// Runs the action of a moderator's button.
pub async fn pressed(bot: &Arc<Bot>, context: InteractionContext, action: Action) {
    let served = match &action {
        Action::AddDetails { draft } | Action::AddPublish { draft } | Action::AddCancel { draft } => {
            base_of(bot, *draft)
        }
        action => action.base().and_then(|base| bot.registry.find(Some(base))),
    };
    let Some(served) = served else { return outdated(bot, &context).await };
    let may = match action {
        Action::ConfirmChannels { .. } => may_confirm(bot, &context),
        _ => may_moderate(bot, &context),
    };
    if !may {
        return refuse(bot, &context, &served, "button").await;
    }
    match action {
        Action::AddDetails { draft } => add::ask_for_details(bot, &context, draft).await,
        Action::AddPublish { draft } => add::publish(bot, context, draft).await,
        Action::AddCancel { draft } => add::cancel(bot, &context, draft).await,
        Action::List { list, .. } => report::show(bot, &context, &served, list, 0).await,
        Action::Page { of, number } => match *of {
            Action::List { list, .. } => report::show(bot, &context, &served, list, number).await,
            _ => outdated(bot, &context).await,
        },
        Action::RemoveConfirm { source, force, .. } => {
            change::remove(bot, context, served, source, force).await
        }
        Action::ConfirmChannels { .. } => channel::confirm(bot, &context, &served).await,
        Action::RemoveCancel { .. } => {
            let card = messages::cancelled(&bot.disclaimer());
            let _ = bot.rest.respond(context.id, &context.token, Response::Update(message(&card))).await;
        }
        _ => outdated(bot, &context).await,
    }
}

/// Handles the submitted form of a draft.
pub async fn filled_in(bot: &Arc<Bot>, context: InteractionContext, draft: u64, fields: &[(String, String)]) {
    let Some(served) = base_of(bot, draft) else { return outdated(bot, &context).await };
    if !may_moderate(bot, &context) {
        return refuse(bot, &context, &served, "form").await;
    }
    add::details(bot, context, draft, fields).await;
}

/// The base that a draft is for; the default base if the draft no longer exists.
fn base_of(bot: &Bot, draft: u64) -> Option<Arc<Served>> {
    bot.drafts.base(draft).or_else(|| bot.registry.find(None))
}

/// Refuses a user who may not moderate, and records the attempt in the audit log.
pub async fn refuse(bot: &Arc<Bot>, context: &InteractionContext, served: &Served, act: &str) {
    respond_at_once(bot, context, &messages::may_not(served)).await;
    tracing::warn!(act, "a moderator's command was refused");
    audit(bot, context, served, AuditAction::Refused, act, "refused").await;
}

/// Adds a moderator's action or attempt to the audit log.
async fn audit(
    bot: &Bot,
    context: &InteractionContext,
    served: &Served,
    act: AuditAction,
    subject: &str,
    outcome: &str,
) {
    let (user, guild) = (context.user.get(), context.guild.map(GuildId::get));
    let base = served.name.as_str();
    let entry = NewAuditEntry { user, guild, base, act, subject, outcome, began: context.began() };
    let write = |store: Store| async move { store.audit(entry, unix_now()).await };
    if bot.store.write("write the audit log", write).await.is_none() {
        let act = act.as_str();
        tracing::warn!(base, act, subject, outcome, "could not write a moderator's action to the store");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moderators_are_those_of_the_settings() {
        let settings = Moderation { guilds: vec![DiscordId(1)], roles: vec![DiscordId(9)] };
        let may = |guild: Option<u64>, permissions, roles: &[u64]| {
            let roles: Vec<RoleId> = roles.iter().map(|&role| RoleId::new(role)).collect();
            is_moderator(&settings, guild.map(GuildId::new), permissions, &roles)
        };
        let none = Permissions::empty();
        assert!(may(Some(1), Permissions::MANAGE_GUILD, &[]));
        assert!(may(Some(1), Permissions::ADMINISTRATOR, &[]));
        assert!(may(Some(1), none, &[8, 9]));
        assert!(!may(Some(1), Permissions::MANAGE_CHANNELS, &[8]));
        // Any other guild can make anybody its manager.
        assert!(!may(Some(2), Permissions::all(), &[9]));
        assert!(!may(None, Permissions::all(), &[9]));
    }
}

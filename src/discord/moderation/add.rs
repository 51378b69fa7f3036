//! `add`: downloads a file, reads it for a preview, asks for details in a form, and only then adds it. Until then a
//! draft waits in memory; a restart discards it, and nothing has changed.

use std::sync::Arc;
use std::time::Duration;

use super::draft::{Draft, DraftError};
use super::job::Job;
use super::{change, draft_messages, form, messages};
use crate::discord::Bot;
use crate::discord::interaction::{File, InteractionContext};
use crate::discord::registry::Served;
use crate::discord::respond::respond_at_once;
use crate::discord::rest::{Response, message};
use crate::store::AuditAction;
use verbatim_core::engine::Engine;
use verbatim_core::engine::curation;
use verbatim_core::knowledge::draft::SourceDraft;
use verbatim_core::knowledge::metadata::SourceMetadata;
use verbatim_core::knowledge::preview::PreviewLimits;
use verbatim_core::render::card::Card;

/// Time limit for reading a file.
const READING: Duration = Duration::from_secs(60);

/// Reads an attached file and shows its preview.
pub async fn upload(
    bot: &Arc<Bot>,
    context: InteractionContext,
    served: Arc<Served>,
    file: &File,
    force: bool,
) {
    if bot.rest.respond(context.id, &context.token, Response::Later { private: true }).await.is_err() {
        return;
    }
    let card = match bot.downloads.fetch(file).await {
        Ok(bytes) => read(bot, &context, &served, file, bytes, force).await,
        Err(error) => draft_messages::not_read(&served, &file.name, &error.to_string()),
    };
    let _ = bot.rest.edit_response(&context.token, context.id.get(), &message(&card)).await;
}

async fn read(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    served: &Arc<Served>,
    file: &File,
    bytes: Vec<u8>,
    force: bool,
) -> Card {
    let limits = PreviewLimits {
        bytes: bot.settings.limits.attachment_bytes() as u64,
        sections: 15,
        sentences: 5,
        characters: 1_200,
    };
    let bytes = Arc::new(bytes);
    let (reader, read_bytes, name) = (served.clone(), bytes.clone(), file.name.clone());
    let task = tokio::task::spawn_blocking(move || reader.engine.preview(&name, &read_bytes, limits));
    let preview = match tokio::time::timeout(READING, task).await {
        Ok(Ok(preview)) => preview,
        Ok(Err(_)) => {
            let why = "it may be damaged; save it again, or save its text as Markdown or plain text";
            return draft_messages::not_read(served, &file.name, why);
        }
        Err(_) => {
            let why = "reading it took too long; save its text as Markdown or plain text, or split it";
            return draft_messages::not_read(served, &file.name, why);
        }
    };
    if !preview.is_readable() {
        return draft_messages::preview(served, &file.name, &preview, None);
    }
    let id = bot.drafts.number();
    let draft = Draft {
        served: served.clone(),
        by: context.user.get(),
        file_name: file.name.clone(),
        bytes,
        asked_to_force: force,
        force,
        confirm: force,
        metadata: form::stated(&preview),
        preview: Arc::new(preview),
    };
    let card = draft_messages::preview(served, &file.name, &draft.preview, Some(id));
    bot.drafts.keep(id, draft);
    card
}

/// Opens the form for a draft.
pub async fn ask_for_details(bot: &Arc<Bot>, context: &InteractionContext, id: u64) {
    match bot.drafts.find(id, context.user.get()) {
        Ok(draft) => {
            let form = Response::Form(form::form(id, &draft.metadata));
            let _ = bot.rest.respond(context.id, &context.token, form).await;
        }
        Err(error) => refuse(bot, context, error).await,
    }
}

/// Stores the details from the form and shows the draft with them.
pub async fn details(bot: &Arc<Bot>, context: InteractionContext, id: u64, fields: &[(String, String)]) {
    let mut draft = match bot.drafts.find(id, context.user.get()) {
        Ok(draft) => draft,
        Err(error) => return refuse(bot, &context, error).await,
    };
    draft.metadata = form::read(fields);
    draft.force = draft.asked_to_force;
    draft.confirm = draft.asked_to_force;
    let card = draft_messages::described(&draft, id);
    bot.drafts.keep(id, draft);
    let _ = bot.rest.respond(context.id, &context.token, Response::Update(message(&card))).await;
}

async fn refuse(bot: &Bot, context: &InteractionContext, error: DraftError) {
    respond_at_once(bot, context, &draft_messages::no_draft(error, &bot.disclaimer())).await;
}

/// Drops a draft.
pub async fn cancel(bot: &Arc<Bot>, context: &InteractionContext, id: u64) {
    if let Err(error) = bot.drafts.find(id, context.user.get()) {
        return refuse(bot, context, error).await;
    }
    bot.drafts.drop(id);
    let card = messages::cancelled(&bot.disclaimer());
    let _ = bot.rest.respond(context.id, &context.token, Response::Update(message(&card))).await;
}

/// Publishes a draft. If that is refused, the draft keeps waiting and can be published again: see
/// [`super::draft::Drafts::refused`].
pub async fn publish(bot: &Arc<Bot>, context: InteractionContext, id: u64) {
    let draft = match bot.drafts.find(id, context.user.get()) {
        Ok(draft) => draft,
        Err(error) => return refuse(bot, &context, error).await,
    };
    let source = SourceDraft {
        file_name: draft.file_name.clone(),
        bytes: draft.bytes.to_vec(),
        metadata: SourceMetadata { retrieved: Some(crate::discord::today()), ..draft.metadata },
    };
    let (force, confirm) = (draft.force, draft.confirm);
    // To publish a doubtful reading, the moderator pressed a button that says so.
    let is_forced = force || confirm || draft.preview.report.is_severe();
    let act = if is_forced { AuditAction::AddForced } else { AuditAction::Add };
    let subject = draft.preview.id.clone().unwrap_or_default();
    let job = Job { what: "add", act, subject, force, in_place: true, draft: Some(id) };
    let work = move |engine: &Engine, act: curation::ChangeOptions<'_>| {
        let reindexed = engine.add_source(&source, curation::ChangeOptions { confirm, ..act })?;
        Ok(messages::reindexed(&reindexed))
    };
    if change::run(bot, &context, &draft.served, job, Box::new(work)).await {
        bot.drafts.drop(id);
    }
}

//! Changes to a base. They run one at a time on a separate thread, show their progress in the moderator's own message
//! and are recorded in the audit log. The old generation answers questions until the new one is live.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::job::{Failed, Job, JobFunction};
use super::progress::Stage;
use super::{audit, draft_messages, messages};
use crate::discord::Bot;
use crate::discord::interaction::InteractionContext;
use crate::discord::registry::Served;
use crate::discord::respond::respond_at_once;
use crate::discord::rest::{Response, message, message_to};
use crate::discord::{metrics, register};
use crate::store::AuditAction;
use verbatim_core::engine::Engine;
use verbatim_core::engine::curation;
use verbatim_core::render::card::Card;
use verbatim_core::render::escape::Markup;

/// Shortest time between two edits of the progress message: Discord allows five edits in five seconds.
const EDITED: Duration = Duration::from_millis(1_500);

/// Runs a change and reports its progress to the moderator. Returns `true` if it succeeded.
pub async fn run(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    served: &Arc<Served>,
    job: Job,
    work: Box<JobFunction>,
) -> bool {
    let changing = match served.change(context.user.get(), job.what, Instant::now()) {
        Ok(changing) => changing,
        Err(other) => {
            respond_at_once(bot, context, &messages::under_way(served, &other)).await;
            return false;
        }
    };
    let stage = Stage::default();
    let first = messages::progress(served, job.what, &stage.line());
    let first = match job.in_place {
        true => Response::Update(message(&first)),
        false => Response::Message(message_to(&first, true)),
    };
    // The change runs even if the moderator cannot be reached: the audit log and the log say how it ended.
    let _ = bot.rest.respond(context.id, &context.token, first).await;
    let outcome = worked(bot, context, served, &job, stage, work).await;
    drop(changing);
    let (outcome, cards) = match outcome {
        Ok(summary) => ("done", messages::changed(served, job.what, &summary)),
        Err(error) => {
            let mut cards = messages::not_changed(served, job.what, &error);
            if let (Some(draft), Some(card)) = (job.draft, cards.first_mut()) {
                let forced = bot.drafts.refused(draft, &error);
                card.push_row(draft_messages::again(draft, forced));
            }
            (error.sort(), cards)
        }
    };
    tracing::info!(base = served.name, what = job.what, outcome, "a moderator's change ended");
    metrics::changed(&served.name, job.what, outcome);
    audit(bot, context, served, job.act, &job.subject, outcome).await;
    tell(bot, context, cards).await;
    if outcome == "done" {
        // Topics may have been added or removed.
        let bot = bot.clone();
        bot.clone().spawn(async move { register::register(&bot).await });
    }
    outcome == "done"
}

async fn worked(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    served: &Arc<Served>,
    job: &Job,
    stage: Stage,
    work: Box<JobFunction>,
) -> Result<Vec<Markup>, Failed> {
    let (engine, reports) = (served.clone(), stage.clone());
    let (made, force) = (crate::discord::now(), job.force);
    let mut task = tokio::task::spawn_blocking(move || {
        let progress = &mut |report| reports.report(report);
        work(&engine.engine, curation::ChangeOptions { made: &made, force, confirm: force, progress })
    });
    let mut shown = stage.line();
    loop {
        tokio::select! {
            ended = &mut task => {
                return match ended {
                    Ok(outcome) => outcome.map_err(Failed::Engine),
                    Err(_) => Err(Failed::Panic),
                };
            }
            () = tokio::time::sleep(EDITED) => {}
        }
        let line = stage.line();
        if line != shown {
            let body = message(&messages::progress(served, job.what, &line));
            let _ = bot.rest.edit_response(&context.token, context.id.get(), &body).await;
            shown = line;
        }
    }
}

async fn tell(bot: &Arc<Bot>, context: &InteractionContext, cards: Vec<Card>) {
    let Some((first, rest)) = cards.split_first() else { return };
    let _ = bot.rest.edit_response(&context.token, context.id.get(), &message(first)).await;
    bot.rest.follow_up_all(&context.token, context.id.get(), rest, true).await;
}

/// `reindex`
pub async fn reindex(bot: &Arc<Bot>, context: InteractionContext, served: Arc<Served>, force: bool) {
    let act = if force { AuditAction::ReindexForced } else { AuditAction::Reindex };
    let job = Job { what: "reindex", act, subject: String::new(), force, in_place: false, draft: None };
    let work = |engine: &Engine, act: curation::ChangeOptions<'_>| {
        let reindexed = engine.reindex(act.made, act.force, act.progress)?;
        Ok(messages::reindexed(&reindexed))
    };
    run(bot, &context, &served, job, Box::new(work)).await;
}

/// `rollback`
pub async fn rollback(bot: &Arc<Bot>, context: InteractionContext, served: Arc<Served>, to: Option<String>) {
    let subject = to.clone().unwrap_or_default();
    let job = Job {
        what: "rollback",
        act: AuditAction::Rollback,
        subject,
        force: false,
        in_place: false,
        draft: None,
    };
    let base = served.name.clone();
    let work = move |engine: &Engine, _: curation::ChangeOptions<'_>| {
        let manifest = engine.rollback(to.as_deref())?;
        Ok(messages::rolled_back(&base, &manifest.id, &manifest.made))
    };
    run(bot, &context, &served, job, Box::new(work)).await;
}

/// `remove`: asks for confirmation.
pub async fn offer_removal(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    served: &Served,
    source: &str,
    force: bool,
) {
    let card = match served.engine.source_title(source) {
        Some(title) => messages::confirm_removal(served, source, &title, force),
        None => messages::no_source(served, source),
    };
    respond_at_once(bot, context, &card).await;
}

/// `remove`: removes the source after confirmation.
pub async fn remove(
    bot: &Arc<Bot>,
    context: InteractionContext,
    served: Arc<Served>,
    source: String,
    force: bool,
) {
    let act = if force { AuditAction::RemoveForced } else { AuditAction::Remove };
    let job = Job { what: "remove", act, subject: source.clone(), force, in_place: true, draft: None };
    let work = move |engine: &Engine, act: curation::ChangeOptions<'_>| {
        let reindexed = engine.remove_source(&source, act)?;
        Ok(messages::reindexed(&reindexed))
    };
    run(bot, &context, &served, job, Box::new(work)).await;
}

/// The generations to roll back to: the text to show, and the id.
pub fn generations(served: &Served, typed: &str) -> Vec<(String, String)> {
    let live = served.engine.snapshot().manifest.id.clone();
    let manifests = served.engine.generations().manifests().into_iter();
    manifests
        .filter(|manifest| manifest.id != live && manifest.id.contains(typed.trim()))
        .map(|manifest| (format!("{} from {}", manifest.id, manifest.made), manifest.id))
        .collect()
}

//! Changes of a base: run one at a time on a thread of their own, watched in the moderator's own message, noted in
//! the audit. Questions go on being answered by the old generation until the new one is live.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::messages;
use super::progress::Stage;
use crate::discord::Bot;
use crate::discord::interaction::InteractionContext;
use crate::discord::registry::Served;
use crate::discord::respond::respond_privately;
use crate::discord::rest::{Response, message, message_to};
use crate::discord::{metrics, register};
use crate::store::AuditAction;
use verbatim_core::engine::Engine;
use verbatim_core::engine::curation::{self, CurationError};
use verbatim_core::render::card::Card;

/// How often the message that tells how far a change is may be edited: Discord allows five edits in five seconds.
const EDITED: Duration = Duration::from_millis(1_500);

/// A change that is to be run.
pub struct Job {
    /// The subcommand.
    pub what: &'static str,
    /// Its name in the audit.
    pub act: AuditAction,
    /// What it is about: a source's, a passage's or a generation's id.
    pub subject: String,
    /// Whether it is published although some of the base's own questions fail.
    pub force: bool,
    /// Whether the message under whose button it was asked for is replaced; else there is a new one.
    pub in_place: bool,
    /// The draft that it takes in.
    pub draft: Option<u64>,
}

/// The work itself: with the engine, and how it is carried out; it says what it did.
pub type JobFunction =
    dyn FnOnce(&Engine, curation::ChangeOptions<'_>) -> Result<String, CurationError> + Send;

/// Runs a change and tells the moderator how it goes. `true` where it came about.
pub async fn run(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    served: &Arc<Served>,
    job: Job,
    work: Box<JobFunction>,
) -> bool {
    let changing = match served.change(ticket.user.get(), job.what, Instant::now()) {
        Ok(changing) => changing,
        Err(other) => {
            respond_privately(bot, ticket, &messages::under_way(served, &other)).await;
            return false;
        }
    };
    let stage = Stage::default();
    let first = messages::progress(served, job.what, &stage.line());
    let first = match job.in_place {
        true => Response::Update(message(&first)),
        false => Response::Message(message_to(&first, true)),
    };
    // The work is done also where the moderator cannot be told: the audit and the log say how it ended.
    let _ = bot.sender.respond(ticket.id, &ticket.token, first).await;
    let outcome = worked(bot, ticket, served, &job, stage, work).await;
    drop(changing);
    let (outcome, cards) = match outcome {
        Ok(told) => ("done", messages::changed(served, job.what, &told)),
        Err(error) => {
            let mut cards = messages::not_changed(served, job.what, &error);
            if let (Some(draft), Some(card)) = (job.draft, cards.first_mut()) {
                let forced = bot.drafts.refused(draft, error.is_of_questions());
                card.push_row(messages::again(draft, forced));
            }
            (error.sort(), cards)
        }
    };
    tracing::info!(base = served.name, what = job.what, outcome, "a moderator's change ended");
    metrics::changed(&served.name, job.what, outcome);
    bot.records.audit(ticket, &served.name, job.act, &job.subject, outcome).await;
    tell(bot, ticket, cards).await;
    if outcome == "done" {
        // Topics may have come or gone.
        let bot = bot.clone();
        bot.clone().spawn(async move { register::register(&bot).await });
    }
    outcome == "done"
}

/// Why a change did not come about.
pub enum Failed {
    /// The engine says why.
    Engine(CurationError),
    /// The engine panicked.
    Panic,
}

impl Failed {
    fn sort(&self) -> &'static str {
        match self {
            Self::Engine(_) if self.is_of_questions() => "questions failed",
            Self::Engine(_) => "failed",
            Self::Panic => "crashed",
        }
    }

    /// Whether the base's own questions refused it.
    fn is_of_questions(&self) -> bool {
        matches!(self, Self::Engine(CurationError::OwnQuestions { .. }))
    }
}

async fn worked(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    served: &Arc<Served>,
    job: &Job,
    stage: Stage,
    work: Box<JobFunction>,
) -> Result<String, Failed> {
    let (engine, reports) = (served.clone(), stage.clone());
    let (made, force) = (crate::discord::now(), job.force);
    let mut task = tokio::task::spawn_blocking(move || {
        let progress = &mut |report| reports.report(report);
        work(&engine.engine, curation::ChangeOptions { made: &made, force, progress })
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
            let _ = bot.sender.edit_response(&ticket.token, ticket.id.get(), &body).await;
            shown = line;
        }
    }
}

async fn tell(bot: &Arc<Bot>, ticket: &InteractionContext, cards: Vec<Card>) {
    let Some((first, rest)) = cards.split_first() else { return };
    let _ = bot.sender.edit_response(&ticket.token, ticket.id.get(), &message(first)).await;
    bot.sender.follow_up_all(&ticket.token, ticket.id.get(), rest, true).await;
}

/// `reindex`
pub async fn reindex(bot: &Arc<Bot>, ticket: InteractionContext, served: Arc<Served>, force: bool) {
    let act = if force { AuditAction::ReindexForced } else { AuditAction::Reindex };
    let job = Job { what: "reindex", act, subject: String::new(), force, in_place: false, draft: None };
    let work = |engine: &Engine, act: curation::ChangeOptions<'_>| {
        let reindexed = engine.reindex(act.made, act.force, act.progress)?;
        Ok(messages::reindexed(&reindexed))
    };
    run(bot, &ticket, &served, job, Box::new(work)).await;
}

/// `rollback`
pub async fn rollback(bot: &Arc<Bot>, ticket: InteractionContext, served: Arc<Served>, to: Option<&str>) {
    let to = to.map(|to| to.trim().to_owned()).filter(|to| !to.is_empty());
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
    run(bot, &ticket, &served, job, Box::new(work)).await;
}

/// `remove`: asks whether it is meant.
pub async fn offer_removal(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    served: &Served,
    source: Option<&str>,
    force: bool,
) {
    let source = source.unwrap_or_default().trim();
    let card = match served.engine.source_title(source) {
        Some(title) => messages::confirm_removal(served, source, &title, force),
        None => messages::no_source(served, source),
    };
    respond_privately(bot, ticket, &card).await;
}

/// `remove`: it is meant.
pub async fn remove(
    bot: &Arc<Bot>,
    ticket: InteractionContext,
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
    run(bot, &ticket, &served, job, Box::new(work)).await;
}

/// The generations that can be gone back to: what is shown, and the id.
pub fn generations(served: &Served, typed: &str) -> Vec<(String, String)> {
    let live = served.engine.snapshot().manifest.id.clone();
    let manifests = served.engine.generations().manifests().into_iter();
    manifests
        .filter(|manifest| manifest.id != live && manifest.id.contains(typed.trim()))
        .map(|manifest| (format!("{} of {}", manifest.id, manifest.made), manifest.id))
        .collect()
}

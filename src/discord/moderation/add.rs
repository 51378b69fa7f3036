//! `add`: a file is downloaded, read for a preview, described in a form, and only then taken in. Until that a
//! draft waits in memory; a restart forgets it, and nothing has happened.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lru::LruCache;

use super::change::{self, Plan};
use super::form::{self, Particulars};
use super::words;
use crate::discord::Bot;
use crate::discord::bases::Served;
use crate::discord::event::{outdated, respond_privately};
use crate::discord::interaction::{File, Options, Ticket};
use crate::discord::reply::{Response, message};
use crate::engine::{Engine, Preview, SourceDraft};
use crate::index::build::Progress;
use crate::render::card::Card;
use crate::store::Act;

/// How many drafts wait at most, and for how long.
const MOST: NonZeroUsize = NonZeroUsize::new(16).expect("more than none");
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// How long a file may take to be read.
const READING: Duration = Duration::from_secs(60);

/// A file that waits to be described and taken in.
#[derive(Clone)]
pub struct Draft {
    served: Arc<Served>,
    by: u64,
    since: Instant,
    file_name: String,
    bytes: Arc<Vec<u8>>,
    force: bool,
    /// What was read of it.
    pub preview: Arc<Preview>,
    /// What was said of it in the form.
    pub particulars: Particulars,
}

/// The drafts that wait.
pub struct Drafts(Mutex<LruCache<u64, Draft>>);

impl Default for Drafts {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl Drafts {
    fn keep(&self, id: u64, draft: Draft) {
        self.lock().put(id, draft);
    }

    /// The draft, if it waits and is this moderator's.
    fn find(&self, id: u64, by: u64) -> Option<Draft> {
        let mut drafts = self.lock();
        let draft = drafts.get(&id).filter(|draft| draft.by == by && draft.since.elapsed() < LONGEST);
        draft.cloned()
    }

    fn drop(&self, id: u64) {
        self.lock().pop(&id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<u64, Draft>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file was attached.
pub async fn upload(bot: &Arc<Bot>, ticket: Ticket, served: Arc<Served>, options: &Options) {
    let Some(file) = &options.file else { return outdated(bot, &ticket).await };
    if bot.sender.respond(ticket.id, &ticket.token, Response::Later { private: true }).await.is_err() {
        return;
    }
    let card = match bot.downloads.fetch(file).await {
        Ok(bytes) => read(bot, &ticket, &served, file, bytes, options.force).await,
        Err(error) => words::not_read(&served, &file.name, &error.to_string()),
    };
    let _ = bot.sender.edit_response(&ticket.token, ticket.id.get(), &message(&card)).await;
}

async fn read(
    bot: &Arc<Bot>,
    ticket: &Ticket,
    served: &Arc<Served>,
    file: &File,
    bytes: Vec<u8>,
    force: bool,
) -> Card {
    let bytes = Arc::new(bytes);
    let (reader, read_bytes, name) = (served.clone(), bytes.clone(), file.name.clone());
    let task = tokio::task::spawn_blocking(move || preview(&reader.engine, &name, &read_bytes));
    let preview = match tokio::time::timeout(READING, task).await {
        Ok(Ok(preview)) => preview,
        Ok(Err(_)) => return words::not_read(served, &file.name, "the file cannot be read: its format is broken"),
        Err(_) => return words::not_read(served, &file.name, "reading the file takes too long"),
    };
    if !preview.is_readable() {
        return words::preview(served, &file.name, &preview, None);
    }
    let id = bot.drafts_id();
    let draft = Draft {
        served: served.clone(),
        by: ticket.user.get(),
        since: Instant::now(),
        file_name: file.name.clone(),
        bytes,
        force,
        particulars: Particulars::of(&preview, &file.name),
        preview: Arc::new(preview),
    };
    let card = words::preview(served, &file.name, &draft.preview, Some(id));
    bot.drafts.keep(id, draft);
    card
}

/// The form is asked for.
pub async fn ask_for_details(bot: &Arc<Bot>, ticket: &Ticket, id: u64) {
    match bot.drafts.find(id, ticket.user.get()) {
        Some(draft) => {
            let form = Response::Form(form::form(id, &draft.particulars));
            let _ = bot.sender.respond(ticket.id, &ticket.token, form).await;
        }
        None => respond_privately(bot, ticket, &words::no_draft(bot.disclaimer())).await,
    }
}

/// The form was sent.
pub async fn details(bot: &Arc<Bot>, ticket: Ticket, id: u64, fields: &[(String, String)]) {
    let Some(mut draft) = bot.drafts.find(id, ticket.user.get()) else {
        return respond_privately(bot, &ticket, &words::no_draft(bot.disclaimer())).await;
    };
    draft.particulars = Particulars::read(fields);
    let card = words::described(&draft.served, &draft.file_name, &draft, id);
    bot.drafts.keep(id, draft);
    let _ = bot.sender.respond(ticket.id, &ticket.token, Response::Update(message(&card))).await;
}

/// The draft is dropped.
pub async fn cancel(bot: &Arc<Bot>, ticket: &Ticket, id: u64) {
    bot.drafts.drop(id);
    let card = words::cancelled(bot.disclaimer());
    let _ = bot.sender.respond(ticket.id, &ticket.token, Response::Update(message(&card))).await;
}

/// The draft is taken in. Where the base's own questions refuse it, it goes on waiting.
pub async fn publish(bot: &Arc<Bot>, ticket: Ticket, id: u64) {
    let Some(draft) = bot.drafts.find(id, ticket.user.get()) else {
        return respond_privately(bot, &ticket, &words::no_draft(bot.disclaimer())).await;
    };
    let particulars = draft.particulars.clone();
    let source = SourceDraft {
        file_name: draft.file_name.clone(),
        bytes: draft.bytes.to_vec(),
        title: particulars.title,
        publisher: particulars.publisher,
        url: particulars.url,
        licence: particulars.licence,
        published: particulars.published,
        retrieved: Some(crate::discord::today()),
        kind: None,
    };
    let force = draft.force;
    let plan = Plan {
        what: "add",
        act: if force { Act::AddForced } else { Act::Add },
        subject: draft.preview.id.clone(),
        in_place: true,
    };
    let work = move |engine: &Engine, now: &str, progress: &mut dyn FnMut(Progress)| {
        engine.add_source(source, now, force, progress).map(|reindexed| words::reindexed(&reindexed))
    };
    if change::run(bot, &ticket, &draft.served, plan, Box::new(work)).await {
        bot.drafts.drop(id);
    }
}

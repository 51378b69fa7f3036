//! The engine calls behind a request: triage, then the answer. They run on blocking threads; answers, a bounded number at
//! once, in order of arrival.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::messages;
use super::registry::Served;
use verbatim_core::answer::quote_by_id;
use verbatim_core::answer::reply::{Kind, Reply};
use verbatim_core::engine::followup::Before;
use verbatim_core::engine::triage::Triaged;
use verbatim_core::index::snapshot::Snapshot;
use verbatim_core::render::action::{Action, Digits, List, generation_id};
use verbatim_core::render::card::{self, Card, View};

/// A user's request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The texts that the user typed, as people see them. Triage reads each, whatever is wanted.
    pub typed: Vec<String>,
    /// What the user asks for.
    pub wanted: Wanted,
}

/// What a user asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// The answer to a question.
    Question(String),
    /// The answer to a question that may be a follow-up to another.
    Followup {
        /// The previous question.
        before: String,
        /// Whether the same user asked all of the previous question.
        is_own: bool,
        /// The new question.
        question: String,
    },
    /// What a topic says about a condition.
    Evidence {
        /// The topic's name.
        topic: String,
        /// The condition, as chosen or typed.
        condition: String,
    },
    /// A topic, a list, or what a button under an answer shows.
    Show(Action),
}

/// A request that triage has read and that may be answered. Only [`Workers::triage`] makes one.
pub struct TriagedRequest(Ready);

enum Ready {
    Question(Triaged),
    Evidence {
        topic: String,
        condition: String,
        triaged: Triaged,
    },
    Show(Action),
    /// The answer does not need the engine.
    Answered(Box<Answered>),
}

/// A safety card to show instead of an answer, with its category.
pub struct SafetyCard {
    /// The name of its category.
    pub category: &'static str,
    /// The card.
    pub answered: Answered,
}

/// An answer that is ready to send, with the data recorded about it.
pub struct Answered {
    /// The messages, in order; never empty.
    pub cards: Vec<Card>,
    /// The kind of answer.
    pub outcome: &'static str,
    /// The generation that answered.
    pub generation: String,
    /// The passages that it quotes.
    pub passages: Vec<String>,
    /// The complete question; `None` if it accepts no follow-up.
    pub question: Option<String>,
    /// Whether it is a follow-up to the previous question.
    pub is_followup: bool,
    /// Whether the cards may repeat words of the question.
    pub repeats: bool,
    /// Concepts in the question that the sources do not cover.
    pub lacking: Vec<String>,
    /// How long the request waited for a free thread.
    pub waited: Duration,
    /// How long answering took.
    pub took: Duration,
}

/// How long to wait for a free thread for autocomplete. Later choices would match an outdated input.
const PATIENCE: Duration = Duration::from_secs(1);

/// The threads that answer, and the limit on concurrent autocomplete calls.
pub struct Workers {
    /// The threads on which questions are answered; `None` only while this is dropped.
    answers: Option<Runtime>,
    /// Autocomplete takes no threads from questions.
    typing: Arc<Semaphore>,
}

impl Workers {
    /// Allows one engine call per processor for questions, and the same for autocomplete.
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        // Only the blocking threads are used. They have their own runtime, because a thread's low priority cannot be
        // raised again, and its queue keeps the order of arrival.
        let answers = Builder::new_current_thread()
            .max_blocking_threads(processors)
            .thread_name("answers")
            .on_thread_start(lower_priority)
            .build()
            .expect("a runtime without a driver");
        Self { answers: Some(answers), typing: Arc::new(Semaphore::new(processors)) }
    }

    /// Looks up autocomplete choices. `None` if too many users are typing or the engine failed.
    pub async fn choices<T: Send + 'static>(&self, look: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let permit = tokio::time::timeout(PATIENCE, self.typing.clone().acquire_owned()).await.ok()?.ok()?;
        let work = move || {
            let found = look();
            drop(permit);
            found
        };
        tokio::task::spawn_blocking(work)
            .await
            .inspect_err(|_| tracing::error!("could not look up choices: the engine panicked"))
            .ok()
    }

    /// Reads the texts of a request.
    ///
    /// # Errors
    /// The safety card to show instead of an answer.
    pub async fn triage(
        &self,
        served: &Arc<Served>,
        request: Request,
    ) -> Result<TriagedRequest, Box<SafetyCard>> {
        let read = reading(served, move |served| read(served, request)).await;
        read.unwrap_or_else(|| Ok(TriagedRequest(Ready::Answered(Box::new(failed(served))))))
    }

    /// Reads texts for which nothing is looked up. Returns the safety card that they call for.
    pub async fn card(&self, served: &Arc<Served>, typed: Vec<String>) -> Option<Box<SafetyCard>> {
        let read = move |served: &Served| {
            let began = Instant::now();
            read_typed(served, &typed).and_then(|typed| safety_card(served, &typed, began))
        };
        reading(served, read).await.flatten()
    }

    /// Answers a request when a worker is free.
    pub async fn answer(&self, served: Arc<Served>, request: TriagedRequest) -> Answered {
        let queued = Instant::now();
        // Log lines from the worker thread belong to the question's span, too.
        let (base, span) = (served.clone(), tracing::Span::current());
        let work = move || {
            let (waited, began) = (queued.elapsed(), Instant::now());
            let answered = span.in_scope(|| answer(&base, request));
            Answered { waited, took: began.elapsed(), ..answered }
        };
        let answers = self.answers.as_ref().expect("it is not being dropped");
        answers.spawn_blocking(work).await.unwrap_or_else(|_| {
            tracing::error!("could not answer a question: the engine panicked");
            failed(&served)
        })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // Otherwise a runtime waits for its threads, which another runtime does not allow.
        if let Some(answers) = self.answers.take() {
            answers.shutdown_background();
        }
    }
}

/// Lets the threads that talk to Discord go first: an interaction that is not acknowledged within three seconds is lost,
/// however many questions are being answered. Works on Linux, where a thread has a priority of its own.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 10);
}

fn failed(served: &Served) -> Answered {
    Answered::plain(served, "failed", messages::failed(served))
}

/// Runs triage. It does not wait for a worker, so that a safety card is never late; the model runs on a blocking thread,
/// so the rest of the bot is not delayed. Returns `None` if the engine failed.
async fn reading<T: Send + 'static>(
    served: &Arc<Served>,
    read: impl FnOnce(&Served) -> T + Send + 'static,
) -> Option<T> {
    let (base, span) = (served.clone(), tracing::Span::current());
    let read = tokio::task::spawn_blocking(move || span.in_scope(|| read(&base))).await;
    read.inspect_err(|_| tracing::error!("could not read a question: the engine panicked")).ok()
}

/// Triages the texts in a request.
fn read(served: &Served, request: Request) -> Result<TriagedRequest, Box<SafetyCard>> {
    let (began, engine) = (Instant::now(), &served.engine);
    let with_typed = |own: Triaged| match read_typed(served, &request.typed) {
        Some(typed) => own.and(typed),
        None => own,
    };
    let ready = match request.wanted {
        Wanted::Question(question) => Ready::Question(with_typed(engine.triage(&question))),
        Wanted::Followup { before, is_own, question } => {
            let before = if is_own { Before::Own(&before) } else { Before::Others(&before) };
            Ready::Question(with_typed(engine.triage_after(before, &question)))
        }
        Wanted::Evidence { topic, condition } => match engine.triage_condition(&topic, &condition) {
            Ok(triaged) => Ready::Evidence { topic, condition, triaged: with_typed(triaged) },
            Err(_) => Ready::Answered(Box::new(unknown_topic(served))),
        },
        Wanted::Show(action) => Ready::Show(action),
    };
    let card = match &ready {
        Ready::Question(triaged) | Ready::Evidence { triaged, .. } => safety_card(served, triaged, began),
        Ready::Show(_) | Ready::Answered(_) => {
            read_typed(served, &request.typed).and_then(|typed| safety_card(served, &typed, began))
        }
    };
    match card {
        Some(card) => Err(card),
        None => Ok(TriagedRequest(ready)),
    }
}

/// Triages what the user typed. The name of a topic is one of our own words.
fn read_typed(served: &Served, typed: &[String]) -> Option<Triaged> {
    let texts = typed.iter().filter(|text| !served.has_topic(text));
    texts.map(|text| served.engine.triage(text)).reduce(Triaged::and)
}

/// The card to show instead of an answer.
fn safety_card(served: &Served, triaged: &Triaged, began: Instant) -> Option<Box<SafetyCard>> {
    let reply = served.engine.card(triaged)?;
    let category = reply.body().notice.as_ref().map_or("", |notice| notice.category.as_str());
    let answered = Answered { took: began.elapsed(), ..replied(served, &reply) };
    Some(Box::new(SafetyCard { category, answered }))
}

/// Answers a request from the live generation.
fn answer(served: &Served, request: TriagedRequest) -> Answered {
    match request.0 {
        Ready::Question(triaged) => {
            let reply = served.engine.answer(&triaged);
            // Without a question, the reply accepts no follow-up and is none.
            let followup = reply.question().and(triaged.whole()).map(str::to_owned);
            let answered = replied(served, &reply);
            match followup {
                Some(whole) => Answered { question: Some(whole), is_followup: true, ..answered },
                None => answered,
            }
        }
        Ready::Evidence { topic, condition, triaged } => {
            evidence(served, &topic, &condition, &served.engine.answer(&triaged))
        }
        Ready::Show(Action::Page { of, number }) => page(served, &of, number),
        Ready::Show(action) => page(served, &action, 0),
        Ready::Answered(answered) => *answered,
    }
}

/// One page of the answer to a button: each reply is limited to a few messages.
fn page(served: &Served, action: &Action, number: u16) -> Answered {
    let mut answered = pressed(served, action);
    answered.cards = card::page(answered.cards, number, action);
    match answered.cards.is_empty() {
        true => Answered::plain(served, "unknown", messages::no_more(served)),
        false => answered,
    }
}

/// What a topic says about a condition, titled with both names. A condition unknown to the base is not repeated.
fn evidence(served: &Served, topic: &str, condition: &str, reply: &Reply) -> Answered {
    let snapshot = served.engine.snapshot();
    let concept = snapshot.lexicon.concept(condition.trim());
    let concept = concept.map(|at| snapshot.lexicon.concepts()[at as usize].title.as_str());
    let topic = title_of(&snapshot, topic);
    let title = concept.map_or(topic.to_owned(), |concept| format!("{topic}: {concept}"));
    let card = card::titled(reply, &title, &view(&snapshot, reply.generation() != snapshot.manifest.id));
    Answered::of(reply, vec![card])
}

fn unknown_topic(served: &Served) -> Answered {
    Answered::plain(served, "unknown", messages::no_topic(served))
}

fn title_of<'a>(snapshot: &'a Snapshot, topic: &'a str) -> &'a str {
    let known = snapshot.corpus.topics.iter().find(|known| known.name == topic);
    known.map_or(topic, |known| known.title.as_str())
}

/// Renders a reply to a question.
fn replied(served: &Served, reply: &Reply) -> Answered {
    let snapshot = served.engine.snapshot();
    let card = card::reply(reply, &view(&snapshot, reply.generation() != snapshot.manifest.id));
    Answered::of(reply, vec![card])
}

fn topic(served: &Served, name: &str) -> Answered {
    let Ok(reply) = served.engine.topic(name) else { return unknown_topic(served) };
    let snapshot = served.engine.snapshot();
    let title = title_of(&snapshot, name);
    let cards = card::topic(&reply, title, &view(&snapshot, false));
    Answered::of(&reply, cards)
}

/// Answers a button from the live generation. If the answer above the button came from another generation, the card
/// says so.
fn pressed(served: &Served, action: &Action) -> Answered {
    let engine = &served.engine;
    let snapshot = engine.snapshot();
    let of = |generation: &Digits| view(&snapshot, generation_id(*generation) != snapshot.manifest.id);
    match action {
        Action::More { generation, quotes, .. } => {
            let reply = engine.requote(quotes);
            Answered::of(&reply, vec![card::more(&reply, &of(generation))])
        }
        Action::Context(answered) => {
            let reply = engine.in_context(&answered.passages);
            let cards = card::context(&reply, &of(&answered.generation));
            Answered::of(&reply, cards)
        }
        Action::Sources(answered) => {
            let reply = engine.in_context(&answered.passages);
            let cards = card::sources(&reply, &snapshot.corpus.documents, &of(&answered.generation));
            Answered::pages(served, "sources", cards)
        }
        Action::Topic { topic: name, .. } => topic(served, name),
        Action::List { list: List::Sources, .. } => {
            let corpus = &snapshot.corpus;
            let cards = card::all_sources(&corpus.documents, &corpus.about.disclaimer);
            Answered::pages(served, "sources", cards)
        }
        Action::List { list: List::Help, .. } => Answered::pages(served, "help", messages::help(served)),
        _ => unknown_topic(served),
    }
}

fn view(snapshot: &Snapshot, superseded: bool) -> View<'_> {
    View { lexicon: &snapshot.lexicon, topics: &snapshot.corpus.topics, superseded }
}

impl Answered {
    fn of(reply: &Reply, cards: Vec<Card>) -> Self {
        let body = reply.body();
        let mut passages: Vec<String> = Vec::new();
        for cited in body.quotes.iter().chain(&body.related) {
            if !passages.contains(&cited.passage) {
                passages.push(cited.passage.clone());
            }
        }
        Self {
            cards,
            outcome: body.kind.as_str(),
            generation: reply.generation().to_owned(),
            passages,
            question: reply.question().map(str::to_owned),
            is_followup: false,
            repeats: body.kind == Kind::NotCovered || !body.repairs.is_empty() || !body.uncovered.is_empty(),
            lacking: body.lacking.clone(),
            waited: Duration::ZERO,
            took: Duration::ZERO,
        }
    }

    /// A single message that quotes nothing.
    fn plain(served: &Served, outcome: &'static str, card: Card) -> Self {
        Self::pages(served, outcome, vec![card])
    }

    fn pages(served: &Served, outcome: &'static str, cards: Vec<Card>) -> Self {
        Self {
            cards,
            outcome,
            generation: served.engine.snapshot().manifest.id.clone(),
            passages: Vec::new(),
            question: None,
            is_followup: false,
            repeats: false,
            lacking: Vec::new(),
            waited: Duration::ZERO,
            took: Duration::ZERO,
        }
    }

    /// The passages that each message quotes.
    pub fn quoted(&self) -> Vec<Vec<String>> {
        if self.cards.len() == 1 {
            return vec![self.passages.clone()];
        }
        let quoted = |card: &Card| {
            let shown = card.quotes();
            // A card without buttons does not list its quotes: assume that it may show any of them.
            let is_on = |passage: &&String| {
                shown.is_none_or(|shown| {
                    quote_by_id::digits(passage).is_some_and(|digits| shown.contains(&digits))
                })
            };
            self.passages.iter().filter(is_on).cloned().collect()
        };
        self.cards.iter().map(quoted).collect()
    }

    /// The first message.
    pub fn first(&self) -> &Card {
        self.cards.first().expect("an answer has a card")
    }

    /// The messages after the first one.
    pub fn rest(&self) -> &[Card] {
        self.cards.get(1..).unwrap_or_default()
    }
}

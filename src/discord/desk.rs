//! Where questions are answered: the engine's calls run on threads of their own, as many at once as there are
//! processors, in the order in which they came.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::bases::Served;
use super::interaction::Wish;
use crate::render::action::Action;
use crate::render::card::{self, Card, Tone};

/// What is to be answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// What a reader asked for in words.
    Wish(Wish),
    /// What a button under an answer asks for.
    Press(Action),
}

/// An answer, ready to be sent, with what is kept of it.
pub struct Answered {
    /// The messages, in order; never none.
    pub cards: Vec<Card>,
    /// What sort of answer it is.
    pub outcome: &'static str,
    /// The generation that answered.
    pub generation: String,
    /// The passages that are quoted.
    pub passages: Vec<String>,
    /// Concepts that were asked for and are not covered.
    pub lacking: Vec<String>,
    /// How long it waited for a free thread.
    pub waited: Duration,
    /// How long it took.
    pub took: Duration,
}

/// The threads that answer.
pub struct Desk {
    seats: Arc<Semaphore>,
}

impl Desk {
    /// A desk with a seat for each processor.
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self { seats: Arc::new(Semaphore::new(processors)) }
    }

    /// Answers. `None` where the engine failed, which it has logged.
    pub async fn answer(&self, served: Arc<Served>, request: Request) -> Option<Answered> {
        let queued = Instant::now();
        let seat = self.seats.clone().acquire_owned().await.expect("the desk is never closed");
        let waited = queued.elapsed();
        let work = move || {
            let began = Instant::now();
            let mut answered = answer(&served, &request);
            drop(seat);
            answered.waited = waited;
            answered.took = began.elapsed();
            answered
        };
        tokio::task::spawn_blocking(work)
            .await
            .inspect_err(|_| tracing::error!("a question could not be answered: the engine panicked"))
            .ok()
    }
}

/// Answers from the live generation.
pub fn answer(served: &Served, request: &Request) -> Answered {
    match request {
        Request::Wish(Wish::Question(question)) => of_reply(served, &served.engine.ask(question), Shape::Reply),
        Request::Wish(Wish::Topic { name, condition: None }) => topic(served, name),
        Request::Wish(Wish::Topic { name, condition: Some(condition) }) => {
            match served.engine.evidence(name, condition) {
                Ok(reply) => of_reply(served, &reply, Shape::Reply),
                Err(_) => gone(served),
            }
        }
        Request::Wish(Wish::Sources) => sources(served),
        Request::Wish(Wish::Help) => plain(served, "help", card::help(served)),
        Request::Press(action) => pressed(served, action),
    }
}

//! What programs look up, by the JSON interface and by MCP. Both give the same JSON.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::Service;
use super::error::Problem;
use verbatim_core::answer::reply::Reply;
use verbatim_core::answer::validate;
use verbatim_core::engine::triage::Triaged;
use verbatim_core::engine::{Engine, EngineError};
use verbatim_core::index::snapshot::Snapshot;
use verbatim_core::render;

impl Service {
    /// The base with this name; the default base if `name` is `None`.
    ///
    /// # Errors
    /// What to tell the caller if there is none.
    pub(super) fn base(&self, name: Option<&str>) -> Result<Arc<Engine>, Problem> {
        self.engine(name).ok_or_else(|| {
            Problem::not_found(format!("There is no such base. The bases are: {}.", self.bases().join(", ")))
        })
    }

    /// The names of the bases, the default base first.
    pub(super) fn bases(&self) -> Vec<&str> {
        self.engines.iter().map(|engine| engine.place().base.as_str()).collect()
    }

    /// Answers a question, as `verbatim ask --json` prints it.
    ///
    /// # Errors
    /// What to tell the caller if the base is unknown, the question invalid, or too many requests wait.
    pub(super) async fn ask(&self, base: Option<&str>, question: String) -> Result<String, Problem> {
        let began = Instant::now();
        let triaged = match self.triage(base, question.clone()).await? {
            Ok(triaged) => triaged,
            Err(card) => return Ok(line(&card, began)),
        };
        let engine = self.base(base)?;
        if let Some(why) = validate::problem(&question) {
            return Err(Problem::bad_request(why));
        }
        let reply = self.run(move || engine.answer(&triaged)).await?;
        Ok(line(&reply, began))
    }

    /// Reads a text before anything else does, whether or not the base exists and however many requests wait: a safety card
    /// must never be late.
    ///
    /// # Errors
    /// Outside, what to tell the caller if the program failed; inside, the card to show instead of an answer.
    async fn triage(&self, base: Option<&str>, text: String) -> Result<Result<Triaged, Box<Reply>>, Problem> {
        let engine = self.engine(base).or_else(|| self.engine(None)).ok_or_else(Problem::failed)?;
        let read = move || {
            let triaged = engine.triage(&text);
            engine.card(&triaged).map_or(Ok(triaged), |card| Err(Box::new(card)))
        };
        tokio::task::spawn_blocking(read).await.map_err(|_| Problem::failed())
    }

    /// Lists the topics of a base.
    ///
    /// # Errors
    /// What to tell the caller if the base is unknown.
    pub(super) fn topics(&self, base: Option<&str>) -> Result<Value, Problem> {
        let engine = self.base(base)?;
        let snapshot = engine.snapshot();
        let topics = snapshot.corpus.topics.iter().map(
            |topic| json!({ "name": topic.name, "title": topic.title, "description": topic.description }),
        );
        Ok(about(&engine, &snapshot, json!({ "topics": topics.collect::<Vec<_>>() })))
    }

    /// Shows a topic.
    ///
    /// # Errors
    /// What to tell the caller if the base or topic is unknown, or too many requests wait.
    pub(super) async fn topic(&self, base: Option<&str>, name: String) -> Result<String, Problem> {
        let engine = self.base(base)?;
        let began = Instant::now();
        let (asked, wanted) = (engine.clone(), name.clone());
        match self.run(move || asked.topic(&wanted)).await? {
            Ok(reply) => Ok(line(&reply, began)),
            // What is no topic is words of a person.
            Err(error) => match self.triage(base, name).await? {
                Ok(_) => Err(no_topic(&engine, &error)),
                Err(card) => Ok(line(&card, began)),
            },
        }
    }

    /// Shows a whole passage.
    ///
    /// # Errors
    /// What to tell the caller if the base or passage is unknown, or too many requests wait.
    pub(super) async fn passage(&self, base: Option<&str>, id: String) -> Result<String, Problem> {
        let engine = self.base(base)?;
        let began = Instant::now();
        let reply = self.run(move || engine.passage(&id)).await?;
        let missing = "There is no such passage, or the moderators have withheld it.";
        reply.map(|reply| line(&reply, began)).ok_or_else(|| Problem::not_found(missing))
    }
}

fn no_topic(engine: &Engine, error: &EngineError) -> Problem {
    if let EngineError::UnknownTopic { nearest: Some(nearest), .. } = error {
        return Problem::not_found(format!("There is no such topic. Did you mean `{nearest}`?"));
    }
    let snapshot = engine.snapshot();
    let names: Vec<&str> = snapshot.corpus.topics.iter().map(|topic| topic.name.as_str()).collect();
    Problem::not_found(format!("There is no such topic. The topics are: {}.", names.join(", ")))
}

/// Adds what every reply says about its base.
pub fn about(engine: &Engine, snapshot: &Snapshot, mut value: Value) -> Value {
    value["base"] = engine.place().base.clone().into();
    value["generation"] = snapshot.manifest.id.clone().into();
    value["disclaimer"] = snapshot.corpus.about.disclaimer.clone().into();
    value
}

fn line(reply: &Reply, began: Instant) -> String {
    render::json::line(reply, None, began.elapsed().as_micros() as u64)
}

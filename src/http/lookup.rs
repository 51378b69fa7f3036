//! What programs look up, by the JSON interface and by MCP. Both give the same JSON.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::Service;
use super::error::Problem;
use verbatim_core::answer::quote_by_id;
use verbatim_core::answer::reply::{Kind, Reply};
use verbatim_core::engine::{Engine, EngineError};
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
        let engine = self.base(base)?;
        let began = Instant::now();
        let reply = self.run(move || engine.ask(&question)).await.ok_or_else(Problem::busy)?;
        // The words of the question are the caller's own; an invalid one is a fault of the request.
        match (reply.body().kind, &reply.body().why) {
            (Kind::Invalid, Some(why)) => Err(Problem::bad_request(why.clone())),
            _ => Ok(line(&reply, began)),
        }
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
        Ok(about(&engine, json!({ "topics": topics.collect::<Vec<_>>() })))
    }

    /// Shows a topic.
    ///
    /// # Errors
    /// What to tell the caller if the base or topic is unknown, or too many requests wait.
    pub(super) async fn topic(&self, base: Option<&str>, name: String) -> Result<String, Problem> {
        let engine = self.base(base)?;
        let began = Instant::now();
        let asked = engine.clone();
        match self.run(move || asked.topic(&name)).await.ok_or_else(Problem::busy)? {
            Ok(reply) => Ok(line(&reply, began)),
            Err(error) => Err(no_topic(&engine, &error)),
        }
    }

    /// Shows a whole passage.
    ///
    /// # Errors
    /// What to tell the caller if the base or passage is unknown, or too many requests wait.
    pub(super) async fn passage(&self, base: Option<&str>, id: String) -> Result<String, Problem> {
        let engine = self.base(base)?;
        let began = Instant::now();
        let reply = self.run(move || in_context(&engine, &id)).await.ok_or_else(Problem::busy)?;
        let missing = "There is no such passage, or the moderators have withheld it.";
        reply.map(|reply| line(&reply, began)).ok_or_else(|| Problem::not_found(missing))
    }
}

fn in_context(engine: &Engine, id: &str) -> Option<Reply> {
    let reply = engine.in_context(&[quote_by_id::digits(id)?]);
    // The short name does not say which source it is from; the id does.
    reply.body().quotes.iter().any(|cited| cited.passage == id).then_some(reply)
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
pub fn about(engine: &Engine, mut value: Value) -> Value {
    let snapshot = engine.snapshot();
    value["base"] = engine.place().base.clone().into();
    value["generation"] = snapshot.manifest.id.clone().into();
    value["disclaimer"] = snapshot.corpus.about.disclaimer.clone().into();
    value
}

fn line(reply: &Reply, began: Instant) -> String {
    render::json::line(reply, None, began.elapsed().as_micros() as u64)
}

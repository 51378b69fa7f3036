//! The tools: `ask`, `topic` and `passage`.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, ErrorData, JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::Service;
use super::super::api::OPENAPI;
use super::super::error::Problem;

/// How to show the parts of a reply.
const CARD: &str = "`notice` is a safety card. Show its text first and whole.";
const CARD_ALONE: &str = "Show nothing else but `disclaimer`: no quotes, and no advice of your own.";
const QUOTES: &str = "\
Show the `text` of each quote letter for letter: do not shorten, rephrase, translate or merge it. Show the words of \
`lead_in` above it, because an item means nothing without them, and its `title`, `section` and `dated` below it. If there \
are no quotes, `too_long` says where the sources answer. If `differ` is true, say that the sources contradict each other.";
const NOT_COVERED: &str = "\
The sources do not answer this. Say so, with what they lack (`why`), and do not answer from elsewhere. `related` is no \
answer: if you show it, say that these are only the closest passages, and show them letter for letter with their `lead_in`.";
const FIXED: &str = "\
This is no question to the sources, so nothing was looked up: `fixed` says whether it is small talk, about this service, or \
not in English. Say what the service does, and in an emergency in another language, to call the local emergency number.";
const INVALID: &str = "The message could not be read; `why` says what to do.";
const TOPICS: &str =
    "These are the topics. Call `topic` with one of these names to see what the sources say about it.";
const DISCLAIMER: &str = "Show `disclaimer` with it.";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    question: String,
    base: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    name: Option<String>,
    base: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Passage {
    id: String,
    base: Option<String>,
}

/// The tools of a service with these bases, the default base first.
pub fn list(bases: &[&str]) -> Vec<Tool> {
    let base = json!({
        "type": "string",
        "enum": bases,
        "description": "The knowledge base; without it the default one, which is the first.",
    });
    let words =
        "The person's own words, unchanged, at most 2,000 characters: they are also checked for emergencies.";
    let question = json!({ "type": "string", "description": words });
    let name = json!({ "type": "string", "description": "The topic; without it, the topics are listed." });
    let id = json!({ "type": "string", "description": "The id of the passage, from `passage` of a quote." });
    vec![
        tool(
            "ask",
            "Look a question up",
            "Answers a question with quotes from the source documents, letter for letter, or says that they do not cover \
             it. A message about an emergency or self-harm gets a safety card.",
            input(json!({ "question": question, "base": base }), &["question"]),
            output(json!({ "$ref": "#/$defs/Reply" })),
        ),
        tool(
            "topic",
            "Show a topic",
            "Shows what the source documents say about a topic, letter for letter. Without a name, lists the topics.",
            input(json!({ "name": name, "base": base }), &[]),
            output(json!({ "oneOf": [{ "$ref": "#/$defs/Reply" }, { "$ref": "#/$defs/Topics" }] })),
        ),
        tool(
            "passage",
            "Show a whole passage",
            "Shows the whole passage around a quote, letter for letter.",
            input(json!({ "id": id, "base": base }), &["id"]),
            output(json!({ "$ref": "#/$defs/Reply" })),
        ),
    ]
}

fn tool(name: &'static str, title: &str, description: &'static str, input: Value, output: Value) -> Tool {
    let annotations = ToolAnnotations::with_title(title)
        .read_only(true)
        .destructive(false)
        .idempotent(true)
        .open_world(false);
    Tool::new(name, description, object(input))
        .with_title(title)
        .with_raw_output_schema(Arc::new(object(output)))
        .with_annotations(annotations)
}

fn input(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// The schema of a result, with the schemas of the JSON interface that it refers to.
fn output(mut schema: Value) -> Value {
    let text = OPENAPI.replace("#/components/schemas/", "#/$defs/");
    let mut interface: Value = serde_json::from_str(&text).expect("the description of the interface is JSON");
    let mut schemas = object(interface["components"]["schemas"].take());
    for other in ["Question", "Problem", "Source", "Sources"] {
        schemas.remove(other);
    }
    schema["type"] = "object".into();
    schema["$defs"] = schemas.into();
    schema
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        _ => JsonObject::new(),
    }
}

/// Calls a tool. What is wrong with its arguments is part of the result, so that the assistant sees the remedy.
///
/// # Errors
/// If there is no such tool.
pub async fn call(service: &Service, name: &str, arguments: JsonObject) -> Result<CallToolResult, ErrorData> {
    let found = match name {
        "ask" => ask(service, arguments).await,
        "topic" => topic(service, arguments).await,
        "passage" => passage(service, arguments).await,
        _ => {
            return Err(ErrorData::invalid_params(
                "There is no such tool. The tools are: ask, topic, passage.",
                None,
            ));
        }
    };
    Ok(match found {
        Ok(json) => result(json),
        Err(problem) => CallToolResult::error(vec![ContentBlock::text(problem.detail())]),
    })
}

async fn ask(service: &Service, arguments: JsonObject) -> Result<String, Problem> {
    let expected = "Call `ask` with `question`, a string, and with `base` if you want another base.";
    let asked: Ask = read(arguments, expected)?;
    service.ask(asked.base.as_deref(), asked.question).await
}

async fn topic(service: &Service, arguments: JsonObject) -> Result<String, Problem> {
    let expected = "Call `topic` with `name`, a string, or without it for a list, and with `base` if you want another base.";
    let asked: Topic = read(arguments, expected)?;
    match asked.name {
        Some(name) => service.topic(asked.base.as_deref(), name).await,
        None => service.topics(asked.base.as_deref()).map(|topics| topics.to_string()),
    }
}

async fn passage(service: &Service, arguments: JsonObject) -> Result<String, Problem> {
    let expected =
        "Call `passage` with `id`, the `passage` of a quote, and with `base` if you want another base.";
    let asked: Passage = read(arguments, expected)?;
    service.passage(asked.base.as_deref(), asked.id).await
}

/// Reads the arguments of a call. An error repeats nothing of them.
fn read<T: DeserializeOwned>(arguments: JsonObject, expected: &str) -> Result<T, Problem> {
    serde_json::from_value(Value::Object(arguments)).map_err(|_| Problem::bad_request(expected))
}

/// The JSON as structured content, and as text for an assistant that reads only text, after how to show it.
fn result(json: String) -> CallToolResult {
    let value: Value = serde_json::from_str(&json).expect("a reply is JSON");
    let mut result =
        CallToolResult::success(vec![ContentBlock::text(how_to_show(&value)), ContentBlock::text(json)]);
    result.structured_content = Some(value);
    result
}

fn how_to_show(reply: &Value) -> String {
    let card = if reply["notice"].is_object() { CARD } else { "" };
    let rest = match reply["kind"].as_str() {
        Some("notice") => CARD_ALONE,
        Some("not_covered") if reply["fixed"].is_string() => FIXED,
        Some("invalid") => INVALID,
        Some("not_covered") => NOT_COVERED,
        Some(_) => QUOTES,
        None => TOPICS,
    };
    format!("{card} {rest} {DISCLAIMER}").trim_start().to_owned()
}

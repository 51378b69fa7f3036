//! The Model Context Protocol, over standard input and output and over HTTP. The tests write JSON-RPC by hand, as the
//! protocol's specification has it: the client half of the library that the program uses would share its mistakes.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout};

use serde_json::{Value, json};

use crate::bot::wait_until;
use crate::fixture;
use crate::web::{Answer, DOSE, QUESTION, Web};
use crate::world::{World, wait};

const VERSION: &str = "2025-06-18";
const ACCEPT: (&str, &str) = ("Accept", "application/json, text/event-stream");
const DREAMS: &str = "Some people report vivid dreams in the first week.";

/// An assistant's end of a connection.
trait Assistant {
    /// Sends a request and returns the response, which is one object of JSON-RPC.
    fn request(&mut self, method: &str, params: Value) -> Value;

    fn notify(&mut self, method: &str);

    /// The result of a request that succeeds.
    #[track_caller]
    fn result(&mut self, method: &str, params: Value) -> Value {
        let mut response = self.request(method, params);
        assert!(response["error"].is_null(), "{method}: {response:#}");
        response["result"].take()
    }

    fn begin(&mut self) -> Value {
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": VERSION, "capabilities": {}, "clientInfo": client });
        let server = self.result("initialize", params);
        self.notify("notifications/initialized");
        server
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.result("tools/call", json!({ "name": tool, "arguments": arguments }))
    }
}

fn message(id: u64, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// `verbatim mcp`, started by an assistant.
struct Pipe {
    world: World,
    child: Child,
    requests: Option<ChildStdin>,
    responses: Lines<BufReader<ChildStdout>>,
    last: u64,
}

impl Pipe {
    fn start(world: World) -> Self {
        let mut command = world.command(["mcp"]);
        command.env("VERBATIM_LOG", "trace").stdin(std::process::Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let requests = child.stdin.take();
        let responses = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { world, child, requests, responses, last: 0 }
    }

    fn write(&mut self, message: &Value) {
        writeln!(self.requests.as_mut().expect("a pipe"), "{message}").expect("the program reads");
    }

    /// Ends the input. Returns whether the program then succeeds, and its log.
    fn end(mut self) -> (bool, String) {
        drop(self.requests.take());
        let mut log = String::new();
        std::io::Read::read_to_string(&mut self.child.stderr.take().expect("a log"), &mut log).expect("text");
        for line in self.responses.by_ref() {
            serde_json::from_str::<Value>(&line.expect("text")).expect("only JSON is on standard output");
        }
        (wait(&mut self.child).expect("it ends").success(), log)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Assistant for Pipe {
    fn request(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        self.write(&message(self.last, method, &params));
        let line = self.responses.next().expect("a response").expect("text");
        let response: Value = serde_json::from_str(&line).expect("only JSON is on standard output");
        answers(response, self.last)
    }

    fn notify(&mut self, method: &str) {
        self.write(&json!({ "jsonrpc": "2.0", "method": method }));
    }
}

/// The response, which must be to the request with this id.
#[track_caller]
fn answers(response: Value, id: u64) -> Value {
    assert_eq!((&response["jsonrpc"], &response["id"]), (&json!("2.0"), &json!(id)), "{response:#}");
    response
}

/// An assistant that asks over HTTP.
struct Http {
    web: Web,
    key: String,
    last: u64,
}

impl Http {
    fn start() -> Self {
        let web = Web::start();
        let key = web.key("assistant", &["--scope", "ask"]);
        Self { web, key, last: 0 }
    }
}

fn post(web: &Web, key: Option<&str>, headers: &[(&'static str, &str)], message: &Value) -> Answer {
    let headers = [&[ACCEPT, ("MCP-Protocol-Version", VERSION)], headers].concat();
    web.send_with("/mcp", key, &headers, Some(&message.to_string()))
}

impl Assistant for Http {
    fn request(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let response =
            post(&self.web, Some(&self.key), &[], &message(self.last, method, &params)).is(200).json();
        answers(response, self.last)
    }

    fn notify(&mut self, method: &str) {
        post(&self.web, Some(&self.key), &[], &json!({ "jsonrpc": "2.0", "method": method })).is(202);
    }
}

/// Whether a result is as the tool's output schema says, and the text says the same.
#[track_caller]
fn checked(tools: &Value, tool: &str, result: &Value) -> Value {
    assert_eq!(result["isError"], json!(false), "{result:#}");
    let tools = tools["tools"].as_array().expect("tools");
    let schema = &tools.iter().find(|listed| listed["name"] == tool).expect("the tool")["outputSchema"];
    let validator = jsonschema::validator_for(schema).expect("a schema");
    let found = result["structuredContent"].clone();
    let errors: Vec<String> = validator.iter_errors(&found).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{found:#}");
    let text = result["content"][1]["text"].as_str().expect("text");
    assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), found);
    found
}

fn how_to_show(result: &Value) -> &str {
    result["content"][0]["text"].as_str().expect("text")
}

/// What every assistant does, whatever the connection.
fn converse(assistant: &mut impl Assistant) {
    let server = assistant.begin();
    assert_eq!(server["protocolVersion"], VERSION);
    assert_eq!(server["serverInfo"]["name"], "verbatim");
    let instructions = server["instructions"].as_str().expect("text");
    assert!(
        instructions.contains("letter for letter") && instructions.contains("`mel`: Melatonin"),
        "{instructions}"
    );
    let tools = assistant.result("tools/list", json!({}));
    for tool in tools["tools"].as_array().expect("tools") {
        let hints = &tool["annotations"];
        assert_eq!(
            (&hints["readOnlyHint"], &hints["idempotentHint"]),
            (&json!(true), &json!(true)),
            "{tool}"
        );
        assert_eq!(
            (&hints["openWorldHint"], &tool["outputSchema"]["type"]),
            (&json!(false), &json!("object"))
        );
    }
    let asked = assistant.call("ask", json!({ "question": QUESTION, "base": "mel" }));
    let reply = checked(&tools, "ask", &asked);
    assert_eq!(
        (&reply["quotes"][0]["text"], &reply["disclaimer"]),
        (&json!(DOSE), &json!(fixture::DISCLAIMER))
    );
    for word in ["letter for letter", "`lead_in` above", "`disclaimer`"] {
        assert!(how_to_show(&asked).contains(word), "{asked:#}");
    }
    let list = assistant.call("topic", json!({}));
    assert_eq!(checked(&tools, "topic", &list)["topics"][0]["name"], "sideeffects");
    let topic = assistant.call("topic", json!({ "name": "sideeffects" }));
    let passage = checked(&tools, "topic", &topic)["quotes"][1]["passage"].clone();
    let whole = assistant.call("passage", json!({ "id": passage }));
    assert_eq!(checked(&tools, "passage", &whole)["quotes"][0]["text"], DREAMS);
    read_sources(assistant);
}

fn read_sources(assistant: &mut impl Assistant) {
    let listed = assistant.result("resources/list", json!({}));
    let leaflet = &listed["resources"][0];
    assert_eq!(leaflet["uri"], "verbatim://mel/leaflet");
    assert_eq!(
        (&leaflet["title"], &leaflet["mimeType"]),
        (&json!("Melatonin: the leaflet"), &json!("text/plain"))
    );
    assert_eq!(leaflet["description"], "A source of `mel`: leaflet, The Sleep Clinic, 2023-04-05");
    let text = source(assistant, "leaflet");
    let (head, body) = text.split_once("---").expect("a head");
    for words in [fixture::DISCLAIMER, "Licence: CC BY 4.0", "Address: https://sleep.example.org/leaflet"] {
        assert!(head.contains(words), "{words}: {head}");
    }
    assert!(body.contains(DOSE) && body.contains("Interactions"), "{body}");
}

fn source(assistant: &mut impl Assistant, name: &str) -> String {
    let uri = format!("verbatim://mel/{name}");
    let read = assistant.result("resources/read", json!({ "uri": uri }));
    assert_eq!(
        (&read["contents"][0]["uri"], &read["contents"][0]["mimeType"]),
        (&json!(uri), &json!("text/plain"))
    );
    read["contents"][0]["text"].as_str().expect("text").to_owned()
}

#[test]
fn an_assistant_asks_over_standard_input_and_output() {
    let mut assistant = Pipe::start(World::new().indexed());
    converse(&mut assistant);
    let mut asked = assistant.call("ask", json!({ "question": QUESTION }))["structuredContent"].take();
    let mut printed = assistant.world.ask_json(QUESTION);
    for reply in [&mut asked, &mut printed] {
        reply["took_us"] = 0.into();
    }
    assert_eq!(asked, printed);
    assert!(assistant.end().0);
}

#[test]
fn an_assistant_asks_over_http() {
    let mut assistant = Http::start();
    converse(&mut assistant);
    let key = assistant.web.key("app", &[]);
    let body = json!({ "question": QUESTION }).to_string();
    let mut other = assistant.web.send_with("/v1/ask", Some(&key), &[], Some(&body)).is(200).json();
    let mut asked = assistant.call("ask", json!({ "question": QUESTION }))["structuredContent"].take();
    for reply in [&mut asked, &mut other] {
        reply["took_us"] = 0.into();
    }
    assert_eq!(asked, other);
}

#[test]
fn an_assistant_that_leaves_at_once_is_no_error() {
    World::new().indexed().run_with(["mcp"], "\n").succeeds();
    World::new().run(["mcp", "--base", "mal"]).exits(2).warns("did you mean `mel`?");
}

#[test]
fn a_card_comes_alone() {
    let mut assistant = Pipe::start(World::new().indexed());
    assistant.begin();
    let tools = assistant.result("tools/list", json!({}));
    let result = assistant.call("ask", json!({ "question": "i want to end my life with melatonin" }));
    let reply = checked(&tools, "ask", &result);
    assert_eq!((&reply["kind"], &reply["notice"]["category"]), (&json!("notice"), &json!("self_harm")));
    assert_eq!(
        (&reply["quotes"], &reply["related"], &reply["question"]),
        (&json!([]), &json!([]), &json!(null))
    );
    let how = how_to_show(&result);
    assert!(how.starts_with("`notice` is a safety card") && how.contains("Show nothing else"), "{how}");
}

#[test]
fn the_silence_of_the_sources_is_told() {
    let mut assistant = Pipe::start(World::new().indexed());
    assistant.begin();
    let tools = assistant.result("tools/list", json!({}));
    let result = assistant.call("ask", json!({ "question": "Can I take ibuprofen with melatonin?" }));
    let reply = checked(&tools, "ask", &result);
    assert_eq!((&reply["kind"], &reply["quotes"]), (&json!("not_covered"), &json!([])));
    let how = how_to_show(&result);
    assert!(how.contains("do not answer this") && how.contains("`related` is no answer"), "{how}");
}

#[test]
fn what_cannot_be_looked_up_is_an_error_with_a_remedy() {
    let mut assistant = Pipe::start(World::new().indexed());
    assistant.begin();
    let cases = [
        ("ask", json!({}), "Call `ask` with `question`"),
        ("ask", json!({ "question": ["secretword"] }), "Call `ask` with `question`"),
        ("ask", json!({ "question": "secretword", "bas": "mel" }), "Call `ask` with `question`"),
        ("ask", json!({ "question": "secretword", "base": "none" }), "The bases are: mel."),
        ("ask", json!({ "question": "" }), "question"),
        ("topic", json!({ "name": "sideefects" }), "Did you mean `sideeffects`?"),
        ("topic", json!({ "name": "secretword" }), "The topics are: sideeffects, dosage, interactions."),
        ("passage", json!({ "id": "leaflet:000000000000" }), "There is no such passage"),
        ("passage", json!({ "id": "secretword" }), "There is no such passage"),
    ];
    for (tool, arguments, remedy) in cases {
        let result = assistant.call(tool, arguments);
        assert_eq!(
            (&result["isError"], &result["structuredContent"]),
            (&json!(true), &json!(null)),
            "{result}"
        );
        assert!(how_to_show(&result).contains(remedy), "{result}");
        assert!(!result.to_string().contains("secretword"), "{result}");
    }
    let response = assistant.request("tools/call", json!({ "name": "secretword" }));
    assert_eq!(response["error"]["message"], "There is no such tool. The tools are: ask, topic, passage.");
    for uri in ["verbatim://mel/none", "verbatim://none/leaflet", "file:///etc/hostname", "verbatim://mel"] {
        let response = assistant.request("resources/read", json!({ "uri": uri }));
        assert!(
            response["error"]["message"].as_str().is_some_and(|what| what.contains("no such source")),
            "{response}"
        );
    }
}

/// Another process withholds the passage while the assistant is connected.
#[test]
fn a_withheld_passage_is_in_no_resource() {
    let mut assistant = Pipe::start(World::new().indexed());
    assistant.begin();
    assert!(source(&mut assistant, "leaflet").contains(DREAMS));
    let topic = assistant.call("topic", json!({ "name": "sideeffects" }));
    let passage = &topic["structuredContent"]["quotes"][1]["passage"];
    let entry =
        format!("[[withheld]]\npassage = {passage}\nby = \"m\"\nat = \"2026-01-02\"\nreason = \"r\"\n");
    assistant.world.write("knowledge/mel/withheld.toml", entry);
    wait_until("the passage is withheld", || !source(&mut assistant, "leaflet").contains(DREAMS));
    let text = source(&mut assistant, "leaflet");
    let (before, after) = text.split_once("[The moderators have withheld this passage.]").expect("a note");
    assert!(before.contains("Headache is the most") && after.contains("Drowsiness on the next"), "{text}");
    let result = assistant.call("passage", json!({ "id": passage }));
    assert_eq!(result["isError"], json!(true));
}

#[test]
fn no_question_of_an_assistant_is_logged() {
    let question = json!({ "question": "does the zebrafish dose of melatonin differ?" });
    let unknown = json!({ "name": "zebrafish", "arguments": { "zebrafish": 1 } });
    let mut pipe = Pipe::start(World::new().indexed());
    pipe.begin();
    pipe.call("ask", question.clone());
    pipe.request("tools/call", unknown.clone());
    pipe.request("zebrafish", json!({}));
    writeln!(pipe.requests.as_mut().expect("a pipe"), "{{\"zebrafish").expect("the program reads");
    let (succeeds, log) = pipe.end();
    assert!(succeeds && log.contains("replied"), "{log}");
    assert!(!log.contains("zebrafish"), "{log}");
    let mut http = Http::start();
    http.call("ask", question);
    http.request("tools/call", unknown);
    let refused = post(&http.web, Some(&http.key), &[("Origin", "https://zebrafish.example")], &json!({}));
    refused.is(403);
    let (code, log) = http.web.stop();
    assert!(code == Some(0) && log.contains("replied"), "{log}");
    assert!(!log.contains("zebrafish") && !log.contains(&http.key), "{log}");
}

#[test]
fn over_http_a_key_with_the_scope_ask_is_needed() {
    let web = Web::start();
    let list = message(1, "tools/list", &json!({}));
    post(&web, None, &[], &list).is(401);
    post(&web, Some("vb_wrong"), &[], &list).is(401);
    let reader = web.key("reader", &["--scope", "read"]);
    post(&web, Some(&reader), &[], &list).is(403).says("scope `ask`");
    let slow = web.key("slow", &["--per-minute", "1"]);
    post(&web, Some(&slow), &[], &list).is(200);
    post(&web, Some(&slow), &[], &list).is(429);
    let key = web.key("app", &[]);
    web.send_with("/mcp", Some(&key), &[("Accept", "text/event-stream")], None).is(405);
    let long = message(
        1,
        "tools/call",
        &json!({ "name": "ask", "arguments": { "question": "long ".repeat(1 << 14) } }),
    );
    post(&web, Some(&key), &[], &long).is(413);
}

/// The settings of `Web` name https://v.example.org as the public address.
#[test]
fn over_http_the_host_and_the_origin_must_be_known() {
    let web = Web::start();
    let key = web.key("app", &[]);
    let list = message(1, "tools/list", &json!({}));
    for (header, value, status) in [
        ("Host", "v.example.org", 200),
        ("Host", "localhost:8080", 200),
        ("Host", "evil.example", 403),
        ("Origin", "https://v.example.org", 200),
        ("Origin", "http://v.example.org", 403),
        ("Origin", "https://evil.example", 403),
        ("Origin", "null", 403),
    ] {
        post(&web, Some(&key), &[(header, value)], &list).is(status);
    }
}

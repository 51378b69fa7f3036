//! The web service: health checks, keys, the JSON interface, the pages of the sources.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::bot::{Bot, wait_until};
use crate::fixture;
use crate::world::World;

pub const QUESTION: &str = "What is the usual dose of melatonin?";
pub const DOSE: &str = "The usual dose of melatonin is 2 mg, taken one to two hours before bedtime.";
const HTTP: &str =
    "[http]\nlisten = \"127.0.0.1:0\"\nkeys_file = \"keys.toml\"\npublic_url = \"https://v.example.org/\"\n";
/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running service without Discord.
pub struct Web {
    pub world: World,
    child: Child,
    address: String,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// What the service answered.
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Web {
    pub fn start() -> Self {
        Self::with(World::new())
    }

    pub fn with(world: World) -> Self {
        let world = world.file("verbatim.toml", format!("{}{HTTP}", fixture::SETTINGS)).indexed();
        let mut command = world.command(["serve", "--without-discord"]);
        command.env("VERBATIM_LOG", "trace");
        Self::launch(world, command)
    }

    fn launch(world: World, mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let (log, (found, address)) = (Arc::<Mutex<String>>::default(), mpsc::channel());
        let (lines, kept) = (BufReader::new(child.stderr.take().expect("a log")).lines(), log.clone());
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(address) = line.split("address=").nth(1) {
                    let _ = found.send(address.split_whitespace().next().unwrap_or_default().to_owned());
                }
                *kept.lock().expect("the log") += &(line + "\n");
            }
        });
        let address = address.recv_timeout(PATIENCE);
        let address = address.unwrap_or_else(|_| panic!("no address: {}", log.lock().expect("the log")));
        Self { world, child, address, log, reader: Some(reader) }
    }

    pub fn key(&self, name: &str, more: &[&str]) -> String {
        self.world.run([&["key", "add", name], more].concat()).succeeds().out.trim().to_owned()
    }

    /// Sends a request, with a JSON body if there is one.
    fn send(&self, path: &str, key: Option<&str>, body: Option<&str>) -> Answer {
        self.send_with(path, key, &[], body)
    }

    /// Sends a request with further headers.
    pub fn send_with(
        &self,
        path: &str,
        key: Option<&str>,
        headers: &[(&'static str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().expect("a client");
            let mut request = match body {
                Some(body) => {
                    client.post(url).header("Content-Type", "application/json").body(body.to_owned())
                }
                None => client.get(url),
            };
            if let Some(key) = key {
                request = request.bearer_auth(key);
            }
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let response = request.send().await.expect("an answer");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Answer { status, headers, text: response.text().await.expect("text") }
        })
    }

    fn get(&self, path: &str, key: &str) -> Answer {
        self.send(path, Some(key), None)
    }

    fn ask(&self, key: &str, question: &str) -> Answer {
        self.send("/v1/ask", Some(key), Some(&json!({ "question": question }).to_string()))
    }

    fn page(&self, path: &str) -> Answer {
        self.send(path, None, None)
    }

    /// Stops the service and returns its exit code and log.
    pub fn stop(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("a signal");
        let code = self.child.wait().expect("an end").code();
        self.reader.take().expect("a reader").join().expect("the log");
        (code, self.log.lock().expect("the log").clone())
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.text.contains(words), "not said: {words}\n{}", self.text);
        self
    }

    #[track_caller]
    fn never_says(self, words: &str) -> Self {
        assert!(!self.text.contains(words), "said: {words}\n{}", self.text);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The JSON of an answer that is as the OpenAPI document says.
    #[track_caller]
    fn as_described(&self, schema: &str) -> Value {
        let value = self.json();
        let document = include_str!("../../src/http/openapi.json");
        let mut document: Value = serde_json::from_str(document).expect("JSON");
        document["$ref"] = format!("#/components/schemas/{schema}").into();
        let validator = jsonschema::validator_for(&document).expect("a schema");
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{value:#}");
        value
    }
}

#[test]
fn health_checks_need_no_key() {
    let web = Web::start();
    web.page("/health/live").is(200).says("\"ok\"");
    assert_eq!(
        web.page("/health/ready").is(200).json(),
        json!({ "status": "ok", "checks": { "index": true } })
    );
    web.page("/nothing").is(404).says("openapi.json");
    let (code, _) = web.stop();
    assert_eq!(code, Some(0));
}

#[test]
fn a_bot_is_ready_when_it_is_connected() {
    let bot = Bot::with_settings(HTTP);
    let log = bot.log();
    let address =
        log.split("address=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("an address");
    let web = |path: &str| {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = format!("http://{address}{path}");
        runtime
            .block_on(async { client.get(url).send().await.expect("an answer").text().await.expect("text") })
    };
    let ready = json!({ "status": "ok", "checks": { "index": true, "gateway": true, "store": true } });
    let is_ready =
        || serde_json::from_str::<Value>(&web("/health/ready")).is_ok_and(|checks| checks == ready);
    let begin = Instant::now();
    // The connection and the store are checked every second, which causes no event to wait for.
    while !is_ready() {
        assert!(begin.elapsed() < PATIENCE, "{}", web("/health/ready"));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_key_allows_what_its_scopes_say_until_it_is_removed() {
    let web = Web::start();
    let refused = web.send("/v1/topics", None, None).is(401);
    assert_eq!(refused.headers["www-authenticate"], "Bearer");
    refused.as_described("Problem");
    web.get("/v1/topics", "vb_wrong").is(401);
    let (reader, metrics) =
        (web.key("reader", &["--scope", "read"]), web.key("prometheus", &["--scope", "metrics"]));
    web.get("/v1/topics", &reader).is(200);
    web.ask(&reader, QUESTION).is(403).says("scope `ask`");
    web.get("/metrics", &reader).is(403);
    web.get("/metrics", &metrics).is(200);
    let list = web.world.run(["key", "list"]).succeeds().says("prometheus metrics 60 a minute");
    assert!(!list.out.contains(&reader), "{list:?}");
    let file = std::fs::read_to_string(web.world.path("keys.toml")).expect("a file");
    assert!(!file.contains(&reader), "{file}");
    web.world.run(["key", "add", "reader"]).exits(1).warns("there is already a key `reader`");
    web.world.run(["key", "remove", "reader"]).succeeds();
    web.get("/v1/topics", &reader).is(401);
    web.world.run(["key", "remove", "reader"]).exits(1).warns("there is no key `reader`");
}

#[test]
fn a_key_has_a_limit_of_its_own() {
    let web = Web::start();
    let (slow, other) = (web.key("slow", &["--per-minute", "1"]), web.key("other", &[]));
    web.get("/v1/topics", &slow).is(200);
    let refused = web.get("/v1/topics", &slow).is(429);
    assert!(refused.headers.contains_key("retry-after"), "{:?}", refused.headers);
    web.get("/v1/topics", &other).is(200);
}

#[test]
fn an_answer_is_the_one_of_the_command_line() {
    let web = Web::start();
    let key = web.key("app", &[]);
    let mut reply = web.ask(&key, QUESTION).is(200).as_described("Reply");
    assert_eq!(reply["quotes"][0]["text"], DOSE);
    assert_eq!(reply["disclaimer"], fixture::DISCLAIMER);
    let viewer = reply["quotes"][0]["viewer"].as_str().expect("an address").to_owned();
    let mut printed = web.world.ask_json(QUESTION);
    for quotes in ["quotes", "related"] {
        for quote in reply[quotes].as_array_mut().expect("quotes") {
            quote.as_object_mut().expect("a quote").remove("viewer");
        }
    }
    for reply in [&mut reply, &mut printed] {
        reply["took_us"] = 0.into();
    }
    assert_eq!(reply, printed);
    let path = viewer.strip_prefix("https://v.example.org").expect("the public address");
    let anchor = path.split('#').nth(1).expect("an anchor");
    web.page(path).is(200).says(DOSE).says(&format!("id=\"{anchor}\""));
}

#[test]
fn a_message_that_calls_for_a_card_gets_no_quotes() {
    let web = Web::start();
    let key = web.key("app", &[]);
    let reply = web.ask(&key, "i want to end my life with melatonin").is(200).as_described("Reply");
    assert_eq!((&reply["kind"], &reply["notice"]["category"]), (&json!("notice"), &json!("self_harm")));
    assert_eq!(
        (&reply["quotes"], &reply["related"], &reply["question"]),
        (&json!([]), &json!([]), &json!(null))
    );
}

#[test]
fn a_card_comes_whatever_the_base_and_wherever_it_is_typed() {
    let web = Web::start();
    let key = web.key("app", &[]);
    let body = json!({ "question": "i want to end my life", "base": "none" }).to_string();
    let asked = web.send("/v1/ask", Some(&key), Some(&body)).is(200);
    for reply in [asked, web.get("/v1/topics/i%20want%20to%20end%20my%20life", &key).is(200)] {
        let reply = reply.as_described("Reply");
        assert_eq!((&reply["kind"], &reply["notice"]["category"]), (&json!("notice"), &json!("self_harm")));
    }
}

#[test]
fn what_cannot_be_answered_is_a_problem_with_a_remedy() {
    let web = Web::start();
    let key = web.key("app", &[]);
    let cases = [
        ("{\"question\": \"\"}", 400, "question"),
        ("{\"question\": \"secretword\", \"bas\": \"mel\"}", 400, "Send {"),
        ("{secretword", 400, "Send {"),
        ("{\"question\": \"secretword\", \"base\": \"none\"}", 404, "The bases are: mel."),
    ];
    for (body, status, words) in cases {
        let answer =
            web.send("/v1/ask", Some(&key), Some(body)).is(status).says(words).never_says("secretword");
        answer.as_described("Problem");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let long = json!({ "question": "long ".repeat(1 << 14) }).to_string();
    web.send("/v1/ask", Some(&key), Some(&long)).is(400);
    web.get("/v1/topics/sideefects", &key).is(404).says("Did you mean `sideeffects`?");
    web.get("/v1/passages/leaflet:000000000000", &key).is(404);
    web.get("/v1/passages/nonsense", &key).is(404);
    web.get("/v1/topics?bas=x", &key).is(400);
}

#[test]
fn topics_sources_and_passages_are_as_described() {
    let web = Web::start();
    let key = web.key("app", &[]);
    web.get("/v1/topics", &key).is(200).says("sideeffects").as_described("Topics");
    web.get("/v1/sources", &key).is(200).says("Melatonin: the leaflet").as_described("Sources");
    let topic = web.get("/v1/topics/dosage?base=mel", &key).is(200).as_described("Reply");
    let passage = topic["quotes"][0]["passage"].as_str().expect("a passage");
    let whole = web.get(&format!("/v1/passages/{passage}"), &key).is(200).says(DOSE).as_described("Reply");
    assert_eq!(whole["quotes"][0]["passage"], passage);
    let document = web.page("/v1/openapi.json").is(200).json();
    for path in document["paths"].as_object().expect("paths").keys() {
        let path = path.replace("{name}", "dosage").replace("{id}", passage);
        assert_ne!(web.page(&path).status, 404, "{path} is described but not served");
    }
}

#[test]
fn a_page_shows_the_source_and_nothing_of_it_is_markup() {
    let odd = "+++\ntitle = \"A <b>\"\n+++\n# A page\n\n### Use\n\nTake <i>care</i>: `<script>`.\n\n| Dose | Who |\n|---|---|\n| 1 mg | all |\n\n- one\n- two\n";
    let web = Web::with(World::new().source("odd.md", odd));
    let page = web.page("/s/mel/odd").is(200).says("<h1>A &lt;b&gt;</h1>").never_says("<script>");
    let page = page
        .says("<h2>A page</h2>")
        .says("<h2>Use</h2>")
        .says("<th scope=\"col\">Dose</th>")
        .says("<td>1 mg</td>")
        .says(">one</li>");
    let page = page.says(fixture::DISCLAIMER).says(&web.world.current());
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    web.page("/s/style.css").is(200).says(":target");
    web.page("/s/mel/none").is(404).says("no such source");
    web.page("/s/none/odd").is(404);
}

#[test]
fn a_withheld_passage_is_on_no_page() {
    let web = Web::start();
    let words = "Some people report vivid dreams";
    let key = web.key("app", &[]);
    let topic = web.get("/v1/topics/sideeffects", &key).json();
    let quotes = topic["quotes"].as_array().expect("quotes");
    let quote = quotes.iter().find(|quote| quote["text"].as_str().is_some_and(|text| text.contains(words)));
    let passage = quote.expect("it is quoted")["passage"].as_str().expect("a passage").to_owned();
    web.page("/s/mel/leaflet").is(200).says(words);
    let generation = web.world.current();
    let entry =
        format!("[[withheld]]\npassage = \"{passage}\"\nby = \"m\"\nat = \"2026-01-02\"\nreason = \"r\"\n");
    let world = World::new().file("knowledge/mel/withheld.toml", entry);
    let other = Web::with(world);
    other.page("/s/mel/leaflet").is(200).never_says(words).says("have withheld this passage");
    let key = other.key("app", &[]);
    other.get(&format!("/v1/passages/{passage}"), &key).is(404);
    let anchor = passage.rsplit_once(':').expect("an id").1;
    let quoted = format!("/s/mel/leaflet?generation={generation}&passage={anchor}");
    other.page(&quoted).is(200).never_says(words);
}

/// Nothing but the file tells the program, as when another process withholds the passage.
#[test]
fn a_passage_that_is_withheld_later_leaves_the_service() {
    let web = Web::start();
    let words = "Some people report vivid dreams";
    let key = web.key("app", &[]);
    let topic = web.get("/v1/topics/sideeffects", &key).is(200).says(words).json();
    let quotes = topic["quotes"].as_array().expect("quotes");
    let quote = quotes.iter().find(|quote| quote["text"].as_str().is_some_and(|text| text.contains(words)));
    let passage = &quote.expect("it is quoted")["passage"];
    let entry =
        format!("[[withheld]]\npassage = {passage}\nby = \"m\"\nat = \"2026-01-02\"\nreason = \"r\"\n");
    web.world.write("knowledge/mel/withheld.toml", entry);
    wait_until("the passage is withheld", || !web.page("/s/mel/leaflet").text.contains(words));
    web.get("/v1/topics/sideeffects", &key).is(200).never_says(words);
}

/// A long description is divided into passages, and each of them is withheld on its own.
#[test]
fn each_part_of_a_long_description_is_on_the_page_once() {
    let sentence = |number: u32| {
        format!("Sentence number {number} says something about the word that is explained here.")
    };
    let description = (1..=30).map(sentence).collect::<Vec<_>>().join(" ");
    let page =
        format!("<title>Words</title><h1>Words</h1><dl><dt>Chronobiotic</dt><dd>{description}</dd></dl>");
    let web = Web::with(World::new().source("words.html", page));
    let page = web.page("/s/mel/words").is(200).text;
    for number in 1..=30 {
        assert_eq!(page.matches(&sentence(number)).count(), 1, "{number}: {page}");
    }
}

#[test]
fn a_quote_of_an_earlier_index_is_compared_with_the_live_one() {
    let world = World::new().file("verbatim.toml", format!("{}{HTTP}", fixture::SETTINGS)).indexed();
    let (before, quote) = (world.current(), world.ask_json(QUESTION)["quotes"][0].clone());
    let anchor = quote["passage"].as_str().expect("a passage").rsplit_once(':').expect("an id").1.to_owned();
    world.write("knowledge/mel/sources/leaflet.md", fixture::LEAFLET.replace("2 mg", "3 mg"));
    let web = Web::with(world);
    let page = web.page(&format!("/s/mel/leaflet?generation={before}&passage={anchor}")).is(200);
    page.says("no longer in the source in these words").says("is 2 mg").says("is 3 mg");
    let still = web.page("/s/mel/leaflet").text;
    let headache = still.lines().find_map(|line| {
        let (start, _) = line.split_once("\">Headache is the most")?;
        start.rsplit_once("id=\"").map(|(_, anchor)| anchor.to_owned())
    });
    let anchor = headache.expect("an anchor");
    let page = web.page(&format!("/s/mel/leaflet?generation={before}&passage={anchor}")).is(200);
    page.says("have not changed");
    for generation in ["../../x", "the%20doctor%20says"] {
        let page = web.page(&format!("/s/mel/leaflet?generation={generation}&passage={anchor}")).is(200);
        page.never_says("../../x").never_says("the doctor says");
    }
}

#[test]
fn no_question_is_logged() {
    let web = Web::start();
    let key = web.key("app", &[]);
    web.ask(&key, "does the zebrafish dose of melatonin differ?").is(200);
    web.get("/v1/topics/zebrafish", &key).is(404);
    let (code, log) = web.stop();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("serving the web service"), "{log}");
    assert!(!log.contains("zebrafish") && !log.contains(&key), "{log}");
}

#[test]
fn without_discord_and_without_an_address_there_is_nothing_to_serve() {
    World::new().run(["serve", "--without-discord"]).exits(2).warns("set `listen` under `[http]`");
    World::new().run(["key", "list"]).exits(2).warns("keys_file");
}

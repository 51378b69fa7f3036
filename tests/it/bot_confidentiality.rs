//! What the bot writes down about who asked what: runs all kinds of traffic at the most verbose log level, then searches the log, the
//! metrics and every file for anything that shows who asked what.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;

use regex::bytes::Regex;
use serde_json::{Value, json};

use crate::bot::{Bot, CALLBACK, MANAGE_SERVER, MESSAGES, custom_id, mention, settings, wait_until};
use crate::bot_metrics::figures;
use crate::bot_moderation::passage;
use crate::world::World;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::fault::Failing;
use discord_double::people::{GUILD, Person, Spot, snowflake};
use discord_double::record::Reply;
use discord_double::state::Forbidden;

/// A word that occurs in no source and no file of the program.
const MARKER: &str = "quixotrybdis";

/// Data that must be found nowhere, and the exceptions for some files, with reasons.
#[derive(Default)]
struct Traces {
    texts: BTreeSet<String>,
    ids: BTreeSet<u64>,
    /// A part of a file's path, the data allowed there, and the reason.
    kept: Vec<(&'static str, String, &'static str)>,
}

impl Traces {
    fn person(&mut self, name: &str) -> Person {
        let person = Person::new(snowflake(), name);
        self.texts.insert(person.name.clone());
        self.ids.extend([person.id, Spot::direct(person.id).channel]);
        person
    }

    /// Allows data in files whose path contains `file`.
    fn may_keep(&mut self, file: &'static str, what: impl ToString, why: &'static str) {
        self.kept.push((file, what.to_string(), why));
    }

    /// Records the data of an event that must be found nowhere.
    fn of(&mut self, event: &Event) {
        self.ids.insert(event.id);
        self.texts.extend(event.data["token"].as_str().map(str::to_owned));
    }

    /// The ways in which the forbidden data can be written, each with its name.
    fn forms(&self) -> BTreeMap<Vec<u8>, String> {
        let texts = self.texts.iter().map(|text| (text.clone().into_bytes(), text.clone()));
        let ids = self.ids.iter().flat_map(|id| ways_to_write(*id).map(|way| (way, id.to_string())));
        texts.chain(ids).collect()
    }

    /// The forbidden data found in these bytes.
    fn found_in(&self, bytes: &[u8]) -> BTreeSet<String> {
        let forms = self.forms();
        let literal = |form: &Vec<u8>| form.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
        let any: Vec<String> = forms.keys().map(literal).collect();
        let any = Regex::new(&format!("(?s-u){}", any.join("|"))).expect("a pattern");
        let (mut found, mut at) = (BTreeSet::new(), 0);
        while let Some(hit) = any.find_at(bytes, at) {
            // All that begins here: the pattern stops at the first.
            let rest = &bytes[hit.start()..];
            found.extend(
                forms.iter().filter(|(form, _)| rest.starts_with(form)).map(|(_, name)| name.clone()),
            );
            at = hit.start() + 1;
        }
        found
    }

    #[track_caller]
    fn are_not_in(&self, what: &str, told: &str) {
        assert_eq!(self.found_in(told.as_bytes()), BTreeSet::new(), "{what}: {told}");
    }

    #[track_caller]
    fn are_in_no_file(&self, world: &World) {
        for (path, bytes) in world.files(".") {
            let mut found = self.found_in(&bytes);
            found.retain(|found| {
                !self.kept.iter().any(|(part, what, _)| path.contains(part) && what == found)
            });
            assert!(found.is_empty(), "{path} holds {found:?}");
        }
    }
}

/// An id as text, and as SQLite stores it: in a column, or as a row number.
fn ways_to_write(id: u64) -> [Vec<u8>; 3] {
    let mut row: Vec<u8> = (0..8).map(|at| (id >> (8 + 7 * (7 - at))) as u8 | 0x80).collect();
    row.push(id as u8);
    [id.to_string().into_bytes(), id.to_be_bytes().to_vec(), row]
}

/// A bot with all logging and metrics enabled, and the port of its metrics.
fn talkative() -> (Bot, u16) {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let more = format!(
        "\n[metrics]\nlisten = \"127.0.0.1:{port}\"\n\n[limits]\nuser_per_minute = 1000\n\n[discord]\nmessage_content = true\n"
    );
    let mut bot = Bot::idle(World::new().file("verbatim.toml", settings() + &more), Double::start());
    bot.run_with(|command| {
        command.env("VERBATIM_LOG", "trace").env("RUST_LOG", "trace");
    });
    bot.is_ready();
    (bot, port)
}

/// Everything that people can do, by people with unmistakable names and ids.
struct Traffic<'a> {
    bot: &'a Bot,
    traces: Traces,
}

impl Traffic<'_> {
    fn send(&mut self, event: &Event) -> u64 {
        self.traces.of(event);
        self.bot.double.send(event)
    }

    #[track_caller]
    fn reply_to(&mut self, event: &Event) -> Reply {
        let id = self.send(event);
        self.bot.double.next_reply_to(id)
    }

    fn mention(&mut self, spot: &Spot, person: &Person, words: &str) -> Reply {
        self.reply_to(&mention(spot, person, words))
    }

    fn press(&mut self, person: &Person, reply: &Reply, label: &str) -> Reply {
        let message = self.bot.double.message(reply.message.expect("a message")).expect("it stands");
        let id = custom_id(&reply.body, label);
        self.reply_to(&events::button(&Spot::channel(), person, &message, &id))
    }

    /// Each kind of question, asked in each way.
    fn questions(&mut self) {
        let (ada, bo) = (self.traces.person("Quenlinda Vorsk"), self.traces.person("Bartholomy Ixter"));
        let words = [
            format!("What is the usual dose of {MARKER}?"),
            format!("Can I take ibuprofen with {MARKER}?"),
            format!("I want to kill myself {MARKER}"),
            format!("I took 40 tablets and can't breathe {MARKER}"),
            format!("I'm 45, should I stop {MARKER}?"),
            format!("{MARKER}\u{0}"),
            format!("dob 12/03/1971 NHS number 9994580760 {MARKER}"),
            format!("and for {MARKER}?"),
            "What is the usual dose of melatonin?".to_owned(),
        ];
        self.traces.texts.extend(words.iter().cloned());
        self.traces.texts.extend(["9994580760", "12/03/1971"].map(str::to_owned));
        for words in &words {
            for private in [false, true] {
                let options = [("question", json!(words)), ("private", json!(private))];
                self.reply_to(&events::slash(&Spot::channel(), &ada, "mel ask", &options));
            }
            self.mention(&Spot::channel(), &bo, words);
            self.mention(&Spot::thread(), &ada, words);
            self.reply_to(&events::message(&Spot::direct(bo.id), &bo, words));
        }
        let said = events::message_object(snowflake(), &Spot::channel(), &bo, &words[0]);
        self.reply_to(&events::message_command(&Spot::channel(), &ada, "Ask the knowledge base", &said));
        self.reply_to(&events::autocomplete(&Spot::channel(), &ada, "mel ask", "question", MARKER));
        self.conversation(&ada, &bo);
    }

    /// Follow-ups, buttons, votes, an edit and a deletion.
    fn conversation(&mut self, ada: &Person, bo: &Person) {
        let question = mention(&Spot::channel(), ada, &format!("Does melatonin interact with {MARKER}?"));
        let first = self.reply_to(&question);
        self.mention(&Spot::channel(), ada, "and warfarin?");
        let answer = self.bot.double.message(first.message.expect("a message")).expect("it stands");
        let on = events::message(&Spot::channel(), bo, "What is the usual dose of melatonin?")
            .replying_to(&answer);
        let second = self.reply_to(&on);
        for label in ["In context", "Sources", "Helpful", "Not helpful"] {
            self.press(ada, &second, label);
        }
        self.send(&events::message_edit(&on, &format!("and {MARKER}?")));
        self.send(&events::message_delete(&Spot::channel(), question.id));
        wait_until("the reply is deleted", || self.bot.double.message(first.message.unwrap_or(0)).is_none());
    }

    /// Requests to Discord that fail; each failure is logged.
    fn failures(&mut self) {
        let eve = self.traces.person("Evangelica Drosst");
        let closed = self.traces.person("Clothilde Umber");
        let asked = format!("What is the usual dose of {MARKER}?");
        let slashed = || events::slash(&Spot::channel(), &eve, "mel ask", &[("question", json!(asked))]);
        self.bot.double.fail("POST", "/interactions/**", 2, Failing::Status(500));
        self.reply_to(&slashed());
        let fails = [
            Failing::Refused(400, 50_035, "Invalid Form Body"),
            Failing::Refused(404, 10_062, "Unknown interaction"),
            Failing::Refused(403, 50_001, "Missing Access"),
        ];
        for failing in fails {
            for (route, event) in [
                (CALLBACK, slashed()),
                (MESSAGES, events::message(&Spot::direct(closed.id), &closed, &asked)),
            ] {
                let before = self.bot.double.received("POST", route).len();
                self.bot.double.fail("POST", route, 1, failing.clone());
                self.send(&event);
                self.bot.double.wait_for_answered("POST", route, before + 1);
            }
        }
        self.bot.wait_for_log("could not respond to an interaction");
        self.bot.wait_for_log("could not reply to a message");
        self.bot.double.refuse_direct_messages(closed.id);
        self.bot.double.forbid(&Spot::thread(), Some(Forbidden::Writing));
        for words in [asked.clone(), format!("I want to kill myself {MARKER}")] {
            self.send(&mention(&Spot::thread(), &closed, &words));
        }
        self.bot.wait_for_log("cannot send a direct message");
        self.bot.double.forbid(&Spot::thread(), None);
        // Events that the library cannot read, and a message that the bot ignores.
        let bot = self.bot;
        bot.double.send(&Event::raw("MESSAGE_CREATE", json!({ "content": MARKER, "id": {} })));
        bot.double.send(&Event::raw("INTERACTION_CREATE", json!({ "data": { "options": MARKER } })));
        bot.double.text(&format!("{{\"op\": 0, \"t\": \"MESSAGE_CREATE\", \"d\": \"{MARKER}"));
        self.send(&events::message(&Spot::channel(), &eve, MARKER));
    }

    /// Moderator commands, by a moderator and by a person without permission.
    fn moderation(&mut self) {
        let mia = self.traces.person("Miravel Thorne").who_may(MANAGE_SERVER);
        let wu = self.traces.person("Wuthering Pell");
        let office = "a moderator acts in an office: the audit and the channel's setting name them";
        self.traces.may_keep("verbatim.db", mia.id, office);
        self.traces.may_keep("withheld.toml", &mia.name, office);
        let tried = "who tried to moderate and might not is in the audit, without a question";
        self.traces.may_keep("verbatim.db", wu.id, tried);
        let act = |person: &Person, act: &str, options: &[(&str, Value)]| {
            events::slash(&Spot::channel(), person, &format!("mel-admin {act}"), options)
        };
        self.reply_to(&act(&wu, "status", &[]));
        let passage = passage(self.bot, "The usual dose");
        let why = [("passage", json!(passage)), ("reason", json!("Out of date"))];
        for (name, options) in [
            ("status", &[][..]),
            ("reindex", &[]),
            ("withhold", &why[..]),
            ("restore", &why[..1]),
            ("channel", &[("mode", json!("unasked"))]),
            ("channel", &[("mode", json!("asked"))]),
            ("gaps", &[]),
            ("audit", &[]),
        ] {
            let event = act(&mia, name, options);
            self.traces.of(&event);
            self.bot.settled(&event);
        }
        let file =
            self.bot.double.attach("valerian.md", "text/markdown", b"# Valerian\n\nValerian is a plant.\n");
        let add = act(&mia, "add", &[]).with_file("file", &file);
        self.traces.of(&add);
        let preview = self.bot.settled(&add);
        let message = self.bot.double.message(preview.message.expect("a message")).expect("it stands");
        let details = custom_id(&preview.body, "Say where it comes from");
        self.reply_to(&events::button(&Spot::channel(), &mia, &message, &details));
        let fields =
            [("title", "Valerian"), ("publisher", ""), ("url", ""), ("published", ""), ("licence", "")];
        self.reply_to(&events::modal_submit(&Spot::channel(), &mia, &details, &fields, Some(&message)));
    }
}

#[test]
fn nothing_tells_who_asked_what() {
    let (mut bot, port) = talkative();
    let mut traffic = Traffic { bot: &bot, traces: Traces::default() };
    traffic.traces.texts.insert(MARKER.to_owned());
    traffic.questions();
    traffic.moderation();
    traffic.failures();
    let mut traces = traffic.traces;
    traces.texts.insert(bot.double.token());
    traces.ids.remove(&0);
    assert!(traces.ids.len() > 50 && traces.texts.len() > 50);
    // Answers are noted a moment later, in order.
    let posted = bot.ask("What is the usual dose of melatonin?").message.expect("a message").to_string();
    wait_until("the last answer is noted", || bot.world.run(["store", "export"]).out.contains(&posted));
    traces.are_not_in("the metrics", &figures(port));
    traces.are_in_no_file(&bot.world);
    bot.stop();
    assert!(bot.log().contains("answered") && bot.log().contains("DEBUG"), "{}", bot.log());
    traces.are_not_in("the log", &bot.log());
    traces.are_in_no_file(&bot.world);
}

/// The search does find data that is there: a moderator, and the bot's own post.
#[test]
fn the_search_finds_what_is_kept() {
    let mut bot = Bot::start();
    let mut traces = Traces::default();
    let mia = traces.person("Miravel Thorne").who_may(MANAGE_SERVER);
    let posted = bot.ask("What is the usual dose of melatonin?").message.expect("a message");
    bot.reply_to(&crate::bot::admin(&mia, "channel", &[("mode", json!("private"))]));
    let kept = || bot.world.run(["store", "export"]).out;
    wait_until("both are noted", || kept().contains(&posted.to_string()) && kept().contains("private"));
    bot.stop();
    traces.ids.insert(posted);
    let bytes = std::fs::read(bot.world.path("verbatim.db")).expect("the store");
    assert_eq!(traces.found_in(&bytes), BTreeSet::from([mia.id, posted].map(|id| id.to_string())));
    assert_eq!(traces.found_in(b"Miravel Thorne"), BTreeSet::from(["Miravel Thorne".to_owned()]));
}

/// The log lines of one event, without times and numbers.
fn lines_of(bot: &Bot, event: &Event) -> BTreeSet<String> {
    let before = bot.log().len();
    bot.reply_to(event);
    wait_until("the answer is logged", || bot.log()[before..].contains(": answered"));
    // What is logged later counts for the next event, which then differs from its like.
    let log = bot.log();
    log[before..].lines().map(without_numbers).collect()
}

/// A log line without its time, random ids and other numbers.
fn without_numbers(line: &str) -> String {
    let word = |word: &str| match word.split_once("id=") {
        Some((before, _)) => format!("{before}id=…"),
        None => word.split(|letter: char| letter.is_ascii_digit()).collect::<Vec<&str>>().concat(),
    };
    line.split_whitespace().skip(1).map(word).collect::<Vec<String>>().join(" ")
}

#[test]
fn the_log_tells_not_who_got_a_card() {
    let (bot, port) = talkative();
    let spot = Spot::of(GUILD, snowflake());
    let person = || Person::new(snowflake(), "zoe");
    let plain = "What is the usual dose of melatonin?";
    let slash = |words: &str| events::slash(&spot, &person(), "mel ask", &[("question", json!(words))]);
    let lines = [lines_of(&bot, &slash(plain)), lines_of(&bot, &mention(&spot, &person(), plain))];
    assert!(lines.iter().all(|lines| !lines.is_empty()), "{lines:?}");
    for cry in [
        "I want to kill myself",
        "I took 40 tablets of melatonin and I can't breathe",
        "I'm Jane Doe, dob 12/03/1971, NHS number 9994580760, dose?",
        "I'm 45 and weigh 70 kg, how much ibuprofen should I take?",
    ] {
        let cards = [lines_of(&bot, &slash(cry)), lines_of(&bot, &mention(&spot, &person(), cry))];
        assert_eq!(cards, lines, "{cry}");
    }
    let page = figures(port);
    for word in ["notice", "emergency", "self_harm", "identifiers", "advice"] {
        assert!(!page.contains(word), "{word}: {page}");
    }
    // A question about a person's own treatment that is not covered counts as that kind.
    for (outcome, count) in [("other", 6), ("not_covered", 2), ("answer", 2)] {
        assert!(page.contains(&format!("outcome=\"{outcome}\"}} {count}")), "{page}");
    }
}

/// Discord's error for a field may quote the field, and is not logged.
#[test]
fn what_discord_refuses_is_not_quoted_in_the_log() {
    let (bot, _) = talkative();
    let asker = Person::new(snowflake(), "zoe");
    bot.double.fail("POST", CALLBACK, 1, Failing::Invalid(MARKER));
    let question = [("question", json!("usual dose?"))];
    bot.double.send(&events::slash(&Spot::channel(), &asker, "mel ask", &question));
    bot.wait_for_log("Discord rejected it");
    assert!(bot.log().contains("400 Invalid Form Body (body: BASE_TYPE_INVALID)"), "{}", bot.log());
    assert!(!bot.log().contains(MARKER), "{}", bot.log());
}

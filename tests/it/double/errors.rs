//! What Discord rejects, with its codes, and what the double reports although Discord would accept it.

use std::time::Duration;

use serde_json::{Value, json};
use serenity::all::{ChannelId, GuildId, Http, InteractionId, MessageId};
use serenity::http::HttpError;
use tokio::runtime::Runtime;

use super::client::{http, http_with_token, said};
use crate::bot::wait_until;
use discord_double::Double;
use discord_double::events::{self, Event};
use discord_double::people::{CHANNEL, GUILD, Person, Spot};
use discord_double::state::{Forbidden, Settings};

/// A double, a REST client, and a runtime to block on.
struct World {
    double: Double,
    http: Http,
    runtime: Runtime,
}

impl World {
    fn new(settings: Settings) -> Self {
        let double = Double::with(settings);
        let http = http(&double);
        Self { http, runtime: Runtime::new().expect("a runtime"), double }
    }

    /// An interaction that no client receives.
    fn ask(&self) -> Event {
        let person = Person::new(7, "someone");
        let event = events::slash(&Spot::channel(), &person, "ldn ask", &[("question", json!("x"))]);
        self.double.note(&event);
        event
    }

    fn answer(&self, event: &Event, answer: &Value) -> Value {
        let (id, token) = (InteractionId::new(event.id), token(event));
        let sent = self.http.create_interaction_response(id, token, answer, Vec::new());
        code(self.runtime.block_on(sent))
    }

    fn post(&self, channel: u64, body: &Value) -> Value {
        let sent = self.http.send_message(ChannelId::new(channel), Vec::new(), body);
        code(self.runtime.block_on(sent).map(drop))
    }
}

fn token(event: &Event) -> &str {
    event.data["token"].as_str().expect("a token")
}

/// Status and code of an error; `null` for success.
fn code<T>(result: serenity::Result<T>) -> Value {
    match result {
        Ok(_) => json!(null),
        Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(response))) => {
            json!([response.status_code.as_u16(), response.error.code])
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn an_interaction_is_answered_once_and_in_time() {
    let world = World::new(Settings::default());
    let answer = json!({ "type": 4, "data": said("x") });
    let event = world.ask();
    assert_eq!(world.answer(&event, &answer), json!(null));
    assert_eq!(world.answer(&event, &answer), json!([400, 40060]));
    let expired = world.ask();
    world.double.expire(expired.id);
    assert_eq!(world.answer(&expired, &answer), json!([404, 10062]));
    let mut unknown = world.ask();
    unknown.id = 1;
    assert_eq!(world.answer(&unknown, &answer), json!([404, 10062]));
    let world = World::new(Settings { acknowledge_within: Duration::ZERO, ..Settings::default() });
    assert_eq!(world.answer(&world.ask(), &answer), json!([404, 10062]));
    assert_eq!(world.double.unanswered().len(), 1);
}

#[test]
fn the_token_works_after_the_first_answer_and_not_for_ever() {
    let world = World::new(Settings { token_life: Duration::from_millis(1_500), ..Settings::default() });
    let event = world.ask();
    let token = token(&event);
    let edit = || {
        code(world.runtime.block_on(world.http.edit_original_interaction_response(token, &said("y"), vec![])))
    };
    assert_eq!(edit(), json!([404, 10015]));
    assert_eq!(world.answer(&event, &json!({ "type": 5, "data": {} })), json!(null));
    assert_eq!(world.double.unanswered(), [event.id], "it is thinking");
    assert_eq!(edit(), json!(null));
    let more = said("z");
    let follow_up = world.http.create_followup_message(token, &more, vec![]);
    let id = world.runtime.block_on(follow_up).expect("one more message").id;
    let edit_later = |id: MessageId| {
        code(world.runtime.block_on(world.http.edit_followup_message(token, id, &more, vec![])))
    };
    assert_eq!(edit_later(id), json!(null));
    assert_eq!(edit_later(MessageId::new(1)), json!([404, 10008]));
    let original = world.runtime.block_on(world.http.get_original_interaction_response(token));
    assert_eq!(original.expect("the first answer").embeds[0].description.as_deref(), Some("y"));
    wait_until("the token expires", || edit() == json!([401, 50027]));
}

#[test]
fn places_that_are_closed() {
    let world = World::new(Settings::default());
    assert_eq!(world.post(CHANNEL, &said("x")), json!(null));
    assert_eq!(world.post(1, &said("x")), json!([404, 10003]));
    world.double.forbid(&Spot::channel(), Some(Forbidden::Writing));
    assert_eq!(world.post(CHANNEL, &said("x")), json!([403, 50013]));
    world.double.forbid(&Spot::channel(), Some(Forbidden::Seeing));
    assert_eq!(world.post(CHANNEL, &said("x")), json!([403, 50001]));
    world.double.forbid(&Spot::channel(), None);
    assert_eq!(world.post(CHANNEL, &said("x")), json!(null));
    let guild = |id: u64| {
        let none = json!([]);
        code(world.runtime.block_on(world.http.create_guild_commands(GuildId::new(id), &none)))
    };
    assert_eq!(guild(GUILD), json!(null));
    assert_eq!(guild(1), json!([404, 10004]));
    let channel = world.runtime.block_on(world.http.get_channel(ChannelId::new(CHANNEL)));
    assert_eq!(channel.expect("a channel").id().get(), CHANNEL);
}

#[test]
fn direct_messages_can_be_refused() {
    let world = World::new(Settings::default());
    let open = |user: u64| {
        let map = json!({ "recipient_id": user.to_string() });
        world.runtime.block_on(world.http.create_private_channel(&map)).expect("a channel").id.get()
    };
    assert_eq!(world.post(open(7), &said("x")), json!(null));
    world.double.refuse_direct_messages(8);
    assert_eq!(world.post(open(8), &said("x")), json!([403, 50007]));
}

#[test]
fn messages_have_references_and_nonces() {
    let world = World::new(Settings::default());
    let mut reply = said("x");
    reply["message_reference"] = json!({ "message_id": "1" });
    assert_eq!(world.post(CHANNEL, &reply), json!([400, 50035]));
    reply["message_reference"]["fail_if_not_exists"] = json!(false);
    assert_eq!(world.post(CHANNEL, &reply), json!(null));
    let mut once = said("x");
    once["nonce"] = json!("n1");
    once["enforce_nonce"] = json!(true);
    assert_eq!(world.post(CHANNEL, &once), json!(null));
    assert_eq!(world.post(CHANNEL, &once), json!(null));
    assert_eq!(world.double.messages_in(&Spot::channel()).len(), 2, "the nonce was known");
    let id = world.double.messages_in(&Spot::channel())[0]["id"].as_str().and_then(|id| id.parse().ok());
    let (channel, id) = (ChannelId::new(CHANNEL), MessageId::new(id.expect("an id")));
    let changed = said("changed");
    let edit = world.http.edit_message(channel, id, &changed, Vec::new());
    assert_eq!(code(world.runtime.block_on(edit)), json!(null));
    let edit = world.http.edit_message(channel, MessageId::new(1), &changed, Vec::new());
    assert_eq!(code(world.runtime.block_on(edit)), json!([404, 10008]));
}

#[test]
fn a_wrong_token_is_unauthorised() {
    let double = Double::start();
    let runtime = Runtime::new().expect("a runtime");
    let result = runtime.block_on(http_with_token(&double, "wrong").get_current_user());
    assert_eq!(code(result), json!([401, 0]));
    let request = double.next_request("GET", "/users/@me");
    assert_eq!(request.header("authorization"), Some("Bot wrong"));
    assert_eq!(code(runtime.block_on(http(&double).get_current_user())), json!(null));
}

#[test]
fn what_breaks_a_limit_is_refused_and_noted() {
    let world = World::new(Settings::default());
    let mut body = said("x");
    body["embeds"][0]["title"] = json!("t".repeat(257));
    assert_eq!(world.post(CHANNEL, &body), json!([400, 50035]));
    let mut found = world.double.take_violations();
    // If Discord's document is available, it gives the same result.
    found.retain(|line| !line.contains("openapi"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(&format!("POST /channels/{CHANNEL}/messages: embeds:")), "{found:?}");
    assert_eq!(world.double.messages_in(&Spot::channel()).len(), 0);
    let empty = json!({ "allowed_mentions": { "parse": [] } });
    assert_eq!(world.post(CHANNEL, &empty), json!([400, 50006]));
    let event = world.ask();
    assert_eq!(world.answer(&event, &json!({ "type": 8, "data": { "choices": [] } })), json!([400, 50035]));
    assert_eq!(world.answer(&event, &json!({ "type": 4, "data": said("x") })), json!(null));
    assert!(!world.double.take_violations().is_empty());
}

#[test]
fn what_pings_is_taken_and_noted() {
    let world = World::new(Settings::default());
    let mut body = said("x");
    body["allowed_mentions"] = json!({ "parse": ["users"] });
    assert_eq!(world.post(CHANNEL, &body), json!(null));
    assert_eq!(world.double.take_violations().len(), 1);
    let commands = json!([{ "name": "LDN", "description": "Asks" }]);
    assert_eq!(
        code(world.runtime.block_on(world.http.create_global_commands(&commands))),
        json!([400, 50035])
    );
    assert_eq!(world.double.take_violations().len(), 1);
    let lost = code(world.runtime.block_on(world.http.get_bans(GuildId::new(GUILD), None, None)));
    assert_eq!(lost, json!([404, 0]));
    assert!(world.double.take_violations()[0].contains("no such route"));
}

#[test]
#[should_panic(expected = "somebody is pinged")]
fn a_double_does_not_go_in_silence() {
    let world = World::new(Settings::default());
    let mut body = said("x");
    body["allowed_mentions"] = json!({ "parse": ["everyone"] });
    world.post(CHANNEL, &body);
}

#[test]
fn who_waits_in_vain_hears_what_came_instead() {
    let world = World::new(Settings::default());
    world.post(CHANNEL, &said("something else"));
    let waiting = std::panic::AssertUnwindSafe(|| {
        world.double.wait_for(|request| request.path == "/nowhere", Duration::from_millis(10));
    });
    let told = std::panic::catch_unwind(waiting).expect_err("it never comes");
    let told = told.downcast_ref::<String>().expect("a text");
    assert!(told.contains("something else") && told.contains("0 connections"), "{told}");
}

#[test]
fn forms_and_broken_bodies() {
    let world = World::new(Settings::default());
    let url = format!("{}/api/v10/channels/{CHANNEL}/messages", world.double.origin());
    let post = |kind: &str, body: String| {
        let request = reqwest::Client::new().post(&url).header("content-type", kind).body(body);
        let request = request.header("authorization", format!("Bot {}", world.double.token()));
        world.runtime.block_on(request.send()).expect("an answer").status().as_u16()
    };
    let file = serenity::all::CreateAttachment::bytes(b"abc".to_vec(), "a.txt");
    let with_file = said("with a file");
    let sent = world.http.send_message(ChannelId::new(CHANNEL), vec![file], &with_file);
    world.runtime.block_on(sent).expect("a form is taken");
    let form = world.double.next_request("POST", "/channels/*/messages");
    assert_eq!(form.body["embeds"][0]["description"], "with a file");
    assert_eq!((form.files[0].filename.as_str(), form.files[0].bytes.as_slice()), ("a.txt", &b"abc"[..]));
    assert_eq!(post("application/json", "{".to_owned()), 400);
    assert_eq!(post("text/plain", said("x").to_string()), 400);
}

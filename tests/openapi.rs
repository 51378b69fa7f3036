//! Checks request bodies against Discord's OpenAPI document, which is not part of this repository.
//!
//! `.ci/run` enables this target and sets `DISCORD_OPENAPI` to the path of the document; without the variable every
//! test here fails. The same variable makes each double in `tests/it` check every body against the document; these
//! tests prove that it does.

use serde_json::{Value, json};
use serenity::all::{ChannelId, HttpBuilder};

use discord_double::Double;
use discord_double::openapi::validate;
use discord_double::people::CHANNEL;

const MESSAGES: &str = "/channels/1/messages";
const CALLBACK: &str = "/interactions/1/token/callback";
const ORIGINAL: &str = "/webhooks/1/token/messages/@original";
const COMMANDS: &str = "/applications/1/commands";

#[track_caller]
fn passes(method: &str, route: &str, body: &Value) {
    assert_eq!(validate(route, method, body), Vec::<String>::new(), "{method} {route}");
}

/// Changing one value makes the body invalid.
#[track_caller]
fn fails(method: &str, route: &str, body: &Value, pointer: &str, value: Value) {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
    match parent {
        Value::Array(list) => list[name.parse::<usize>().expect("a number")] = value,
        other => other[name] = value,
    }
    assert_ne!(validate(route, method, &body), Vec::<String>::new(), "{method} {route} {pointer}");
}

fn message() -> Value {
    json!({
        "content": "x", "tts": false, "sticker_ids": [], "attachments": [], "enforce_nonce": true,
        "nonce": "n", "flags": 64, "message_reference": { "message_id": "1", "fail_if_not_exists": false },
        "embeds": [{ "type": "rich", "title": "t", "description": "d", "color": 1, "url": "https://a.org",
            "fields": [{ "name": "n", "value": "v", "inline": false }], "footer": { "text": "f" } }],
        "components": [{ "type": 1, "components": [
            { "type": 2, "style": 2, "custom_id": "c", "label": "l", "disabled": false },
            { "type": 2, "style": 5, "url": "https://a.org", "label": "l" }] }],
        "allowed_mentions": { "parse": [], "users": [], "roles": [] },
    })
}

#[test]
fn messages() {
    passes("POST", MESSAGES, &message());
    passes("POST", "/webhooks/1/token", &message());
    passes("PATCH", &format!("{MESSAGES}/2"), &message());
    passes("PATCH", ORIGINAL, &message());
    for (pointer, value) in [
        ("/embeds/0/title", json!("t".repeat(257))),
        ("/embeds/0/description", json!("t".repeat(4_097))),
        ("/embeds/0/fields/0/value", json!("v".repeat(1_025))),
        ("/embeds/0/fields/0/name", json!(null)),
        ("/embeds/0/footer/text", json!("f".repeat(2_049))),
        ("/embeds/0/color", json!("red")),
        ("/embeds", json!(vec![json!({}); 11])),
        ("/components/0/components/0/label", json!("l".repeat(81))),
        ("/components/0/components/0/custom_id", json!("c".repeat(101))),
        ("/components/0/components/0/style", json!(99)),
        ("/components/0/components", json!(vec![message()["components"][0]["components"][0].clone(); 6])),
        ("/components/0/type", json!(99)),
        ("/content", json!(1)),
        ("/tts", json!("no")),
        ("/allowed_mentions/parse", json!(["all"])),
    ] {
        fails("POST", MESSAGES, &message(), pointer, value.clone());
        // A webhook accepts one of two kinds of body, and the second has no `tts`.
        if pointer != "/tts" {
            fails("POST", "/webhooks/1/token", &message(), pointer, value.clone());
            fails("PATCH", ORIGINAL, &message(), pointer, value);
        }
    }
    fails("POST", MESSAGES, &message(), "/message_reference/message_id", json!(1));
    fails("PATCH", ORIGINAL, &message(), "/content", json!("x".repeat(2_001)));
}

#[test]
fn callbacks() {
    let answer = json!({ "type": 4, "data": message() });
    passes("POST", CALLBACK, &answer);
    passes("POST", CALLBACK, &json!({ "type": 5, "data": { "flags": 64, "attachments": [] } }));
    passes("POST", CALLBACK, &json!({ "type": 6, "data": null }));
    passes("POST", CALLBACK, &json!({ "type": 7, "data": message() }));
    fails("POST", CALLBACK, &answer, "/type", json!(99));
    fails("POST", CALLBACK, &answer, "/type", json!(null));
    fails("POST", CALLBACK, &answer, "/data/embeds/0/title", json!("t".repeat(257)));
    fails("POST", CALLBACK, &answer, "/data/content", json!("c".repeat(2_001)));
}

#[test]
fn choices_and_modals() {
    let choices: Vec<Value> = (0..26).map(|at| json!({ "name": at.to_string(), "value": "v" })).collect();
    let answer = json!({ "type": 8, "data": { "choices": choices[..25] } });
    passes("POST", CALLBACK, &answer);
    fails("POST", CALLBACK, &answer, "/data/choices", json!(choices));
    fails("POST", CALLBACK, &answer, "/data/choices/0/name", json!("n".repeat(101)));
    let input = json!({ "type": 4, "custom_id": "i", "style": 1, "label": "l", "required": true });
    let modal = json!({ "type": 9, "data": { "custom_id": "m", "title": "t",
        "components": [{ "type": 1, "components": [input] }] } });
    passes("POST", CALLBACK, &modal);
    fails("POST", CALLBACK, &modal, "/data/title", json!("t".repeat(46)));
    fails("POST", CALLBACK, &modal, "/data/components", json!([]));
    fails("POST", CALLBACK, &modal, "/data/components/0/components/0/label", json!("l".repeat(46)));
}

#[test]
fn commands() {
    // As serenity sends them, with many empty fields.
    let list = json!([{
        "name": "ldn", "name_localizations": {}, "description": "d", "description_localizations": {},
        "default_member_permissions": "32", "type": 1, "nsfw": false, "contexts": [0],
        "options": [{ "type": 1, "name": "ask", "description": "d", "required": false, "choices": [],
            "channel_types": [], "min_value": null, "max_value": null, "min_length": null, "max_length": null,
            "autocomplete": false, "options": [
                { "type": 3, "name": "question", "description": "d", "required": true, "autocomplete": true,
                  "choices": [], "options": [], "channel_types": [], "max_length": 2_000 }] }],
    }, { "name": "Ask the knowledge base", "type": 3 }]);
    passes("PUT", COMMANDS, &list);
    passes("PUT", "/applications/1/guilds/2/commands", &list);
    passes("POST", COMMANDS, &list[0]);
    for (pointer, value) in [
        ("/0/name", json!("n".repeat(33))),
        ("/0/name", json!(null)),
        ("/0/description", json!("d".repeat(101))),
        ("/0/default_member_permissions", json!("manage")),
        ("/0/options/0/type", json!(99)),
        ("/0/options/0/description", json!("")),
        ("/0/options/0/options/0/max_length", json!(6_001)),
        ("/0/options", json!(vec![list[0]["options"][0].clone(); 26])),
    ] {
        fails("PUT", COMMANDS, &list, pointer, value);
    }
}

#[test]
fn routes_that_there_are_not() {
    assert!(validate("/nowhere", "POST", &json!({}))[0].contains("not in the document"));
    assert!(validate(MESSAGES, "PUT", &json!({}))[0].contains("not in the document"));
    assert!(validate(&format!("{MESSAGES}/2"), "DELETE", &json!({}))[0].contains("takes no body"));
}

/// A body that only the document rejects is listed among the double's violations.
#[test]
fn each_double_asks_the_document() {
    let double = Double::start();
    let http = HttpBuilder::new(double.token()).proxy(double.origin()).ratelimiter_disabled(true).build();
    let mut body = json!({ "content": "x", "allowed_mentions": { "parse": [] }, "attachments": "none" });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let post = |body: &Value| {
        let sent = http.send_message(ChannelId::new(CHANNEL), Vec::new(), body);
        runtime.block_on(sent).expect("the double accepts it");
    };
    post(&body);
    let found = double.take_violations();
    assert!(found.len() == 1 && found[0].contains("openapi: /attachments"), "{found:?}");
    body["attachments"] = json!([]);
    post(&body);
    assert_eq!(double.violations(), Vec::<String>::new());
}

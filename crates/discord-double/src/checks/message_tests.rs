use serde_json::{Value, json};

use super::super::{edit, follow_up, message};

fn sound() -> Value {
    json!({
        "content": "x",
        "embeds": [{ "title": "t", "type": "rich", "url": "https://example.org/a",
            "fields": [{ "name": "n", "value": "v", "inline": false }], "footer": { "text": "f" } }],
        "components": [{ "type": 1, "components": [
            { "type": 2, "style": 2, "label": "More", "custom_id": "a" },
            { "type": 2, "style": 5, "label": "Source", "url": "https://example.org" } ] }],
        "allowed_mentions": { "parse": [], "users": [], "roles": [] },
        "tts": false, "sticker_ids": [], "attachments": [], "enforce_nonce": false,
    })
}

/// Asserts that one change to the valid message gives exactly this finding.
fn check(pointer: &str, value: Value, finding: &str) {
    let mut body = sound();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("a place in the sound message");
    match parent {
        Value::Array(list) => list[name.parse::<usize>().expect("a number")] = value,
        other => other[name] = value,
    }
    let found = message(&body);
    assert!(found.iter().any(|line| line.contains(finding)), "{pointer}: {found:#?}");
}

#[test]
fn a_sound_message_passes_everywhere() {
    assert_eq!(message(&sound()), Vec::<String>::new());
    assert_eq!(follow_up(&sound()), Vec::<String>::new());
    assert_eq!(edit(&sound()), Vec::<String>::new());
}

#[test]
fn content_is_bounded_in_code_points() {
    let mut body = sound();
    body["content"] = json!("\u{1F600}".repeat(2_000));
    assert_eq!(message(&body), Vec::<String>::new());
    check("/content", json!("\u{1F600}".repeat(2_001)), "content: 2001 characters");
    check("/content", json!(7), "is no text");
    check("/nonce", json!("n".repeat(26)), "nonce");
}

#[test]
fn embeds_are_bounded() {
    check("/embeds/0/title", json!("t".repeat(257)), "TitleTooLarge");
    check("/embeds/0/description", json!("d".repeat(4_097)), "DescriptionTooLarge");
    check("/embeds/0/footer/text", json!("f".repeat(2_049)), "FooterTextTooLarge");
    check("/embeds/0/author", json!({ "name": "a".repeat(257) }), "AuthorNameTooLarge");
    check("/embeds/0/fields/0/name", json!("n".repeat(257)), "FieldNameTooLarge");
    check("/embeds/0/fields/0/value", json!("v".repeat(1_025)), "FieldValueTooLarge");
    check("/embeds/0/fields", json!(vec![json!({ "name": "n", "value": "v" }); 26]), "TooManyFields");
    check("/embeds", json!(vec![json!({ "title": "t" }); 11]), "TooManyEmbeds");
    check("/embeds/0/color", json!(0x0100_0000), "ColorNotRgb");
    check("/embeds/0/timestamp", json!("yesterday"), "embeds: ");
}

#[test]
fn six_thousand_characters_over_all_embeds() {
    let embed = |letters: usize| json!({ "description": "d".repeat(letters), "footer": { "text": "f" } });
    let mut body = sound();
    body["embeds"] = json!([embed(2_999), embed(2_999)]);
    assert_eq!(message(&body), Vec::<String>::new());
    check("/embeds", json!([embed(2_999), embed(3_000)]), "EmbedTooLarge");
}

#[test]
fn nothing_in_an_embed_is_empty() {
    check("/embeds/0/fields/0/value", json!(" \n"), "fields[0].value: is empty");
    check("/embeds/0/fields/0/name", json!(""), "fields[0].name: is empty");
    check("/embeds/0", json!({ "color": 1 }), "embeds[0]: is empty");
    check("/embeds/0/author", json!({ "name": "" }), "author.name: is empty");
    check("/embeds/0/url", json!("javascript:alert(1)"), "no address");
    check("/embeds/0/url", json!("https://a b"), "no address");
}

#[test]
fn a_message_is_not_empty() {
    let bare = json!({ "content": " ", "allowed_mentions": { "parse": [] } });
    assert!(message(&bare).contains(&"the message is empty".to_owned()));
    let emptied =
        json!({ "content": "", "embeds": [], "components": [], "allowed_mentions": { "parse": [] } });
    assert!(edit(&emptied).contains(&"the edit empties the message".to_owned()));
    let buttons_off = json!({ "components": [], "allowed_mentions": { "parse": [] } });
    assert_eq!(edit(&buttons_off), Vec::<String>::new());
    assert!(!message(&json!([])).is_empty());
}

#[test]
fn ephemeral_only_where_allowed() {
    let mut body = sound();
    body["flags"] = json!(64);
    assert_eq!(follow_up(&body), Vec::<String>::new());
    assert_eq!(message(&body), ["flags: Channel cannot be ephemeral"]);
    assert_eq!(edit(&body), ["flags: Edit cannot be ephemeral"]);
    body["flags"] = json!(2);
    assert_eq!(message(&body), ["flags: 2 cannot be set for Channel"]);
    body["flags"] = json!("64");
    assert!(!message(&body).is_empty());
}

#[test]
fn what_is_pinged_must_be_known() {
    check("/allowed_mentions/parse", json!(["all"]), "allowed_mentions");
}

#[test]
fn components_are_judged_too() {
    check("/components/0/components/0/label", json!("l".repeat(81)), "ComponentLabelLength");
}

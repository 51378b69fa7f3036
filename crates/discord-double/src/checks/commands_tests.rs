use serde_json::{Value, json};

use super::super::commands;
use super::one;

fn sound() -> Value {
    json!({
        "name": "ldn", "description": "Asks", "type": 1, "default_member_permissions": "32", "nsfw": false,
        "name_localizations": {}, "description_localizations": {},
        "options": [
            { "type": 1, "name": "ask", "description": "Asks", "required": false, "choices": [],
              "channel_types": [], "min_value": null, "options": [
                { "type": 3, "name": "question", "description": "What", "required": true, "autocomplete": true },
                { "type": 5, "name": "private", "description": "Only me", "required": false } ] },
            { "type": 1, "name": "help", "description": "Helps" },
        ],
    })
}

fn refused(pointer: &str, value: Value, finding: &str) {
    let mut body = sound();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = body.pointer_mut(parent).expect("a place in the sound command");
    match parent {
        Value::Array(list) => list[name.parse::<usize>().expect("a number")] = value,
        other => other[name] = value,
    }
    let found = one(&body);
    assert!(found.iter().any(|line| line.contains(finding)), "{pointer}: {found:#?}");
}

fn option(name: &str, required: bool) -> Value {
    json!({ "type": 3, "name": name, "description": "d", "required": required })
}

#[test]
fn a_sound_list_passes() {
    let about_message = json!({ "name": "Ask the knowledge base", "type": 3 });
    assert_eq!(commands(&json!([sound(), about_message])), Vec::<String>::new());
}

#[test]
fn names_are_lower_case_and_short() {
    for name in ["LDN", "l dn", "", "l!dn", &"l".repeat(33)] {
        refused("/name", json!(name), "ame");
        refused("/options/0/name", json!(name), "options[0].name");
        refused("/options/0/options/0/name", json!(name), "options[0].options[0].name");
    }
}

#[test]
fn descriptions_are_needed_and_short() {
    for text in ["", " ", &"d".repeat(101)] {
        refused("/description", json!(text), "escription");
        refused("/options/0/description", json!(text), "options[0].description");
        refused("/options/0/options/0/description", json!(text), "description");
    }
    let described = json!({ "name": "Ask", "type": 3, "description": "d" });
    assert!(!one(&described).is_empty());
    let with_options = json!({ "name": "Ask", "type": 3, "options": [option("a", false)] });
    assert!(!one(&with_options).is_empty());
}

#[test]
fn required_options_come_first() {
    refused("/options", json!([option("a", false), option("b", true)]), "OptionsRequiredFirst");
    refused("/options/0/options", json!([option("a", false), option("b", true)]), "OptionsRequiredFirst");
}

#[test]
fn names_are_unique() {
    refused("/options", json!([option("a", true), option("a", true)]), "OptionNameNotUnique");
    assert!(commands(&json!([sound(), sound()])).contains(&"/ldn: stands twice".to_owned()));
}

#[test]
fn a_hundred_commands_and_fifteen_of_a_message() {
    let many = |count: usize, kind: u64| -> Value {
        let all = (0..count).map(|at| match kind {
            1 => json!({ "name": format!("c{at}"), "description": "d", "type": kind }),
            _ => json!({ "name": format!("c{at}"), "type": kind }),
        });
        all.collect()
    };
    assert_eq!(commands(&many(100, 1)), Vec::<String>::new());
    assert!(commands(&many(101, 1)).join("").contains("101 commands"));
    assert!(commands(&many(16, 3)).join("").contains("16 commands"));
    assert!(commands(&many(16, 2)).join("").contains("16 commands"));
    assert!(!commands(&json!({})).is_empty());
}

#[test]
fn options_and_choices_are_bounded() {
    let options: Vec<Value> = (0..26).map(|at| option(&format!("o{at}"), false)).collect();
    refused("/options", json!(options), "OptionsCountInvalid");
    let question = "/options/0/options/0";
    let choices: Vec<Value> = (0..26).map(|at| json!({ "name": format!("n{at}"), "value": "v" })).collect();
    let mut chosen = option("question", true);
    chosen["choices"] = json!(choices);
    refused(question, chosen.clone(), "26 choices");
    chosen["choices"] = json!(choices[..2]);
    chosen["autocomplete"] = json!(true);
    refused(question, chosen.clone(), "choices and autocompletion");
    chosen["type"] = json!(5);
    refused(question, chosen, "takes no choices");
}

#[test]
fn eight_thousand_characters_in_all() {
    let described = |at: usize| {
        let options: Vec<Value> = (0..25)
            .map(|at| {
                json!({ "type": 3, "name": format!("o{at}"),
            "description": "d".repeat(100) })
            })
            .collect();
        json!({ "type": 1, "name": format!("s{at}"), "description": "d".repeat(100), "options": options })
    };
    refused("/options", json!([described(0), described(1), described(2), described(3)]), "CommandTooLarge");
}

#[test]
fn subcommands_stand_together_and_not_deep() {
    let nested = json!({ "type": 1, "name": "x", "description": "d" });
    refused("/options", json!([nested, option("a", false)]), "beside other options");
    let group = json!({ "type": 2, "name": "g", "description": "d", "options": [nested] });
    refused("/options/0/options", json!([group]), "kind 2 in one of the kind 1");
    refused("/options/0/options", json!([nested]), "kind 1 in one of the kind 1");
    let mut grouped = group.clone();
    grouped["options"] = json!([option("a", false)]);
    refused("/options", json!([grouped]), "kind 3 in one of the kind 2");
    let mut holding = option("a", false);
    holding["options"] = json!([option("b", false)]);
    refused("/options", json!([holding]), "kind 3 in one of the kind 3");
    let mut body = sound();
    body["options"][0] = group;
    assert_eq!(one(&body), Vec::<String>::new());
}

#[test]
fn permissions_are_written_as_text() {
    refused("/default_member_permissions", json!(32), "default_member_permissions");
    refused("/default_member_permissions", json!("manage"), "default_member_permissions");
}

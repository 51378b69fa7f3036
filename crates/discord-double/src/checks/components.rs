//! Checks of rows of buttons and selects, and of the inputs of a modal.

use std::collections::HashSet;

use serde_json::Value;
use twilight_model::channel::message::Component;
use twilight_model::channel::message::component::ComponentType;
use twilight_validate::{component as judge, message as twilight};

use super::message::is_address;
use super::{has_text, length, list, unknown_properties};

const ROWS: usize = 5;
const TITLE: usize = 45;
const CUSTOM_ID: usize = 100;
const ADDRESS: usize = 512;

/// Checks the components of a message.
pub fn of_message(value: &Value) -> Vec<String> {
    let components = match typed(value) {
        Ok(components) => components,
        Err(finding) => return vec![finding],
    };
    let mut found = ids(value, "components");
    let judged = twilight::components(&components, false).err();
    found.extend(judged.map(|error| format!("components: {error} ({:?})", error.kind())));
    for (at, row) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(row_of_message(row, &format!("components[{at}]")));
    }
    found
}

/// Checks the data of a callback that opens a modal.
pub fn of_modal(data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    unknown_properties::check(data, "custom_id title components", "data", &mut found);
    found.extend(unknown_properties::components(&data["components"], "data.components"));
    if !has_text(&data["title"]) || length(&data["title"]) > TITLE {
        found.push(format!("data.title: {} characters, 1 to {TITLE} are allowed", length(&data["title"])));
    }
    if !has_text(&data["custom_id"]) || length(&data["custom_id"]) > CUSTOM_ID {
        found.push("data.custom_id: 1 to 100 characters are needed".to_owned());
    }
    let rows = list(data, "components");
    if !(1..=ROWS).contains(&rows.len()) {
        found.push(format!("data.components: {} rows, 1 to {ROWS} are allowed", rows.len()));
    }
    found.extend(ids(&data["components"], "data.components"));
    match typed(&data["components"]) {
        Ok(rows) => found.extend(rows.iter().enumerate().flat_map(|(at, row)| input(at, row))),
        Err(finding) => found.push(finding),
    }
    found
}

fn typed(value: &Value) -> Result<Vec<Component>, String> {
    let none = Value::Array(Vec::new());
    let value = if value.is_null() { &none } else { value };
    serde_json::from_value(value.clone()).map_err(|error| format!("components: {error}"))
}

fn row_of_message(row: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let children = list(row, "components");
    let selects = children.iter().filter(|child| child["type"] != 2).count();
    if children.is_empty() {
        found.push(format!("{place}: a row without components"));
    }
    if selects > 0 && children.len() > 1 {
        found.push(format!("{place}: a select shares its row"));
    }
    for (at, child) in children.iter().enumerate().filter(|(_, child)| child["type"] == 2) {
        let place = format!("{place}.components[{at}]");
        if !has_text(&child["label"]) && !child["emoji"].is_object() {
            found.push(format!("{place}: a button with neither label nor emoji"));
        }
        if child["url"].is_string() && (!is_address(&child["url"]) || length(&child["url"]) > ADDRESS) {
            found.push(format!("{place}.url: is no address of at most {ADDRESS} characters"));
        }
    }
    found
}

/// Checks the single input of a row in a modal.
fn input(at: usize, row: &Component) -> Vec<String> {
    let place = format!("data.components[{at}]");
    let children: Vec<&Component> = match row {
        Component::ActionRow(row) => row.components.iter().collect(),
        Component::Label(label) => vec![&label.component],
        other => return vec![format!("{place}: {:?} is no row of a modal", other.kind())],
    };
    if children.len() != 1 {
        return vec![format!("{place}: {} inputs in a row, 1 is allowed", children.len())];
    }
    let Component::TextInput(text) = children[0] else {
        return vec![format!("{place}: {:?} instead of {:?}", children[0].kind(), ComponentType::TextInput)];
    };
    let mut found: Vec<String> = Vec::new();
    let in_row = matches!(row, Component::ActionRow(_));
    found.extend(
        judge::text_input(text, in_row).err().map(|error| format!("{place}: {error} ({:?})", error.kind())),
    );
    #[allow(deprecated, reason = "the label of an input outside a label component, which serenity sends")]
    if in_row && text.label.as_deref().is_none_or(|label| label.trim().is_empty()) {
        found.push(format!("{place}: an input without a label"));
    }
    if text.min_length.zip(text.max_length).is_some_and(|(least, most)| least > most) {
        found.push(format!("{place}: min_length is over max_length"));
    }
    found
}

/// A component's custom id must exist, be short enough and be unique in the message.
fn ids(value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting: Vec<&Value> = value.as_array().into_iter().flatten().collect();
    while let Some(component) = waiting.pop() {
        waiting.extend(list(component, "components"));
        waiting.extend(component.get("component"));
        let Some(id) = component.get("custom_id").and_then(Value::as_str) else { continue };
        if id.is_empty() || id.chars().count() > CUSTOM_ID {
            found.push(format!("{place}: custom_id of {} characters", id.chars().count()));
        }
        if !seen.insert(id) {
            found.push(format!("{place}: two components have the custom_id `{id}`"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn button(id: &str) -> Value {
        json!({ "type": 2, "style": 1, "label": "x", "custom_id": id })
    }

    fn row(children: impl IntoIterator<Item = Value>) -> Value {
        json!({ "type": 1, "components": children.into_iter().collect::<Vec<_>>() })
    }

    fn buttons(row_at: usize, count: usize) -> Value {
        row((0..count).map(|at| button(&format!("{row_at}-{at}"))))
    }

    fn refused(value: Value, finding: &str) {
        let found = of_message(&value);
        assert!(found.iter().any(|line| line.contains(finding)), "{finding}: {found:#?}");
    }

    #[test]
    fn five_rows_of_five_buttons() {
        let rows = |count: usize| (0..count).map(|at| buttons(at, 5)).collect::<Vec<_>>();
        assert_eq!(of_message(&json!(rows(5))), Vec::<String>::new());
        assert_eq!(of_message(&json!(null)), Vec::<String>::new());
        refused(json!(rows(6)), "ComponentCount { count: 6");
        refused(json!([buttons(0, 6)]), "ComponentCount { count: 6");
        refused(json!([buttons(0, 0)]), "without components");
    }

    #[test]
    fn buttons_are_sound() {
        refused(json!([button("a")]), "InvalidRootComponent");
        refused(json!([row([button(&"i".repeat(101))])]), "101");
        refused(json!([row([button("")])]), "custom_id of 0");
        refused(json!([row([button("a")]), row([button("a")])]), "two components have the custom_id `a`");
        refused(
            json!([row([json!({ "type": 2, "style": 1, "custom_id": "a" })])]),
            "neither label nor emoji",
        );
        refused(json!([row([json!({ "type": 2, "style": 5, "label": "x" })])]), "ButtonStyle");
        let far = format!("https://example.org/{}", "a".repeat(512));
        for address in ["example.org", &far] {
            let link = json!({ "type": 2, "style": 5, "label": "x", "url": address });
            refused(json!([row([link])]), "is no address");
        }
        let both = json!({ "type": 2, "style": 5, "label": "x", "url": "https://a", "custom_id": "a" });
        refused(json!([row([both])]), "ButtonConflict");
        let mut long = button("a");
        long["label"] = json!("l".repeat(81));
        refused(json!([row([long])]), "ComponentLabelLength");
    }

    #[test]
    fn selects_stand_alone() {
        let choices: Vec<Value> =
            (0..26).map(|at| json!({ "label": "l", "value": at.to_string() })).collect();
        let select = |count: usize| json!({ "type": 3, "custom_id": "s", "options": choices[..count] });
        assert_eq!(of_message(&json!([row([select(25)])])), Vec::<String>::new());
        refused(json!([row([select(26)])]), "SelectOptionCount");
        refused(json!([row([select(2), button("a")])]), "a select shares its row");
    }

    fn modal() -> Value {
        let input = json!({ "type": 4, "custom_id": "i", "style": 1, "label": "Title", "required": true,
            "min_length": 1, "max_length": 4_000 });
        json!({ "custom_id": "m", "title": "Details", "components": [row([input])] })
    }

    fn refused_modal(pointer: &str, value: Value, finding: &str) {
        let mut data = modal();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        data.pointer_mut(parent).expect("a place in the modal")[name] = value;
        let found = of_modal(&data);
        assert!(found.iter().any(|line| line.contains(finding)), "{pointer}: {found:#?}");
    }

    #[test]
    fn modals_are_bounded() {
        assert_eq!(of_modal(&modal()), Vec::<String>::new());
        refused_modal("/title", json!("t".repeat(46)), "data.title: 46");
        refused_modal("/title", json!(""), "data.title: 0");
        refused_modal("/custom_id", json!("c".repeat(101)), "custom_id");
        refused_modal("/components", json!([]), "0 rows");
        refused_modal("/components", json!(vec![modal()["components"][0].clone(); 6]), "6 rows");
        refused_modal("/components", json!(vec![modal()["components"][0].clone(); 2]), "`i`");
        refused_modal("/components", json!([row([])]), "0 inputs");
        refused_modal("/components", json!([row([button("a")])]), "TextInput");
        refused_modal("/flags", json!(64), "no such property");
    }

    #[test]
    fn inputs_are_bounded() {
        let at = |name: &str| format!("/components/0/components/0/{name}");
        let input = modal()["components"][0]["components"][0].clone();
        for (name, value, finding) in [
            ("label", json!("l".repeat(46)), "TextInputLabelLength"),
            ("label", json!(null), "without a label"),
            ("placeholder", json!("p".repeat(101)), "TextInputPlaceholderLength"),
            ("value", json!("v".repeat(4_001)), "TextInputValueLength"),
            ("max_length", json!(4_001), "TextInputMaxLength"),
            ("min_length", json!(4_000), "min_length is over max_length"),
        ] {
            let mut changed = input.clone();
            changed[name] = value;
            if name == "min_length" {
                changed["max_length"] = json!(1);
            }
            let mut data = modal();
            *data.pointer_mut(at("").trim_end_matches('/')).expect("the input") = changed;
            let found = of_modal(&data);
            assert!(found.iter().any(|line| line.contains(finding)), "{name}: {found:?}");
        }
    }
}

//! Checks whether Discord would accept a card, with `twilight_validate` as an independent judge and checks for what it
//! does not cover.

use std::collections::HashSet;

use serde_json::json;
use twilight_model::channel::message::{Component, Embed};

use crate::render::action::Action;
use crate::render::card::*;
use crate::render::escape::units;
use crate::render::tests::show;

/// Fails if Discord would reject the card, or if the card contains markup that no card uses.
pub fn judge(card: &Card) {
    embed(card);
    buttons(card);
    let fields = card.fields().iter().flat_map(|field| [&field.name, &field.value]);
    for markup in [card.title(), card.description()].into_iter().chain(fields) {
        let surprises = show(markup.as_str()).surprises;
        assert!(surprises.is_empty(), "{surprises:?} in {}", markup.as_str());
    }
}

fn embed(card: &Card) {
    let mut value = card.embed();
    value["type"] = json!("rich");
    let known = ["type", "color", "title", "description", "fields", "footer"];
    assert!(value.as_object().expect("an object").keys().all(|key| known.contains(&key.as_str())));
    let embed: Embed = serde_json::from_value(value).expect("an embed");
    twilight_validate::embed::embed(&embed).expect("an embed within the limits");
    // Checks the stricter count, and that nothing is blank.
    let footer = &embed.footer.as_ref().expect("a footer").text;
    assert!(!footer.trim().is_empty());
    let mut total = 0;
    let mut within = |text: &str, most: usize| {
        assert!(!text.trim().is_empty() && units(text) <= most, "{} of {most}: {text}", units(text));
        total += units(text);
    };
    within(footer, FOOTER);
    embed.title.iter().for_each(|title| within(title, TITLE));
    embed.description.iter().for_each(|description| within(description, DESCRIPTION));
    for field in &embed.fields {
        within(&field.name, FIELD_NAME);
        within(&field.value, FIELD_VALUE);
    }
    assert!(total <= TOTAL, "{total}");
    assert!(embed.description.is_some() || !embed.fields.is_empty(), "a card says something");
}

fn buttons(card: &Card) {
    let rows: Vec<Component> = serde_json::from_value(card.components()).expect("components");
    assert!(rows.len() <= ROWS);
    let mut ids = HashSet::new();
    for row in &rows {
        twilight_validate::component::component_v1(row).expect("a row within the limits");
        let Component::ActionRow(row) = row else { panic!("not a row: {row:?}") };
        assert!(!row.components.is_empty());
        for button in &row.components {
            let Component::Button(button) = button else { panic!("not a button: {button:?}") };
            let label = button.label.as_deref().unwrap_or_default();
            assert!(!label.trim().is_empty() && units(label) <= LABEL);
            if let Some(id) = &button.custom_id {
                assert!(ids.insert(id.clone()), "{id} twice");
                assert!(Action::parse(id).is_ok(), "{id}");
            }
        }
    }
}

//! Rules of this project beyond Discord's: a message pings nobody, and everything it shows has the disclaimer as its
//! footer.

use serde_json::Value;

use super::message::Place;
use super::{has_text, list};

/// Checks a message for its destination.
pub fn message(place: Place, body: &Value) -> Vec<String> {
    let mut found = mentions(body);
    let embeds = list(body, "embeds");
    if !embeds.is_empty() && !embeds.iter().any(|embed| has_text(&embed["footer"]["text"])) {
        found.push("embeds: none has a footer, so the disclaimer is lacking".to_owned());
    }
    let is_new = place != Place::Edit;
    if is_new && embeds.is_empty() && !has_text(&body["content"]) {
        found.push("embeds: a new message without words".to_owned());
    }
    found
}

/// Discord pings everyone that the content mentions unless the message forbids it.
fn mentions(body: &Value) -> Vec<String> {
    let allowed = &body["allowed_mentions"];
    let Some(parse) = allowed["parse"].as_array() else {
        return vec!["allowed_mentions: `parse` is lacking, so Discord would ping".to_owned()];
    };
    let mut found = Vec::new();
    for (name, list) in [("parse", Some(parse)), ("users", allowed["users"].as_array())]
        .into_iter()
        .chain([("roles", allowed["roles"].as_array())])
    {
        if list.is_some_and(|list| !list.is_empty()) {
            found.push(format!("allowed_mentions.{name}: somebody is pinged"));
        }
    }
    if allowed["replied_user"] == true {
        found.push("allowed_mentions.replied_user: somebody is pinged".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(place: Place, body: Value) -> String {
        message(place, &body).join("\n")
    }

    #[test]
    fn nobody_is_pinged() {
        let quiet = json!({ "parse": [] });
        assert_eq!(check(Place::Channel, json!({ "content": "x", "allowed_mentions": quiet })), "");
        for allowed in [
            json!(null),
            json!({}),
            json!({ "parse": ["users"] }),
            json!({ "parse": [], "users": ["1"] }),
            json!({ "parse": [], "roles": ["1"] }),
            json!({ "parse": [], "replied_user": true }),
        ] {
            let found = check(Place::Edit, json!({ "content": "x", "allowed_mentions": allowed }));
            assert!(found.starts_with("allowed_mentions"), "{allowed}: {found}");
        }
    }

    #[test]
    fn embeds_have_a_footer() {
        let with = json!({ "embeds": [{ "title": "t" }, { "footer": { "text": "f" } }],
            "allowed_mentions": { "parse": [] } });
        assert_eq!(check(Place::Channel, with), "");
        for footer in [json!(null), json!({ "text": " " })] {
            let without = json!({ "embeds": [{ "title": "t", "footer": footer }],
                "allowed_mentions": { "parse": [] } });
            assert!(check(Place::Edit, without).contains("disclaimer"), "{footer}");
        }
    }

    #[test]
    fn new_messages_have_words() {
        let bare = json!({ "components": [{ "type": 1 }], "allowed_mentions": { "parse": [] } });
        assert_eq!(check(Place::Edit, bare.clone()), "");
        assert!(check(Place::Channel, bare).contains("without words"));
    }
}

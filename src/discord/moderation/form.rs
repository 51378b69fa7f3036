//! The form in which a moderator says where a source comes from.

use serde_json::{Value, json};

use verbatim_core::knowledge::metadata::{LONGEST_VALUE, MetadataField, SourceMetadata};
use verbatim_core::knowledge::preview::Preview;
use verbatim_core::render::action::Action;
use verbatim_core::text::truncate::truncated;
use verbatim_core::text::url::LONGEST_URL;

/// The length of a date, in characters.
const LONGEST_DATE: usize = "2023-04-05".len();

/// The metadata that the file itself states.
pub fn stated(preview: &Preview) -> SourceMetadata {
    let metadata = preview.metadata.clone().unwrap_or_default();
    SourceMetadata { title: truncated(&metadata.title, LONGEST_VALUE), ..metadata }
}

/// Reads the form's fields.
pub fn read(fields: &[(String, String)]) -> SourceMetadata {
    let mut metadata = SourceMetadata::default();
    for field in MetadataField::ALL {
        let text = fields.iter().find(|(id, _)| id == field.key()).map(|(_, text)| text.trim().to_owned());
        metadata.set(field, text.filter(|text| !text.is_empty()));
    }
    metadata
}

/// Problems to fix before the source can be added.
pub fn problems(metadata: &SourceMetadata) -> Vec<String> {
    let invalid = metadata.invalid_fields();
    invalid.into_iter().map(|invalid| format!("{} {}", invalid.what, invalid.remedy)).collect()
}

/// The form for a draft, filled in with the known metadata.
pub fn form(draft: u64, known: &SourceMetadata) -> Value {
    let custom_id = Action::AddDetails { draft }.custom_id().expect("a draft's number is short");
    let line = |field: MetadataField, label: &str, most: usize, hint: &str| {
        let mut input = json!({
            "type": 4, "custom_id": field.key(), "label": label, "style": 1, "max_length": most,
            "required": field == MetadataField::Title, "placeholder": hint,
        });
        if let Some(value) = known.get(field).filter(|value| value.chars().count() <= most) {
            input["value"] = json!(value);
        }
        json!({ "type": 1, "components": [input] })
    };
    json!({
        "custom_id": custom_id,
        "title": "Where does the source come from?",
        "components": [
            line(MetadataField::Title, "Title", LONGEST_VALUE, "The title of the document"),
            line(MetadataField::Publisher, "Publisher", LONGEST_VALUE, "Who wrote or published it"),
            line(MetadataField::Url, "Web address", LONGEST_URL, "https://…"),
            line(MetadataField::Published, "Publication date", LONGEST_DATE, "2023, 2023-04 or 2023-04-05"),
            line(MetadataField::Licence, "Licence, or who holds the rights", LONGEST_VALUE, "CC BY 4.0"),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled_in(pairs: &[(&str, &str)]) -> SourceMetadata {
        let fields: Vec<(String, String)> =
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        read(&fields)
    }

    #[test]
    fn what_is_wrong_is_told_with_the_remedy() {
        let wrong = filled_in(&[("title", " "), ("url", "sleep.example"), ("published", "last year")]);
        insta::assert_snapshot!(problems(&wrong).join("\n"), @r#"
        The source has no title. Add `title = "…"` with the document's title.
        `url` is not a web address. Write the full address, beginning with https:// or http://, or leave it empty.
        `published` is not a valid date. Write it as "2023-04-05", "2023-04" or "2023", or leave it empty.
        "#);
        for date in ["2023", "2023-04", "2024-02-29", ""] {
            let right =
                filled_in(&[("title", "Leaflet"), ("url", "https://sleep.example/a"), ("published", date)]);
            assert!(problems(&right).is_empty(), "{date}");
        }
        for date in ["2023-02-29", "2023-13", "23", "2023-4-5"] {
            let wrong = filled_in(&[("title", "Leaflet"), ("published", date)]);
            assert_eq!(problems(&wrong).len(), 1, "{date}");
        }
    }

    #[test]
    fn the_form_is_filled_in_with_what_is_known() {
        let known = filled_in(&[("title", "Leaflet"), ("url", "https://sleep.example")]);
        let form = form(7, &known);
        assert_eq!(form["components"].as_array().map(Vec::len), Some(5));
        assert_eq!(form["components"][0]["components"][0]["value"], "Leaflet");
        assert!(form["components"][1]["components"][0].get("value").is_none());
        assert!(form["title"].as_str().is_some_and(|title| title.len() <= 45));
    }
}

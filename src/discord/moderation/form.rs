//! The form in which a moderator says where a source comes from.

use serde_json::{Value, json};
use time::Date;
use time::macros::format_description;

use verbatim_core::knowledge::front_matter::FrontMatter;
use verbatim_core::knowledge::preview::Preview;
use verbatim_core::render::action::Action;
use verbatim_core::text::truncate::truncated;

/// Longest title, publisher and so on, in characters.
const LONGEST: usize = 200;
/// Longest address, in characters.
const LONGEST_ADDRESS: usize = 500;

/// Where a source comes from, as a moderator states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Particulars {
    /// Its title.
    pub title: String,
    /// Who published it.
    pub publisher: Option<String>,
    /// Its web address.
    pub url: Option<String>,
    /// Its licence.
    pub licence: Option<String>,
    /// Publication date in ISO 8601: a year, a month or a day.
    pub published: Option<String>,
}

impl Particulars {
    /// The details that the file itself states.
    pub fn of(preview: &Preview) -> Self {
        let Some(origin) = &preview.origin else { return Self::default() };
        Self {
            title: truncated(&origin.title, LONGEST),
            publisher: origin.publisher.clone(),
            url: origin.url.clone(),
            licence: origin.licence.clone(),
            published: origin.published.clone(),
        }
    }

    /// The front matter to write into the source, with `today` as the retrieval date.
    pub fn front_matter(&self, today: &str) -> FrontMatter {
        FrontMatter {
            title: Some(self.title.clone()),
            publisher: self.publisher.clone(),
            url: self.url.clone(),
            licence: self.licence.clone(),
            published: self.published.clone(),
            retrieved: Some(today.to_owned()),
            kind: None,
        }
    }

    /// Reads the form's fields.
    pub fn read(fields: &[(String, String)]) -> Self {
        let field = |name: &str| {
            let found =
                fields.iter().find(|(known, _)| known == name).map(|(_, text)| text.trim().to_owned());
            found.filter(|text| !text.is_empty())
        };
        Self {
            title: field("title").unwrap_or_default(),
            publisher: field("publisher"),
            url: field("url"),
            licence: field("licence"),
            published: field("published"),
        }
    }

    /// Problems to fix before the source can be added.
    pub fn problems(&self) -> Vec<&'static str> {
        let mut problems = Vec::new();
        if self.title.trim().is_empty() {
            problems.push("The title is empty: enter the title of the document.");
        }
        let is_address = |url: &String| {
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            host.is_some_and(|rest| rest.contains('.') && !url.contains(char::is_whitespace))
        };
        if self.url.as_ref().is_some_and(|url| !is_address(url)) {
            problems.push(
                "The web address must begin with https:// or http:// and have no spaces, or be left empty.",
            );
        }
        if self.published.as_ref().is_some_and(|date| !is_date(date)) {
            problems.push(
                "The publication date must be a year, a month or a day, such as 2023, 2023-04 or 2023-04-05, or be \
                 left empty.",
            );
        }
        problems
    }
}

fn is_date(text: &str) -> bool {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    Date::parse(&whole, format_description!("[year]-[month]-[day]")).is_ok()
}

/// The form for a draft, filled in with the known details.
pub fn form(draft: u64, known: &Particulars) -> Value {
    let custom_id = Action::AddDetails { draft }.custom_id().expect("a draft's number is short");
    let line = |id: &str, label: &str, value: Option<&String>, most: usize, hint: &str| {
        let mut input = json!({
            "type": 4, "custom_id": id, "label": label, "style": 1, "max_length": most,
            "required": id == "title", "placeholder": hint,
        });
        if let Some(value) = value.filter(|value| !value.is_empty() && value.chars().count() <= most) {
            input["value"] = json!(value);
        }
        json!({ "type": 1, "components": [input] })
    };
    json!({
        "custom_id": custom_id,
        "title": "Where does the source come from?",
        "components": [
            line("title", "Title", Some(&known.title), LONGEST, "The title of the document"),
            line("publisher", "Publisher", known.publisher.as_ref(), LONGEST, "Who wrote or published it"),
            line("url", "Web address", known.url.as_ref(), LONGEST_ADDRESS, "https://…"),
            line("published", "Publication date", known.published.as_ref(), 10, "2023, 2023-04 or 2023-04-05"),
            line("licence", "Licence, or who holds the rights", known.licence.as_ref(), LONGEST, "CC BY 4.0"),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled_in(pairs: &[(&str, &str)]) -> Particulars {
        let fields: Vec<(String, String)> =
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Particulars::read(&fields)
    }

    #[test]
    fn what_is_wrong_is_told_with_the_remedy() {
        let wrong = filled_in(&[("title", " "), ("url", "sleep.example"), ("published", "last year")]);
        insta::assert_snapshot!(wrong.problems().join("\n"), @"
        The title is empty: enter the title of the document.
        The web address must begin with https:// or http:// and have no spaces, or be left empty.
        The publication date must be a year, a month or a day, such as 2023, 2023-04 or 2023-04-05, or be left empty.
        ");
        for date in ["2023", "2023-04", "2024-02-29", ""] {
            let right =
                filled_in(&[("title", "Leaflet"), ("url", "https://sleep.example/a"), ("published", date)]);
            assert!(right.problems().is_empty(), "{date}");
        }
        for date in ["2023-02-29", "2023-13", "23", "2023-4-5"] {
            assert_eq!(filled_in(&[("title", "Leaflet"), ("published", date)]).problems().len(), 1, "{date}");
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

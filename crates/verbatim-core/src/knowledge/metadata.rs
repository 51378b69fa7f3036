//! What is known about a source besides its text. Front matter, the form that moderators fill in, the document in the
//! index and the list of sources share [`SourceMetadata`], and only [`SourceMetadata::invalid_fields`] says which values
//! are valid.

use serde::{Deserialize, Serialize};

use crate::text::date::PartialDate;
use crate::text::url::is_web_address;

/// The longest value of a field other than the address, in characters.
pub const LONGEST_VALUE: usize = 200;

/// The metadata of a source. A value that is not stated is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMetadata {
    /// The document's title; empty if it is not stated. Reading a file always gives a title.
    pub title: String,
    /// Who published it.
    pub publisher: Option<String>,
    /// Its web address (http or https).
    pub url: Option<String>,
    /// The licence or the rights holder.
    pub licence: Option<String>,
    /// Date of publication, ISO 8601 (`2023`, `2023-04` or `2023-04-05`).
    pub published: Option<String>,
    /// Date on which the text was retrieved from that address, ISO 8601.
    pub retrieved: Option<String>,
    /// The kind of document, e.g. `encyclopaedia article`.
    pub kind: Option<String>,
}

/// A field of [`SourceMetadata`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataField {
    /// [`SourceMetadata::title`]
    Title,
    /// [`SourceMetadata::publisher`]
    Publisher,
    /// [`SourceMetadata::url`]
    Url,
    /// [`SourceMetadata::licence`]
    Licence,
    /// [`SourceMetadata::published`]
    Published,
    /// [`SourceMetadata::retrieved`]
    Retrieved,
    /// [`SourceMetadata::kind`]
    Kind,
}

/// An invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    /// The field.
    pub field: MetadataField,
    /// What is wrong, as a whole sentence.
    pub what: String,
    /// What to do about it, as a whole sentence.
    pub remedy: &'static str,
}

impl MetadataField {
    /// All fields, in the order in which they are written.
    pub const ALL: [Self; 7] = [
        Self::Title,
        Self::Publisher,
        Self::Url,
        Self::Licence,
        Self::Published,
        Self::Retrieved,
        Self::Kind,
    ];

    /// Its key in front matter.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Publisher => "publisher",
            Self::Url => "url",
            Self::Licence => "licence",
            Self::Published => "published",
            Self::Retrieved => "retrieved",
            Self::Kind => "kind",
        }
    }

    /// Whether its value is a date.
    pub fn is_date(self) -> bool {
        matches!(self, Self::Published | Self::Retrieved)
    }
}

impl SourceMetadata {
    /// The value of a field; `None` if it is not stated.
    pub fn get(&self, field: MetadataField) -> Option<&str> {
        match field {
            MetadataField::Title => Some(self.title.as_str()).filter(|title| !title.is_empty()),
            MetadataField::Publisher => self.publisher.as_deref(),
            MetadataField::Url => self.url.as_deref(),
            MetadataField::Licence => self.licence.as_deref(),
            MetadataField::Published => self.published.as_deref(),
            MetadataField::Retrieved => self.retrieved.as_deref(),
            MetadataField::Kind => self.kind.as_deref(),
        }
    }

    /// Sets the value of a field.
    pub fn set(&mut self, field: MetadataField, value: Option<String>) {
        match field {
            MetadataField::Title => self.title = value.unwrap_or_default(),
            MetadataField::Publisher => self.publisher = value,
            MetadataField::Url => self.url = value,
            MetadataField::Licence => self.licence = value,
            MetadataField::Published => self.published = value,
            MetadataField::Retrieved => self.retrieved = value,
            MetadataField::Kind => self.kind = value,
        }
    }

    /// Takes the values that are not stated here from `other`.
    pub fn or(mut self, other: &Self) -> Self {
        for field in MetadataField::ALL {
            if self.get(field).is_none() {
                self.set(field, other.get(field).map(str::to_owned));
            }
        }
        self
    }

    /// Removes the invalid values and returns what is wrong with them.
    pub fn remove_invalid(&mut self) -> Vec<InvalidField> {
        let invalid = self.invalid_fields();
        for InvalidField { field, .. } in &invalid {
            self.set(*field, None);
        }
        invalid
    }

    /// The publication date, or else the retrieval date.
    pub fn dated(&self) -> Option<&str> {
        self.published.as_deref().or(self.retrieved.as_deref())
    }

    /// The fields with an invalid value, and the title if it is missing.
    pub fn invalid_fields(&self) -> Vec<InvalidField> {
        let mut invalid: Vec<InvalidField> = MetadataField::ALL
            .into_iter()
            .filter_map(|field| invalid_field(field, self.get(field)))
            .collect();
        let date = |field| self.get(field).and_then(PartialDate::parse);
        if let (Some(published), Some(retrieved)) =
            (date(MetadataField::Published), date(MetadataField::Retrieved))
            && published.first > retrieved.last
        {
            invalid.push(InvalidField {
                field: MetadataField::Retrieved,
                what: "The publication date is later than the date on which the source was retrieved."
                    .to_owned(),
                remedy: "Correct one of the two dates.",
            });
        }
        invalid
    }
}

fn invalid_field(field: MetadataField, value: Option<&str>) -> Option<InvalidField> {
    let key = field.key();
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    let (what, remedy) = match (field, value) {
        (MetadataField::Title, None) => {
            ("The source has no title.".to_owned(), "Add `title = \"…\"` with the document's title.")
        }
        (_, None) => return None,
        (MetadataField::Url, Some(url)) if is_web_address(url) => return None,
        (MetadataField::Url, Some(_)) => (
            format!("`{key}` is not a web address."),
            "Write the full address, beginning with https:// or http://, or leave it empty.",
        ),
        (MetadataField::Published | MetadataField::Retrieved, Some(date))
            if PartialDate::parse(date).is_some() =>
        {
            return None;
        }
        (MetadataField::Published | MetadataField::Retrieved, Some(_)) => (
            format!("`{key}` is not a valid date."),
            "Write it as \"2023-04-05\", \"2023-04\" or \"2023\", or leave it empty.",
        ),
        (_, Some(text)) if text.chars().count() > LONGEST_VALUE => {
            let length = text.chars().count();
            (format!("`{key}` has {length} characters; at most {LONGEST_VALUE} are allowed."), "Shorten it.")
        }
        (_, Some(text)) if text.contains(char::is_control) => {
            (format!("`{key}` contains a line break or another control character."), "Write it on one line.")
        }
        (_, Some(_)) => return None,
    };
    Some(InvalidField { field, what, remedy })
}

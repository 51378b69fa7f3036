//! How a passage is laid out in Tantivy. The terms come ready-made from the one analyser that questions
//! use too, so Tantivy cuts no text itself and stores none: it finds the passage's number.

use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

use super::annotate::PassageTerms;

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// Stems of the passage.
    pub body: Field,
    /// Stems of the title and the headings over it.
    pub headings: Field,
    /// Concepts, synonyms and facets.
    pub meanings: Field,
    /// The passage's number in the library.
    pub number: Field,
}

/// Name of the fast field that holds a passage's number.
pub const NUMBER: &str = "number";

/// The schema and its fields.
pub fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let counted = text(IndexRecordOption::WithFreqs, true);
    let noted = text(IndexRecordOption::Basic, false);
    let fields = Fields {
        body: schema.add_text_field("body", counted.clone()),
        headings: schema.add_text_field("headings", counted),
        meanings: schema.add_text_field("meanings", noted),
        number: schema.add_u64_field(NUMBER, FAST),
    };
    (schema.build(), fields)
}

fn text(record: IndexRecordOption, lengths: bool) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_index_option(record)
            .set_fieldnorms(lengths),
    )
}

/// A passage as a Tantivy document. No term has white space in it, so the terms are handed over as one text
/// and cut at the spaces: that is three times as fast as handing them over one by one.
pub fn document(fields: Fields, number: u64, terms: &PassageTerms) -> tantivy::TantivyDocument {
    let mut document = tantivy::TantivyDocument::new();
    document.add_text(fields.body, terms.body.join(" "));
    document.add_text(fields.headings, terms.headings.join(" "));
    document.add_text(fields.meanings, terms.meanings.join(" "));
    document.add_u64(fields.number, number);
    document
}

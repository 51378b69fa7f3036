//! The layout of a unit in Tantivy: its text and its context as stems, and the vocabulary meanings of both. Only the
//! unit's number is stored.

use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

use super::tokenizer;

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// The unit's own words.
    pub text: Field,
    /// The title, the headings over it and the sentence that introduces it.
    pub context: Field,
    /// The concepts, synonyms and facets of both.
    pub meanings: Field,
    /// The unit's number in the corpus.
    pub number: Field,
}

/// The name of the fast field that holds a unit's number.
pub const NUMBER: &str = "number";

/// Returns the schema and its fields.
pub fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let words = text(tokenizer::NAME, IndexRecordOption::WithFreqs, true);
    let fields = Fields {
        text: schema.add_text_field("text", words.clone()),
        context: schema.add_text_field("context", words),
        meanings: schema.add_text_field("meanings", text("whitespace", IndexRecordOption::Basic, false)),
        number: schema.add_u64_field(NUMBER, FAST),
    };
    (schema.build(), fields)
}

fn text(tokenizer: &str, record: IndexRecordOption, lengths: bool) -> TextOptions {
    TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_index_option(record)
            .set_fieldnorms(lengths),
    )
}

/// Makes a Tantivy document of a unit. `meanings` contain no white space.
pub fn document(
    fields: Fields,
    number: u64,
    text: &str,
    context: &str,
    meanings: &[String],
) -> tantivy::TantivyDocument {
    let mut document = tantivy::TantivyDocument::new();
    document.add_text(fields.text, text);
    document.add_text(fields.context, context);
    document.add_text(fields.meanings, meanings.join(" "));
    document.add_u64(fields.number, number);
    document
}

//! Text handling: byte spans, sentences, words and their normal forms. Independent of medicine, documents and search.

pub mod bullet;
pub mod case;
pub mod contact;
pub mod contents;
pub mod controls;
pub mod count;
pub mod date;
pub mod digest;
pub mod digits;
pub mod fuzzy;
pub mod hyphen;
pub mod line;
pub mod nearest;
pub mod sentence;
pub mod span;
pub mod spelling;
pub mod truncate;
pub mod url;
pub mod words;

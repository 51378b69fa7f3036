//! A knowledge base as its author writes it: source documents in several formats and the files beside them.
//! Reading is separate from answering: whatever a file contains, the rest of the program sees only one canonical
//! text with its spans, and problems that name their file and line.

pub mod base;
pub mod blocks;
pub mod collection;
pub mod decode;
pub mod document;
pub mod docx;
pub mod draft;
pub mod files;
pub mod format;
pub mod front_matter;
pub mod html;
mod leaders;
pub mod lexicon;
pub mod markdown;
pub mod metadata;
mod note_marks;
pub mod outline;
pub mod pdf;
pub mod plain;
pub mod preview;
pub mod problem;
pub mod read;
pub mod reference;
pub mod refused;
pub mod report;
pub mod sandbox;
pub mod second;
pub mod toml_file;
pub mod topic;
pub mod vocabulary_check;
pub mod vocabulary_file;
pub mod withheld;

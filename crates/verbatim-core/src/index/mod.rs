//! The index: immutable generations of a base on disk, how they are built and published, and how to search one. Only
//! this module uses Tantivy.

pub mod annotate;
pub mod build;
pub mod corpus;
pub mod earlier;
pub mod error;
pub mod generation;
pub mod manifest;
pub mod schema;
pub mod seal;
pub mod search;
pub mod snapshot;
pub mod tokenizer;
pub mod withheld_copy;

//! Making a generation: the documents are annotated, indexed and encoded in a folder beside the live ones,
//! and every file is written through to the disk before the manifest is. Publishing is another's task.
//!
//! ```text
//! manifest.toml   what it was made of, and the digest of every file
//! tantivy/        the search index
//! library.bin     the documents and their notes
//! vectors.bin     sentence vectors; missing without an encoder
//! headings.bin    the same of the headings
//! ```

use std::path::Path;

use rustc_hash::FxHashSet;
use sha2::{Digest as _, Sha256};
use tantivy::directory::MmapDirectory;
use tantivy::{Index, IndexSettings};

use super::annotate::{PassageTerms, annotate};
use super::error::{IndexError, Naming};
use super::library::Library;
use super::manifest::{Counts, GoldenResult, Manifest, SCHEMA, generation_id};
use super::{files, schema};
use crate::knowledge::base::Base;
use crate::semantic::encoder::Encoder;
use crate::semantic::vectors::{Digest, Row, Vectors};

/// The documents, in a generation's folder.
pub const LIBRARY: &str = "library.bin";
/// The sentence vectors, in a generation's folder.
pub const VECTORS: &str = "vectors.bin";
/// The vectors of the headings, in a generation's folder.
pub const HEADINGS: &str = "headings.bin";
/// The search index, in a generation's folder.
pub const TANTIVY: &str = "tantivy";
/// Memory in which Tantivy gathers passages before it writes them, in bytes.
const WRITER_MEMORY: usize = 64 << 20;
/// How many sentences are encoded between two reports of progress.
const ENCODED_AT_ONCE: usize = 256;

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Reading the vocabulary and the passages.
    Annotating,
    /// Writing the search index.
    Indexing,
    /// Encoding sentences.
    Encoding {
        /// How many have a vector.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// Writing through to the disk.
    Writing,
    /// Asking the base's own questions.
    Testing,
    /// Making it the live one.
    Publishing,
}

/// The name that a generation of `base` has.
pub fn id_of(base: &Base, encoder: Option<&Encoder>) -> String {
    generation_id(&base.digests, encoder.map_or("", Encoder::id))
}

/// Builds a generation of `base` in the empty `folder`. Vectors of sentences that `earlier` has are taken
/// over. The manifest is returned, not written: the golden questions are still to be asked.
///
/// # Errors
/// [`IndexError`]; the folder then holds a part of a generation and no manifest.
pub fn build(
    base: &Base,
    encoder: Option<&Encoder>,
    earlier: &[Vectors],
    folder: &Path,
    made: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<Manifest, IndexError> {
    progress(Progress::Annotating);
    let lexicon = base.lexicon();
    let mut library = Library::of(base);
    let withheld: FxHashSet<&str> = base.withheld.iter().map(|entry| entry.passage.as_str()).collect();
    let terms = annotate(&mut library, &lexicon, &withheld);
    progress(Progress::Indexing);
    write_tantivy(&folder.join(TANTIVY), &library, &terms)?;
    drop(terms);
    if let Some(encoder) = encoder {
        write_vectors(folder, &library, encoder, earlier, progress)?;
    }
    progress(Progress::Writing);
    files::write(&folder.join(LIBRARY), &library.encode())?;
    same_permissions(folder)?;
    let manifest = Manifest {
        schema: SCHEMA,
        id: id_of(base, encoder),
        made: made.to_owned(),
        encoder: encoder.map_or(String::new(), |encoder| encoder.id().to_owned()),
        counts: Counts {
            sources: library.documents.len(),
            passages: library.passages.len(),
            sentences: library.sentences.len(),
        },
        golden: GoldenResult::default(),
        inputs: base.digests.clone(),
        files: files::digests(folder)?,
    };
    Ok(manifest)
}

/// One thread and one segment: the same knowledge gives the same order, and ties fall the same way.
fn write_tantivy(folder: &Path, library: &Library, terms: &[PassageTerms]) -> Result<(), IndexError> {
    std::fs::create_dir_all(folder).naming("make", folder)?;
    let (schema, fields) = schema::schema();
    let directory =
        MmapDirectory::open(folder).map_err(tantivy::TantivyError::from).naming("open", folder)?;
    let index = Index::create(directory, schema, IndexSettings::default()).naming("write", folder)?;
    let mut writer = index.writer_with_num_threads(1, WRITER_MEMORY).naming("write", folder)?;
    for (number, (note, terms)) in library.passages.iter().zip(terms).enumerate() {
        if !note.withheld {
            writer.add_document(schema::document(fields, number as u64, terms)).naming("write", folder)?;
        }
    }
    writer.commit().naming("write", folder)?;
    let segments = index.searchable_segment_ids().naming("read", folder)?;
    if segments.len() > 1 {
        writer.merge(&segments).wait().naming("write", folder)?;
        writer.garbage_collect_files().wait().naming("write", folder)?;
    }
    writer.wait_merging_threads().naming("write", folder)
}

/// Tantivy lets nobody but the builder read some of its files. Whoever may read the library may read the rest.
fn same_permissions(folder: &Path) -> Result<(), IndexError> {
    let library = folder.join(LIBRARY);
    let permissions = std::fs::metadata(&library).naming("read", &library)?.permissions();
    let tantivy = folder.join(TANTIVY);
    for entry in std::fs::read_dir(&tantivy).naming("read", &tantivy)?.filter_map(Result::ok) {
        std::fs::set_permissions(entry.path(), permissions.clone()).naming("write", &entry.path())?;
    }
    Ok(())
}

/// What is encoded of a sentence.
pub fn encoded_text(library: &Library, sentence: u32) -> String {
    library.sentence_text(sentence).to_owned()
}

/// What a vector is known by, so that a later build can take it over: the encoder and the text.
fn row_digest(encoder: &str, text: &str) -> Digest {
    let whole = Sha256::new().chain_update(encoder).chain_update([0]).chain_update(text).finalize();
    std::array::from_fn(|at| whole[at])
}

/// The tables of what is encoded: the sentences, and the headings.
fn write_vectors(
    folder: &Path,
    library: &Library,
    encoder: &Encoder,
    earlier: &[Vectors],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), IndexError> {
    let sentences = library.sentences.len();
    let mut texts: Vec<String> =
        (0..sentences as u32).map(|sentence| encoded_text(library, sentence)).collect();
    texts.extend(library.headings().map(str::to_owned));
    let of = texts.len();
    let digests: Vec<Digest> = texts.iter().map(|text| row_digest(encoder.id(), text)).collect();
    let mut rows: Vec<Option<Row>> = vec![None; of];
    for vectors in earlier {
        let known = vectors.by_digest();
        for (row, digest) in rows.iter_mut().zip(&digests).filter(|(row, _)| row.is_none()) {
            *row = known.get(digest).and_then(|&at| vectors.row(at));
        }
    }
    let missing: Vec<usize> = (0..of).filter(|&at| rows[at].is_none()).collect();
    let mut done = of - missing.len();
    progress(Progress::Encoding { done, of });
    for chunk in missing.chunks(ENCODED_AT_ONCE) {
        let batch: Vec<&str> = chunk.iter().map(|&at| texts[at].as_str()).collect();
        let vectors = encoder
            .encode_batch(&batch, &mut |encoded| progress(Progress::Encoding { done: done + encoded, of }))?;
        for (&at, vector) in chunk.iter().zip(&vectors) {
            rows[at] = Some(Row::quantise(vector));
        }
        done += chunk.len();
    }
    let mut rows = digests.into_iter().zip(rows.into_iter().flatten());
    write_table(&folder.join(VECTORS), rows.by_ref().take(sentences))?;
    write_table(&folder.join(HEADINGS), rows)
}

fn write_table(path: &Path, rows: impl Iterator<Item = (Digest, Row)>) -> Result<(), IndexError> {
    let mut bytes = Vec::new();
    Vectors::from_rows(rows).write_to(&mut bytes).naming("write", path)?;
    files::write(path, &bytes)
}

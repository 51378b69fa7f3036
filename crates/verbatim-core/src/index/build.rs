//! Builds a generation: the documents are annotated, indexed and encoded in a folder beside the live ones, and every
//! file is flushed to disk before the manifest is written. Publishing is not done here.
//!
//! ```text
//! manifest.toml   its inputs, and the digest of every file
//! tantivy/        the search index
//! corpus.bin      the documents and their notes
//! vectors.bin     the vectors of the units
//! tokens.bin      the vectors of their word pieces
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use sha2::{Digest as _, Sha256};
use tantivy::directory::{Directory, MmapDirectory, OwnedBytes};
use tantivy::{Index, IndexSettings};

use super::annotate::{Meanings, annotate};
use super::corpus::Corpus;
use super::error::{IndexError, tantivy_error};
use super::manifest::{Counts, Manifest, RegressionResult, SCHEMA, generation_id};
use super::schema;
use super::tokenizer::{self, StemTokenizer};
use crate::fs::{self, FsError, Naming, Operation};
use crate::knowledge::base::Base;
use crate::model::encoder::{Encoder, UnitText, UnitVectors};
use crate::model::token_table::{TokenTable, TokenWriter};
use crate::model::vectors::{Digest, Vectors};

/// The documents, in a generation's folder.
pub const CORPUS: &str = "corpus.bin";
/// The sentence vectors, in a generation's folder.
pub const VECTORS: &str = "vectors.bin";
/// The vectors of word pieces, in a generation's folder.
pub const TOKENS: &str = "tokens.bin";
/// The search index, in a generation's folder.
pub const TANTIVY: &str = "tantivy";
/// The memory in which Tantivy buffers units before it writes them, in bytes.
const WRITER_MEMORY: usize = 64 << 20;
/// The number of sentences encoded between two progress reports.
const ENCODED_AT_ONCE: usize = 256;

/// The progress of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Reading the vocabulary and the passages.
    Annotating,
    /// Writing the search index.
    Indexing,
    /// Encoding sentences.
    Encoding {
        /// How many sentences have a vector.
        done: usize,
        /// How many sentences there are.
        of: usize,
    },
    /// Flushing files to disk.
    Writing,
    /// Asking the regression questions.
    Testing,
    /// Making it live.
    Publishing,
}

/// Returns the name of a generation of `base`.
pub fn id_of(base: &Base, encoder: &Encoder) -> String {
    generation_id(&base.digests, encoder.id())
}

/// The reusable vectors of an earlier generation.
pub struct Earlier {
    /// The vectors of its units.
    pub vectors: Arc<Vectors>,
    /// The vectors of their word pieces.
    pub tokens: Arc<TokenTable<OwnedBytes>>,
}

impl Earlier {
    /// Reads the vectors of the generation in `folder`, even if another version of the program wrote it; `None` if they
    /// cannot be read.
    pub fn read(folder: &Path) -> Option<Self> {
        let vectors = Vectors::read(&fs::read(&folder.join(VECTORS)).ok()?).ok()?;
        let tokens = map_tokens(folder).ok()?;
        (vectors.len() == tokens.len()).then(|| Self { vectors: vectors.into(), tokens: tokens.into() })
    }

    fn unit(&self, at: usize) -> Option<UnitVectors> {
        Some(UnitVectors { pooled: self.vectors.row(at)?, tokens: self.tokens.unit(at)?.to_rows() })
    }
}

/// Opens the table of word pieces of the generation in `folder`, memory-mapped from its file.
///
/// # Errors
/// Says what is wrong with the file.
pub(super) fn map_tokens(folder: &Path) -> Result<TokenTable<OwnedBytes>, String> {
    let directory = MmapDirectory::open(folder).map_err(|error| error.to_string())?;
    let file = directory.open_read(Path::new(TOKENS)).map_err(|error| error.to_string())?;
    let bytes = file.read_bytes().map_err(|error| error.to_string())?;
    TokenTable::read(bytes).map_err(|error| error.to_string())
}

/// Builds a generation of `base` in the empty `folder`. Vectors of units that `earlier` has are reused. The manifest is
/// returned, not written, because the regression questions have not been asked yet.
///
/// # Errors
/// [`IndexError`]; the folder then holds part of a generation and no manifest.
pub fn build(
    base: &Base,
    encoder: &Encoder,
    earlier: &[Earlier],
    folder: &Path,
    made: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<Manifest, IndexError> {
    progress(Progress::Annotating);
    let lexicon = base.lexicon();
    let mut corpus = Corpus::of(base);
    let withheld: FxHashSet<&str> = base.withheld.iter().map(|entry| entry.passage.as_str()).collect();
    let meanings = annotate(&mut corpus, &lexicon, &withheld);
    progress(Progress::Indexing);
    write_tantivy(&folder.join(TANTIVY), &corpus, &meanings)?;
    drop(meanings);
    write_vectors(folder, &corpus, encoder, earlier, progress)?;
    progress(Progress::Writing);
    fs::write(&folder.join(CORPUS), &corpus.encode())?;
    same_permissions(folder)?;
    let manifest = Manifest {
        schema: SCHEMA,
        id: id_of(base, encoder),
        made: made.to_owned(),
        encoder: encoder.id().to_owned(),
        counts: Counts {
            sources: corpus.documents.len(),
            passages: corpus.passages.len(),
            sentences: corpus.sentences.len(),
        },
        regression_questions: RegressionResult::default(),
        doubtful: None,
        inputs: base.digests.clone(),
        files: digests(folder)?,
    };
    Ok(manifest)
}

/// Uses one thread and one segment, so that the same knowledge gives the same order and ties resolve the same way.
fn write_tantivy(folder: &Path, corpus: &Corpus, meanings: &[Meanings]) -> Result<(), IndexError> {
    fs::create_folder(folder)?;
    let write_error = tantivy_error(Operation::Write, folder);
    let (schema, fields) = schema::schema();
    let directory =
        MmapDirectory::open(folder).map_err(|error| tantivy_error(Operation::Open, folder)(error.into()))?;
    let index = Index::create(directory, schema, IndexSettings::default()).map_err(&write_error)?;
    index.tokenizers().register(tokenizer::NAME, StemTokenizer::default());
    let mut writer = index.writer_with_num_threads(1, WRITER_MEMORY).map_err(&write_error)?;
    let mut last: Option<(u32, String)> = None;
    for (number, (note, meanings)) in (0u32..).zip(corpus.sentences.iter().zip(meanings)) {
        if !corpus.is_searched(number) {
            continue;
        }
        if last.as_ref().is_none_or(|(passage, _)| *passage != note.passage) {
            last = Some((note.passage, corpus.context(number)));
        }
        let context = last.as_ref().map_or("", |(_, context)| context.as_str());
        let text = corpus.sentence_text(number);
        writer
            .add_document(schema::document(fields, u64::from(number), text, context, meanings))
            .map_err(&write_error)?;
    }
    writer.commit().map_err(&write_error)?;
    let segments = index.searchable_segment_ids().map_err(tantivy_error(Operation::Read, folder))?;
    if segments.len() > 1 {
        writer.merge(&segments).wait().map_err(&write_error)?;
        writer.garbage_collect_files().wait().map_err(&write_error)?;
    }
    writer.wait_merging_threads().map_err(&write_error)
}

/// Tantivy makes some of its files readable only by the user who builds. Everybody who can read the corpus must be able
/// to read the rest.
fn same_permissions(folder: &Path) -> Result<(), IndexError> {
    let corpus = folder.join(CORPUS);
    let permissions = std::fs::metadata(&corpus).naming(Operation::Read, &corpus)?.permissions();
    for file in fs::list(&folder.join(TANTIVY))? {
        std::fs::set_permissions(&file, permissions.clone()).naming(Operation::Write, &file)?;
    }
    Ok(())
}

/// Syncs all files below a folder to disk and returns their digests by relative path, without Tantivy's locks.
fn digests(folder: &Path) -> Result<BTreeMap<String, String>, FsError> {
    let mut digests = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(inside) = open.pop() {
        for path in fs::list(&folder.join(&inside))? {
            let name = format!("{inside}{}", fs::name_of(&path));
            if path.is_dir() {
                open.push(format!("{name}/"));
            } else if !name.ends_with(".lock") {
                fs::sync(&path)?;
                digests.insert(name, fs::digest(&path)?);
            }
        }
    }
    Ok(digests)
}

/// Returns the text of a unit for the encoder.
fn unit_text(corpus: &Corpus, sentence: u32) -> UnitText {
    UnitText { context: corpus.context(sentence), text: corpus.sentence_text(sentence).to_owned() }
}

/// Returns the key of a unit's vectors, by which a later build can reuse them: a digest of the encoder and the encoded
/// text.
fn unit_digest(encoder: &str, unit: &UnitText) -> Digest {
    let parts = [encoder, unit.context.as_str(), unit.text.as_str()];
    let hash = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0]));
    let whole = hash.finalize();
    std::array::from_fn(|at| whole[at])
}

/// Writes the two tables of vectors: one for the units, one for their word pieces.
fn write_vectors(
    folder: &Path,
    corpus: &Corpus,
    encoder: &Encoder,
    earlier: &[Earlier],
    progress: &mut dyn FnMut(Progress),
) -> Result<(), IndexError> {
    let of = corpus.sentences.len();
    let mut digests: Vec<Digest> = Vec::with_capacity(of);
    let known = earlier.iter().map(|generation| generation.vectors.by_digest()).collect::<Vec<_>>();
    let taken_over = |digest: &Digest| {
        earlier.iter().zip(&known).find_map(|(generation, known)| generation.unit(*known.get(digest)?))
    };
    let path = folder.join(TOKENS);
    let file = std::io::BufWriter::new(fs::create(&path)?);
    let mut tokens = TokenWriter::new(file).naming(Operation::Write, &path)?;
    let mut pooled = Vec::with_capacity(of);
    for first in (0..of).step_by(ENCODED_AT_ONCE) {
        let chunk = first as u32..(first + ENCODED_AT_ONCE).min(of) as u32;
        let units: Vec<UnitText> = chunk.map(|sentence| unit_text(corpus, sentence)).collect();
        digests.extend(units.iter().map(|unit| unit_digest(encoder.id(), unit)));
        let mut vectors: Vec<Option<UnitVectors>> = digests[first..].iter().map(taken_over).collect();
        let missing: Vec<usize> = (0..units.len()).filter(|&at| vectors[at].is_none()).collect();
        let batch: Vec<UnitText> = missing.iter().map(|&at| units[at].clone()).collect();
        let done = pooled.len() + units.len() - missing.len();
        let read =
            encoder.read_units(&batch, &mut |read| progress(Progress::Encoding { done: done + read, of }))?;
        missing.into_iter().zip(read).for_each(|(at, read)| vectors[at] = Some(read));
        for unit in vectors.into_iter().flatten() {
            tokens.add(&unit.tokens).naming(Operation::Write, &path)?;
            pooled.push(unit.pooled);
        }
        progress(Progress::Encoding { done: pooled.len(), of });
    }
    tokens.finish().naming(Operation::Write, &path)?;
    fs::sync(&path)?;
    let mut bytes = Vec::new();
    let path = folder.join(VECTORS);
    Vectors::from_rows(digests.into_iter().zip(pooled))
        .write_to(&mut bytes)
        .naming(Operation::Write, &path)?;
    Ok(fs::write(&path, &bytes)?)
}

//! The sentence encoder: a text in, a vector of its meaning out.
//!
//! The model is all-MiniLM-L6-v2 from the checkout's `models` folder. It needs
//! no network, and the same text always gives the same vector on one machine.
//! A text is never logged and never part of an error.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokenizers::{Tokenizer, TruncationParams};

use super::error::{EncoderError, NAME};
use super::recent::Recent;
use super::together::Together;
use super::transformer::Transformer;
use super::weights::{Folder, Weights, unfit};

const MODEL: &str = "model.q8.safetensors";
const TOKENIZER: &str = "tokenizer.json";

/// The longest text in word pieces, the two at its ends included: what the
/// model was trained with. The rest of a longer text is not read.
const LONGEST: usize = 256;

/// How many bytes of a text are cut into word pieces. [`LONGEST`] pieces of real text take a tenth of it; cutting
/// eight megabytes would take gigabytes.
const LONGEST_BYTES: usize = 16 << 10;

/// Texts that a thread takes at a time, and that go through the model
/// together: enough to fill a product, few enough that progress is shown and
/// that nobody waits long for the last one.
const SHARE: usize = 16;

/// Word pieces that go through the model at once. More would not be faster and
/// would take more memory.
const AT_ONCE: usize = 512;

/// Turns texts into vectors. Holds some 60 MB; shared by reference, it can be
/// asked by several threads at a time.
pub struct Encoder {
    tokenizer: Tokenizer,
    transformer: Transformer,
    id: String,
    recent: Recent,
    pool: ThreadPool,
    together: Together<Vec<u32>, Result<Vec<f32>, EncoderError>>,
    passes: AtomicU64,
}

impl Encoder {
    /// Opens the model in a folder that `models/convert.py` wrote, and checks
    /// its digests.
    pub fn open(folder: &Path) -> Result<Encoder, EncoderError> {
        let folder = Folder::open(folder)?;
        let (tokenizer, transformer) = thread::scope(|scope| {
            let tokenizer = scope.spawn(|| open_tokenizer(&folder));
            let transformer = open_transformer(&folder);
            (tokenizer.join(), transformer)
        });
        let (tokenizer, transformer) = match tokenizer {
            Ok(tokenizer) => (tokenizer?, transformer?),
            Err(_) => return Err(unfit(&folder.path(TOKENIZER), "reading it failed")),
        };
        if tokenizer.get_vocab_size(true) != transformer.vocabulary() {
            let reason = "its vocabulary is not the model's";
            return Err(unfit(&folder.path(TOKENIZER), reason));
        }
        let (model, words) = (folder.digest(MODEL)?, folder.digest(TOKENIZER)?);
        let id = format!("{NAME}-{}-{}", &model[..12], &words[..4]);
        let (recent, together, passes) = (Recent::default(), Together::of(SHARE), AtomicU64::new(0));
        let pool =
            ThreadPoolBuilder::new().thread_name(|_| "encoder".to_owned()).build().map_err(inference)?;
        Ok(Encoder { tokenizer, transformer, id, recent, pool, together, passes })
    }

    /// Which model this is: its name and the beginnings of its files' digests.
    /// Vectors of encoders with different ids must not be compared.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The vector of a text: [`DIMENSIONS`](super::DIMENSIONS) numbers, of
    /// length 1. Texts of several threads go through the model together, which
    /// takes half as long as one after the other.
    pub fn encode(&self, text: &str) -> Result<Vec<f32>, EncoderError> {
        let each = |texts: Vec<Vec<u32>>| match self.vectors(&texts) {
            Ok(vectors) => vectors.into_iter().map(Ok).collect(),
            Err(error) => texts.iter().map(|_| Err(inference(&error))).collect(),
        };
        let vector = self.together.run(self.pieces(text)?, each);
        vector.unwrap_or_else(|| Err(inference("the thread that encoded has failed")))
    }

    /// As [`Encoder::encode`]; the vectors of the last 1,024 texts are kept, under a hash and without the
    /// text, so that a question which comes again costs nothing.
    pub fn encode_again(&self, text: &str) -> Result<Arc<[f32]>, EncoderError> {
        self.recent.get_or(text, || self.encode(text))
    }

    /// Encodes texts that [`Encoder::encode_again`] will be asked for, on all cores. Nothing depends on it: a text that
    /// fails here fails there again.
    pub fn encode_ahead(&self, texts: &[&str]) {
        if let Ok(vectors) = self.encode_batch(texts, &mut |_| {}) {
            texts.iter().zip(vectors).for_each(|(text, vector)| self.recent.put(text, vector.into()));
        }
    }

    /// Drops the vectors that [`Encoder::encode_again`] keeps.
    pub fn forget(&self) {
        self.recent.forget();
    }

    /// Drops those of them that nobody asked for since this was called the last time.
    pub fn forget_unused(&self) {
        self.recent.forget_unused();
    }

    /// How many texts went through the model since it was opened; one whose vector was kept did not.
    pub fn passes(&self) -> u64 {
        self.passes.load(Ordering::Relaxed)
    }

    /// The vectors of many texts, in their order, on all cores. `progress` is
    /// told how many are done, from the calling thread.
    pub fn encode_batch(
        &self,
        texts: &[&str],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<Vec<f32>>, EncoderError> {
        let shares: Vec<&[&str]> = texts.chunks(SHARE).collect();
        let next = AtomicUsize::new(0);
        let workers = thread::available_parallelism().map_or(1, NonZero::get).min(shares.len());
        let mut vectors = vec![Vec::new(); shares.len()];
        thread::scope(|scope| {
            let (results, received) = mpsc::channel();
            for _ in 0..workers {
                let (results, shares, next) = (results.clone(), &shares, &next);
                scope.spawn(move || {
                    while let Some((number, share)) = take(shares, next) {
                        if results.send((number, self.encode_share(share))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(results);
            let mut done = 0;
            for (number, result) in received {
                vectors[number] = result?;
                done += vectors[number].len();
                progress(done);
            }
            Ok(())
        })?;
        Ok(vectors.into_iter().flatten().collect())
    }

    fn encode_share(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let pieces = texts.iter().map(|text| self.pieces(text)).collect::<Result<Vec<_>, _>>()?;
        self.vectors(&pieces).map_err(inference)
    }

    /// The vectors of texts that are given as their word pieces.
    fn vectors(&self, texts: &[Vec<u32>]) -> candle_core::Result<Vec<Vec<f32>>> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let mut total = 0;
            let fitting = rest.iter().take_while(|text| {
                total += text.len();
                total <= AT_ONCE
            });
            let (group, others) = rest.split_at(fitting.count().max(1));
            self.passes.fetch_add(group.len() as u64, Ordering::Relaxed);
            vectors.extend(match group {
                [_] => self.transformer.vectors(group)?,
                // A thread that has had large matrices keeps their room, so they are left to a few threads, which
                // do nothing else: an index that is being built holds up nobody's question.
                _ => self.pool.install(|| self.transformer.vectors(group))?,
            });
            rest = others;
        }
        Ok(vectors)
    }

    /// A text's word pieces. There are always at least two: its ends.
    fn pieces(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        let beginning = text.get(..text.floor_char_boundary(LONGEST_BYTES)).unwrap_or(text);
        let encoding = self.tokenizer.encode_fast(beginning, true).map_err(inference)?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// The next share that nobody has taken.
fn take<T: Copy>(shares: &[T], next: &AtomicUsize) -> Option<(usize, T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    shares.get(number).map(|share| (number, *share))
}

fn open_tokenizer(folder: &Folder) -> Result<Tokenizer, EncoderError> {
    let path = folder.path(TOKENIZER);
    let mut tokenizer = Tokenizer::from_bytes(folder.read(TOKENIZER)?).map_err(|e| unfit(&path, e))?;
    let truncation = TruncationParams { max_length: LONGEST, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(|error| unfit(&path, error))?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

fn open_transformer(folder: &Folder) -> Result<Transformer, EncoderError> {
    let path = folder.path(MODEL);
    let bytes = folder.read(MODEL)?;
    Transformer::load(&Weights::parse(&path, &bytes)?)
}

fn inference(error: impl ToString) -> EncoderError {
    EncoderError::Inference(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::LazyLock;

    use super::*;
    use crate::semantic::DIMENSIONS;

    static ENCODER: LazyLock<Encoder> =
        LazyLock::new(|| Encoder::open(&model()).expect("the checkout holds the model"));

    #[derive(serde::Deserialize)]
    struct Fixture {
        text: String,
        word_pieces: usize,
        vector: Vec<f32>,
    }

    fn model() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("models/all-minilm-l6-v2")
    }

    fn fixtures() -> Vec<Fixture> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/encoder/full_precision.json");
        let text = fs::read_to_string(path).expect("the fixture is part of the checkout");
        let fixtures: Vec<Fixture> = serde_json::from_str(&text).expect("the fixture is JSON");
        assert!(fixtures.len() >= 12);
        fixtures
    }

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        assert_eq!((a.len(), b.len()), (DIMENSIONS, DIMENSIONS));
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    /// A copy of the model that a test may damage.
    fn copy() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [MODEL, TOKENIZER, "SHA256SUMS"] {
            fs::copy(model().join(name), folder.path().join(name)).expect("a copy");
        }
        folder
    }

    fn error_of(folder: &Path) -> EncoderError {
        Encoder::open(folder).err().expect("an error")
    }

    #[test]
    fn vectors_are_those_of_the_full_precision_model() {
        for fixture in fixtures() {
            let vector = ENCODER.encode(&fixture.text).expect("a vector");
            let cosine = cosine(&vector, &fixture.vector);
            assert!(cosine >= 0.995, "{}: cosine {cosine}", fixture.text);
            let pieces = ENCODER.pieces(&fixture.text).expect("word pieces");
            assert_eq!(pieces.len(), fixture.word_pieces, "{}", fixture.text);
        }
    }

    #[test]
    fn a_batch_gives_the_vectors_of_its_texts_in_their_order() {
        let fixtures = fixtures();
        let texts: Vec<&str> =
            fixtures.iter().cycle().take(40).map(|fixture| fixture.text.as_str()).collect();
        let mut seen = Vec::new();
        let vectors = ENCODER.encode_batch(&texts, &mut |done| seen.push(done)).expect("vectors");
        assert_eq!(vectors.len(), texts.len());
        let singles: Vec<Vec<f32>> =
            fixtures.iter().map(|fixture| ENCODER.encode(&fixture.text).expect("a vector")).collect();
        for ((text, vector), single) in texts.iter().zip(&vectors).zip(singles.iter().cycle()) {
            for (a, b) in single.iter().zip(vector) {
                assert!((a - b).abs() <= 1e-4, "{text}: {a} and {b}");
            }
        }
        assert!(seen.is_sorted());
        assert_eq!(seen.last(), Some(&texts.len()));
    }

    #[test]
    fn texts_that_come_at_once_have_the_vectors_that_they_have_alone() {
        let texts: Vec<String> = fixtures().into_iter().map(|fixture| fixture.text).collect();
        let alone: Vec<Vec<f32>> = texts.iter().map(|text| ENCODER.encode(text).expect("a vector")).collect();
        let together: Vec<Vec<f32>> = thread::scope(|scope| {
            let encoding: Vec<_> = texts.iter().map(|text| scope.spawn(|| ENCODER.encode(text))).collect();
            encoding.into_iter().map(|one| one.join().expect("no panic").expect("a vector")).collect()
        });
        for ((text, alone), together) in texts.iter().zip(&alone).zip(&together) {
            let furthest = alone.iter().zip(together).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(furthest <= 1e-5, "{text}: {furthest}");
        }
    }

    #[test]
    fn no_text_at_all_is_an_empty_batch() {
        assert!(ENCODER.encode_batch(&[], &mut |_| ()).expect("no vectors").is_empty());
    }

    #[test]
    fn an_empty_text_has_a_vector_too() {
        for text in ["", " ", "\n", "\u{200b}", "\0"] {
            let vector = ENCODER.encode(text).expect("a vector");
            assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-4, "{text:?}");
        }
    }

    #[test]
    fn the_id_names_the_model_and_its_digest() {
        let sums = fs::read_to_string(model().join("SHA256SUMS")).expect("digests");
        let id = ENCODER.id();
        assert!(id.starts_with(NAME) && id.contains(&sums[..12]), "{id}");
    }

    #[test]
    fn a_missing_folder_is_named_with_the_remedy() {
        let folder = tempfile::tempdir().expect("a temporary folder").path().join("absent");
        let message = error_of(&folder).to_string();
        assert!(message.contains(&folder.display().to_string()), "{message}");
        assert!(message.contains("restore") && message.contains("none"), "{message}");
    }

    #[test]
    fn a_missing_file_is_named() {
        for name in [MODEL, TOKENIZER, "SHA256SUMS"] {
            let folder = copy();
            fs::remove_file(folder.path().join(name)).expect("removed");
            let error = error_of(folder.path());
            assert!(matches!(error, EncoderError::Unreadable { .. }), "{error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn a_flipped_byte_is_found_wherever_it_is() {
        for (name, place) in [(MODEL, 3), (MODEL, 9_999_999), (TOKENIZER, 200_000)] {
            let folder = copy();
            let path = folder.path().join(name);
            let mut bytes = fs::read(&path).expect("the file");
            bytes[place] ^= 1;
            fs::write(&path, bytes).expect("written");
            let error = error_of(folder.path());
            assert!(matches!(error, EncoderError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn a_truncated_file_is_an_error_even_if_its_digest_is_right() {
        use sha2::Digest;
        for (name, length) in [(MODEL, 0), (MODEL, 7), (MODEL, 5_000_000), (TOKENIZER, 1000)] {
            let folder = copy();
            let path = folder.path().join(name);
            let bytes = fs::read(&path).expect("the file")[..length].to_vec();
            fs::write(&path, &bytes).expect("written");
            assert!(matches!(error_of(folder.path()), EncoderError::Damaged { .. }));

            let digest = super::super::weights::hexadecimal(&sha2::Sha256::digest(&bytes));
            let sums = fs::read_to_string(model().join("SHA256SUMS")).expect("digests");
            let other = sums.lines().filter(|line| !line.ends_with(name));
            let sums = format!("{digest}  {name}\n{}\n", other.collect::<String>());
            fs::write(folder.path().join("SHA256SUMS"), sums).expect("written");
            let error = error_of(folder.path());
            assert!(matches!(error, EncoderError::Unfit { .. }), "{error}");
        }
    }

    #[test]
    fn digests_that_make_no_sense_are_an_error() {
        for sums in ["", "\0", "é  model.q8.safetensors\né  tokenizer.json\n", "abc  tokenizer.json"] {
            let folder = copy();
            fs::write(folder.path().join("SHA256SUMS"), sums).expect("written");
            assert!(matches!(error_of(folder.path()), EncoderError::Unfit { .. }), "{sums:?}");
        }
    }
}

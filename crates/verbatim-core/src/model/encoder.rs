//! The encoder: runs the model on a text and returns everything the model predicts. See [`Reading`] and
//! [`UnitVectors`].
//!
//! The model is in the checkout's `models` folder. It needs no network, and on one machine the same text always gives
//! the same reading. Texts are never logged and never part of an error.

use std::num::NonZero;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use tokenizers::Tokenizer;

use super::cache::Cache;
use super::error::{EncoderError, NAME};
use super::heads::{Heads, MessageProbabilities, TriageProbabilities};
use super::late_interaction::{QuestionToken, Scoring};
use super::product::Product;
use super::token_table::TokenRow;
use super::transformer::{MessageStates, Transformer};
use super::vectors::{Query, Row};
use super::weights::{Folder, Matrix, Weights, unfit};
use super::{DIMENSIONS, TOKEN_DIMENSIONS};

const MODEL: &str = "model.q8.safetensors";
const TOKENIZER: &str = "tokenizer.json";

/// The ids of the word pieces that mark the start and end of a text.
const START: u32 = 101;
const END: u32 = 102;

/// The maximum length of a text in word pieces, including the start and end markers, as in `training/model.py`. A
/// longer message is read in windows.
const LONGEST: usize = 192;
/// The number of word pieces that neighbouring windows of a long message share.
const OVERLAP: usize = 32;
/// The maximum number of windows read per message: enough for any message in English that triage checks.
const MOST_WINDOWS: usize = 24;
/// The maximum number of word pieces from the end of a unit's context, and from the beginning of the unit, as in
/// `training/model.py`.
const CONTEXT: usize = 24;
const UNIT: usize = 63;

/// The maximum number of bytes of a text that are tokenised. [`LONGEST`] word pieces of real text take a tenth of this;
/// tokenising eight megabytes would take gigabytes of memory.
const LONGEST_BYTES: usize = 16 << 10;

/// The number of texts that a thread takes at a time and sends through the model together: enough to fill a matrix
/// product, few enough to report progress often and to keep all threads busy until the end.
const SHARE: usize = 16;

/// The maximum number of word pieces in one pass. A larger batch is not faster and takes more memory.
const AT_ONCE: usize = 512;

/// Everything the model predicts about a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The vector of the whole message, for finding text with a similar meaning.
    pub pooled: Query,
    /// The word pieces of the first window, including the start and end markers, for [`Scoring::compare`].
    pub tokens: Vec<QuestionToken>,
    /// The byte range of each word piece of the whole message in the text; empty for the start and end markers.
    pub spans: Vec<Range<usize>>,
    /// The probability, 0 to 1, that each of these word pieces is part of the clause that asks.
    pub asking: Vec<f32>,
    /// The triage of the message, before anything is looked up. If there are several windows, that of the most urgent
    /// one.
    pub triage: TriageProbabilities,
    /// The kind of message. If there are several windows, each probability is the minimum over all of them.
    pub message_type: MessageProbabilities,
}

/// A searchable text, with its context in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitText {
    /// Title, headings and lead-in, separated by line breaks; only its end is read.
    pub context: String,
    /// The text.
    pub text: String,
}

/// The vectors by which a unit is found and compared.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitVectors {
    /// The vector of the whole unit.
    pub pooled: Row,
    /// The vectors of its word pieces.
    pub tokens: Vec<TokenRow>,
}

/// Runs the model on texts. Takes about 40 MB; several threads can share a reference to it.
pub struct Encoder {
    tokenizer: Tokenizer,
    learned: Loaded,
    id: String,
    cache: Cache<Reading>,
    passes: AtomicU64,
}

impl Encoder {
    /// Opens the model in a folder written by training, and checks its digests.
    ///
    /// # Errors
    /// If a file is missing, damaged or does not match this version.
    pub fn open(folder: &Path) -> Result<Encoder, EncoderError> {
        let folder = Folder::open(folder)?;
        let path = folder.path(MODEL);
        let (tokenizer, learned) = thread::scope(|scope| {
            let tokenizer = scope.spawn(|| open_tokenizer(&folder));
            let learned = folder.read(MODEL).and_then(|bytes| Loaded::of(&Weights::parse(&path, &bytes)?));
            (tokenizer.join(), learned)
        });
        let (tokenizer, learned) = match tokenizer {
            Ok(tokenizer) => (tokenizer?, learned?),
            Err(_) => return Err(unfit(&folder.path(TOKENIZER), "reading it failed")),
        };
        if tokenizer.get_vocab_size(true) != learned.transformer.vocabulary() {
            return Err(unfit(&folder.path(TOKENIZER), "its vocabulary does not match the model"));
        }
        let (model, words) = (folder.digest(MODEL)?, folder.digest(TOKENIZER)?);
        Ok(Encoder {
            tokenizer,
            learned,
            id: format!("{NAME}-{}-{}", &model[..12], &words[..4]),
            cache: Cache::default(),
            passes: AtomicU64::new(0),
        })
    }

    /// The id of the model: its name and the first digits of its files' digests.
    /// Vectors from encoders with different ids cannot be compared.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The scoring that compares a question with a unit.
    pub fn scoring(&self) -> &Scoring {
        &self.learned.scoring
    }

    /// Reads a message. The readings of the last 1,024 texts are cached by hash, without the text, so that a repeated
    /// question costs nothing.
    ///
    /// # Errors
    /// [`EncoderError::Inference`], without the text.
    pub fn read(&self, text: &str) -> Result<Arc<Reading>, EncoderError> {
        self.cache.get_or(text, || self.read_anew(text))
    }

    /// Reads texts on all cores and caches the readings for later calls of [`Encoder::read`]. Errors are ignored: a
    /// text that fails here fails again there, and the others are cached.
    pub fn read_ahead(&self, texts: &[&str]) {
        self.cache_all(texts, |text| self.read_anew(text));
    }

    fn cache_all(&self, texts: &[&str], read: impl Fn(&str) -> Result<Reading, EncoderError> + Sync) {
        let read = |text: &&str| read(text).ok();
        let readings = in_shares(texts, 1, &mut |_| {}, |share| Ok(share.iter().map(read).collect()));
        let readings: Vec<Option<Reading>> = readings.unwrap_or_default();
        for (text, reading) in texts.iter().zip(readings) {
            if let Some(reading) = reading {
                self.cache.put(text, reading);
            }
        }
    }

    fn read_anew(&self, text: &str) -> Result<Reading, EncoderError> {
        let windows = self.windows(text)?;
        self.passes.fetch_add(windows.ids.len() as u64, Ordering::Relaxed);
        let states = windows.ids.into_iter().map(|ids| self.learned.transformer.message_states(ids));
        Ok(self.reading(windows.spans, &states.collect::<Vec<_>>()))
    }

    /// Computes the reading of a message from the states of its windows.
    fn reading(&self, spans: Vec<Range<usize>>, states: &[MessageStates]) -> Reading {
        let first = &states.first().expect("there is a first window").reading;
        let heads: Vec<_> = states.iter().map(|states| self.learned.heads.message(&states.judging)).collect();
        let urgency = |triage: &TriageProbabilities| triage.emergency + triage.self_harm;
        let by_urgency = |one: &&TriageProbabilities, other: &&TriageProbabilities| {
            urgency(one).total_cmp(&urgency(other))
        };
        let mut triage =
            *heads.iter().map(|(triage, _)| triage).max_by(by_urgency).expect("there is a first window");
        triage.personal_advice = heads.iter().map(|(triage, _)| triage.personal_advice).fold(0.0, f32::max);
        let tokens = self.tokens(first);
        Reading {
            pooled: Query::new(&mean_direction(first)),
            tokens: first
                .chunks_exact(DIMENSIONS)
                .zip(tokens)
                .map(|(state, row)| self.weighed(state, row))
                .collect(),
            asking: self.asking(states, spans.len()),
            spans,
            triage,
            message_type: least(heads.iter().map(|(_, message_type)| *message_type)),
        }
    }

    /// Returns the probability that each word piece of all windows is part of the clause that asks. If two windows
    /// share a word piece, the first one counts.
    fn asking(&self, states: &[MessageStates], pieces: usize) -> Vec<f32> {
        let mut asking: Vec<f32> = Vec::with_capacity(pieces);
        for states in states {
            let of_window = self.learned.heads.asking(&states.judging);
            let shared = if asking.is_empty() { 0 } else { 1 + OVERLAP };
            asking.truncate(asking.len().saturating_sub(usize::from(shared > 0)));
            asking.extend(of_window.into_iter().skip(shared));
        }
        asking.resize(pieces, 0.0);
        asking
    }

    fn weighed(&self, state: &[f32], row: TokenRow) -> QuestionToken {
        let weight = |row: usize| {
            softplus(self.learned.token_weight.dot_row(row, state) + self.learned.token_bias[row])
        };
        QuestionToken { row, gain: weight(0), loss: weight(1) }
    }

    /// The vectors of the word pieces of one pass.
    fn tokens(&self, states: &[f32]) -> Vec<TokenRow> {
        let tokens = self.learned.token.apply(states);
        let (tokens, _) = tokens.as_chunks::<TOKEN_DIMENSIONS>();
        tokens.iter().map(|token| TokenRow::quantise(&direction(*token))).collect()
    }

    /// Drops all cached readings.
    pub fn forget(&self) {
        self.cache.forget();
    }

    /// Drops the cached readings that have not been used since the last call.
    pub fn forget_unused(&self) {
        self.cache.forget_unused();
    }

    /// The number of passes through the model since it was opened. Cached readings do not count.
    pub fn passes(&self) -> u64 {
        self.passes.load(Ordering::Relaxed)
    }

    /// Returns the vectors of many units in order, computed on all cores. `progress` is called on the calling thread
    /// with the number of finished units.
    ///
    /// # Errors
    /// [`EncoderError::Inference`], without the texts.
    pub fn read_units(
        &self,
        units: &[UnitText],
        progress: &mut dyn FnMut(usize),
    ) -> Result<Vec<UnitVectors>, EncoderError> {
        in_shares(units, SHARE, progress, |share| {
            let ids = share.iter().map(|unit| self.unit_pieces(unit)).collect::<Result<Vec<_>, _>>()?;
            let vectors = |states: &Vec<f32>| UnitVectors {
                pooled: Row::quantise(&mean_direction(states)),
                tokens: self.tokens(states),
            };
            Ok(self.states(&ids).iter().map(vectors).collect())
        })
    }

    /// Returns the states for retrieval of texts, given as word pieces. Batches them up to [`AT_ONCE`].
    fn states(&self, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        self.passes.fetch_add(texts.len() as u64, Ordering::Relaxed);
        let mut states = Vec::with_capacity(texts.len());
        let mut rest = texts;
        while !rest.is_empty() {
            let mut total = 0;
            let fitting = rest.iter().take_while(|text| {
                total += text.len();
                total <= AT_ONCE
            });
            let (group, others) = rest.split_at(fitting.count().max(1));
            states.extend(self.learned.transformer.states(group));
            rest = others;
        }
        states
    }

    /// Splits a message's word pieces into windows of [`LONGEST`]. There is always at least one window, with at least
    /// the start and end markers.
    fn windows(&self, text: &str) -> Result<Windows, EncoderError> {
        let beginning = &text[..text.floor_char_boundary(LONGEST_BYTES)];
        let encoding = self.tokenizer.encode(beginning, false).map_err(inference)?;
        let inside = LONGEST - 2;
        let mut ids = vec![with_ends(&encoding.get_ids()[..encoding.len().min(inside)])];
        let mut start = 0;
        while start + inside < encoding.len() && ids.len() < MOST_WINDOWS {
            start += inside - OVERLAP;
            ids.push(with_ends(&encoding.get_ids()[start..encoding.len().min(start + inside)]));
        }
        let read = start + inside;
        let offsets = encoding.get_offsets().iter().take(read).map(|&(start, end)| start..end);
        Ok(Windows {
            ids,
            spans: std::iter::once(0..0).chain(offsets).chain(std::iter::once(0..0)).collect(),
        })
    }

    fn unit_pieces(&self, unit: &UnitText) -> Result<Vec<u32>, EncoderError> {
        let context = unit.context.replace('\n', ". ");
        let end = &context[context.floor_char_boundary(context.len().saturating_sub(LONGEST_BYTES))..];
        let context = self.tokenizer.encode_fast(end, false).map_err(inference)?;
        let beginning = &unit.text[..unit.text.floor_char_boundary(LONGEST_BYTES)];
        let text = self.tokenizer.encode_fast(beginning, false).map_err(inference)?;
        let mut ids = with_ends(&context.get_ids()[context.len().saturating_sub(CONTEXT)..]);
        ids.extend(text.get_ids().iter().take(UNIT));
        ids.push(END);
        Ok(ids)
    }
}

/// A message's word pieces.
struct Windows {
    ids: Vec<Vec<u32>>,
    /// The byte ranges of the word pieces of all windows in the text.
    spans: Vec<Range<usize>>,
}

/// The contents of the model file.
struct Loaded {
    transformer: Transformer,
    heads: Heads,
    scoring: Scoring,
    token: Product,
    token_weight: Matrix,
    token_bias: Vec<f32>,
}

impl Loaded {
    fn of(weights: &Weights<'_>) -> Result<Self, EncoderError> {
        let token = weights.matrix("token.weight", TOKEN_DIMENSIONS, DIMENSIONS)?;
        Ok(Self {
            transformer: Transformer::load(weights)?,
            heads: Heads::load(weights)?,
            scoring: Scoring::load(weights)?,
            token: Product::of(&[(&token, 1.0)]),
            token_weight: weights.matrix("weight.weight", 2, DIMENSIONS)?,
            token_bias: weights.vector("weight.bias", 2)?,
        })
    }
}

/// The minimum of each probability, so that a kind applies to a message only if it applies to every window.
fn least(all: impl Iterator<Item = MessageProbabilities>) -> MessageProbabilities {
    let least = all.reduce(|one, other| MessageProbabilities {
        question: one.question.min(other.question),
        statement: one.statement.min(other.statement),
        small_talk: one.small_talk.min(other.small_talk),
        about_bot: one.about_bot.min(other.about_bot),
        other_language: one.other_language.min(other.other_language),
    });
    least.expect("there is a first window")
}

fn with_ends(ids: &[u32]) -> Vec<u32> {
    std::iter::once(START).chain(ids.iter().copied()).chain([END]).collect()
}

/// Processes `items` in batches of `size` on all cores, and returns the results in order.
fn in_shares<T: Sync, R: Send>(
    items: &[T],
    size: usize,
    progress: &mut dyn FnMut(usize),
    work: impl Fn(&[T]) -> Result<Vec<R>, EncoderError> + Sync,
) -> Result<Vec<R>, EncoderError> {
    let shares: Vec<&[T]> = items.chunks(size).collect();
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(shares.len());
    let mut results: Vec<Vec<R>> = Vec::new();
    results.resize_with(shares.len(), Vec::new);
    thread::scope(|scope| {
        let (sender, received) = mpsc::channel();
        for _ in 0..workers {
            let (sender, shares, next, work) = (sender.clone(), &shares, &next, &work);
            scope.spawn(move || {
                while let Some((number, share)) = take(shares, next) {
                    if sender.send((number, work(share))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut done = 0;
        for (number, result) in received {
            results[number] = result?;
            done += results[number].len();
            progress(done);
        }
        Ok(())
    })?;
    Ok(results.into_iter().flatten().collect())
}

/// Takes the next batch.
fn take<T: Copy>(shares: &[T], next: &AtomicUsize) -> Option<(usize, T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    shares.get(number).map(|share| (number, *share))
}

fn open_tokenizer(folder: &Folder) -> Result<Tokenizer, EncoderError> {
    let path = folder.path(TOKENIZER);
    let mut tokenizer = Tokenizer::from_bytes(folder.read(TOKENIZER)?).map_err(|e| unfit(&path, e))?;
    tokenizer.with_truncation(None).map_err(|error| unfit(&path, error))?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

/// Returns the mean of the states, scaled to length 1.
fn mean_direction(states: &[f32]) -> Vec<f32> {
    let mut vector = [0f32; DIMENSIONS];
    for state in states.chunks_exact(DIMENSIONS) {
        for (sum, x) in vector.iter_mut().zip(state) {
            *sum += x;
        }
    }
    direction(vector).to_vec()
}

/// Scales a vector to length 1.
fn direction<const N: usize>(vector: [f32; N]) -> [f32; N] {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    vector.map(|x| x / length)
}

fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn inference(error: impl ToString) -> EncoderError {
    EncoderError::Inference(error.to_string())
}

#[cfg(test)]
mod tests;

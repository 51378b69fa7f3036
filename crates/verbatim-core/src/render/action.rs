//! Button actions, encoded as the `custom_id` of at most 100 characters that Discord stores with a button and sends
//! back when it is pressed. It holds only ids, so that a button works after a restart and does not reveal who asked
//! what.
//!
//! The format is `v1`, a letter for the kind, the base's name, `/`, and the data: names as they are, bytes in
//! base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use super::escape::units;
use crate::answer::reply::QuoteId;

/// The maximum length of a `custom_id`.
pub const LONGEST: usize = 100;
/// The version of the format. Other versions are rejected.
const VERSION: &str = "v1";
/// The number of bytes of a [`QuoteId`], and of the digits of a generation or passage.
const QUOTE: usize = 8;
const DIGITS: usize = 6;

/// The number of letters of a page number.
const PAGE: usize = 3;

/// The twelve hex digits in the id of a generation or passage.
pub type Digits = [u8; DIGITS];

/// The answer that a button belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnswerContext {
    /// The base.
    pub base: String,
    /// The generation that answered: see [`generation_id`].
    pub generation: Digits,
    /// The quoted passages.
    pub passages: Vec<Digits>,
}

/// A list that may need more than a few messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// The sources, for users.
    Sources,
    /// How to ask.
    Help,
    /// The sources, for moderators.
    SourceDetails,
    /// The gap report: questions that the sources do not cover.
    Gaps {
        /// The number of past weeks.
        weeks: u32,
    },
    /// The audit log of moderators' actions.
    Audit,
}

impl List {
    /// Returns whether only moderators may see it.
    pub fn is_for_moderators(self) -> bool {
        matches!(self, Self::SourceDetails | Self::Gaps { .. } | Self::Audit)
    }

    fn code(self) -> String {
        match self {
            Self::Sources => "s".to_owned(),
            Self::Help => "h".to_owned(),
            Self::SourceDetails => "d".to_owned(),
            Self::Gaps { weeks } => format!("g{weeks}"),
            Self::Audit => "a".to_owned(),
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        let list = match code {
            "s" => Self::Sources,
            "h" => Self::Help,
            "d" => Self::SourceDetails,
            "a" => Self::Audit,
            code => Self::Gaps { weeks: code.strip_prefix('g')?.parse().ok()? },
        };
        (list.code() == code).then_some(list)
    }
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// Show a list.
    List {
        /// The base.
        base: String,
        /// Which list.
        list: List,
    },
    /// Show a later page of what another action shows: a list, a topic, passages or their sources.
    Page {
        /// The other action.
        of: Box<Action>,
        /// The page number. Page 0 is the first and is shown by the other action itself.
        number: u16,
    },
    /// Show these quotes of a generation.
    More {
        /// The base.
        base: String,
        /// The generation that answered.
        generation: Digits,
        /// The quotes to show next, best first.
        quotes: Vec<QuoteId>,
    },
    /// Show the whole passages.
    Context(AnswerContext),
    /// Show the sources of the passages.
    Sources(AnswerContext),
    /// Record a vote.
    Vote {
        /// The answer that the vote is about.
        answered: AnswerContext,
        /// Whether the answer helped.
        helpful: bool,
    },
    /// Show a topic.
    Topic {
        /// The base.
        base: String,
        /// The topic's name.
        topic: String,
    },
    /// Ask for the details of a source to add; also the form for entering them.
    AddDetails {
        /// The draft's number.
        draft: u64,
    },
    /// Publish the draft.
    AddPublish {
        /// The draft's number.
        draft: u64,
    },
    /// Discard the draft.
    AddCancel {
        /// The draft's number.
        draft: u64,
    },
    /// Confirm the removal of a source.
    RemoveConfirm {
        /// The base.
        base: String,
        /// The source's id.
        source: String,
        /// Whether to remove it even if regression questions fail without it.
        force: bool,
    },
    /// Keep the source.
    RemoveCancel {
        /// The base.
        base: String,
    },
    /// Confirm the settings of the server's channels.
    ConfirmChannels {
        /// The base whose moderators are asked to confirm.
        base: String,
    },
    /// Ask the user whether to delete the data stored about them.
    OfferDeletion {
        /// The base that was asked.
        base: String,
    },
    /// Delete the data stored about the user.
    DeleteMine {
        /// The base that was asked.
        base: String,
    },
    /// Keep the stored data.
    KeepMine {
        /// The base that was asked.
        base: String,
    },
}

/// An error in a `custom_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ActionError {
    /// This program did not make it.
    #[error("the button does not belong to this bot")]
    Foreign,
    /// An earlier or later version of this program made it.
    #[error("another version of this program made the button")]
    OtherVersion,
    /// It has the right prefix, but the rest is invalid.
    #[error("the button's id is damaged")]
    Damaged,
}

impl Action {
    /// Creates the action for an answer's further quotes, as many as one button can hold; `None` if there are none.
    pub fn more(base: &str, generation: Digits, further: &[QuoteId]) -> Option<Self> {
        let most = bytes_beside(base)?.checked_sub(DIGITS)? / QUOTE;
        let quotes = further.get(..further.len().min(most))?.to_vec();
        (!quotes.is_empty()).then(|| Self::More { base: base.to_owned(), generation, quotes })
    }

    /// The base that the action is about; `None` for actions on a draft.
    pub fn base(&self) -> Option<&str> {
        match self {
            Self::More { base, .. }
            | Self::Topic { base, .. }
            | Self::List { base, .. }
            | Self::RemoveConfirm { base, .. }
            | Self::RemoveCancel { base }
            | Self::ConfirmChannels { base }
            | Self::OfferDeletion { base }
            | Self::DeleteMine { base }
            | Self::KeepMine { base } => Some(base),
            Self::Context(answered) | Self::Sources(answered) | Self::Vote { answered, .. } => {
                Some(&answered.base)
            }
            Self::Page { of, .. } => of.base(),
            Self::AddDetails { .. } | Self::AddPublish { .. } | Self::AddCancel { .. } => None,
        }
    }

    /// Returns whether only moderators may do it.
    pub fn is_for_moderators(&self) -> bool {
        match self {
            Self::Page { of, .. } => of.is_for_moderators(),
            Self::List { list, .. } => list.is_for_moderators(),
            Self::More { .. }
            | Self::Topic { .. }
            | Self::Context(_)
            | Self::Sources(_)
            | Self::Vote { .. }
            | Self::OfferDeletion { .. }
            | Self::DeleteMine { .. }
            | Self::KeepMine { .. } => false,
            Self::AddDetails { .. }
            | Self::AddPublish { .. }
            | Self::AddCancel { .. }
            | Self::RemoveConfirm { .. }
            | Self::RemoveCancel { .. }
            | Self::ConfirmChannels { .. } => true,
        }
    }

    /// The action for page `number`, from 1, of what this action shows; `None` if it has no pages.
    pub fn page(&self, number: u16) -> Option<Self> {
        let has_parts =
            matches!(self, Self::List { .. } | Self::Topic { .. } | Self::Context(_) | Self::Sources(_));
        (has_parts && number > 0).then(|| Self::Page { of: Box::new(self.clone()), number })
    }

    /// Encodes the action for Discord; `None` if its names are too long or invalid.
    pub fn custom_id(&self) -> Option<String> {
        let (kind, base, rest) = match self {
            Self::Page { of, number } => {
                let of = of.custom_id()?;
                let text = format!("{VERSION}z{}{}", encode(number.to_be_bytes()), of.strip_prefix(VERSION)?);
                return (units(&text) <= LONGEST && Self::parse(&text).as_ref() == Ok(self)).then_some(text);
            }
            Self::List { base, list } => ('l', base.as_str(), list.code()),
            Self::More { base, generation, quotes } => {
                let bytes = quotes.iter().flat_map(|quote| quote_bytes(*quote));
                ('m', base.as_str(), encode(generation.iter().copied().chain(bytes)))
            }
            Self::Context(answered) => ('c', answered.base.as_str(), answered.encode()),
            Self::Sources(answered) => ('s', answered.base.as_str(), answered.encode()),
            Self::Vote { answered, helpful: true } => ('h', answered.base.as_str(), answered.encode()),
            Self::Vote { answered, helpful: false } => ('n', answered.base.as_str(), answered.encode()),
            Self::Topic { base, topic } => ('t', base.as_str(), name(topic)?.to_owned()),
            Self::AddDetails { draft } => ('d', "", encode(draft.to_be_bytes())),
            Self::AddPublish { draft } => ('p', "", encode(draft.to_be_bytes())),
            Self::AddCancel { draft } => ('x', "", encode(draft.to_be_bytes())),
            Self::RemoveConfirm { base, source, force: false } => {
                ('r', base.as_str(), name(source)?.to_owned())
            }
            Self::RemoveConfirm { base, source, force: true } => {
                ('f', base.as_str(), name(source)?.to_owned())
            }
            Self::RemoveCancel { base } => ('k', base.as_str(), String::new()),
            Self::ConfirmChannels { base } => ('g', base.as_str(), String::new()),
            Self::OfferDeletion { base } => ('o', base.as_str(), String::new()),
            Self::DeleteMine { base } => ('e', base.as_str(), String::new()),
            Self::KeepMine { base } => ('q', base.as_str(), String::new()),
        };
        let needs_base = !matches!(kind, 'd' | 'p' | 'x');
        if needs_base {
            name(base)?;
        }
        let text = format!("{VERSION}{kind}{base}/{rest}");
        // Never send an id that cannot be read back.
        (units(&text) <= LONGEST && Self::parse(&text).as_ref() == Ok(self)).then_some(text)
    }

    /// Parses a `custom_id`.
    ///
    /// # Errors
    /// If [`Action::custom_id`] could not have written it.
    pub fn parse(custom_id: &str) -> Result<Self, ActionError> {
        let Some(text) = custom_id.strip_prefix(VERSION) else {
            let other = custom_id
                .strip_prefix('v')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            return Err(if other { ActionError::OtherVersion } else { ActionError::Foreign });
        };
        match text.chars().next() {
            Some(kind) if kind.is_ascii_digit() => return Err(ActionError::OtherVersion),
            _ if units(custom_id) > LONGEST => return Err(ActionError::Damaged),
            _ => {}
        }
        Self::read(text).ok_or(ActionError::Damaged)
    }

    fn read(text: &str) -> Option<Self> {
        if let Some(page) = text.strip_prefix('z') {
            let number = u16::from_be_bytes(decode(page.get(..PAGE)?)?.try_into().ok()?);
            return Self::read(page.get(PAGE..)?)?.page(number);
        }
        let mut letters = text.chars();
        let kind = letters.next()?;
        let (base, rest) = letters.as_str().split_once('/')?;
        if matches!(kind, 'd' | 'p' | 'x') {
            let draft = u64::from_be_bytes(decode(rest)?.try_into().ok()?);
            return match (base, kind) {
                ("", 'd') => Some(Self::AddDetails { draft }),
                ("", 'p') => Some(Self::AddPublish { draft }),
                ("", 'x') => Some(Self::AddCancel { draft }),
                _ => None,
            };
        }
        let base = name(base)?.to_owned();
        match kind {
            'm' => read_more(base, &decode(rest)?),
            'c' => AnswerContext::decode(base, rest).map(Self::Context),
            's' => AnswerContext::decode(base, rest).map(Self::Sources),
            'h' => Some(Self::Vote { answered: AnswerContext::decode(base, rest)?, helpful: true }),
            'n' => Some(Self::Vote { answered: AnswerContext::decode(base, rest)?, helpful: false }),
            'l' => Some(Self::List { base, list: List::of_code(rest)? }),
            't' => Some(Self::Topic { base, topic: name(rest)?.to_owned() }),
            'r' => Some(Self::RemoveConfirm { base, source: name(rest)?.to_owned(), force: false }),
            'f' => Some(Self::RemoveConfirm { base, source: name(rest)?.to_owned(), force: true }),
            'k' if rest.is_empty() => Some(Self::RemoveCancel { base }),
            'g' if rest.is_empty() => Some(Self::ConfirmChannels { base }),
            'o' if rest.is_empty() => Some(Self::OfferDeletion { base }),
            'e' if rest.is_empty() => Some(Self::DeleteMine { base }),
            'q' if rest.is_empty() => Some(Self::KeepMine { base }),
            _ => None,
        }
    }
}

impl AnswerContext {
    /// Creates the data for an answer's buttons, with as many passages as fit; `None` if the base's name is too long.
    pub fn new(base: &str, generation: Digits, passages: &[Digits]) -> Option<Self> {
        let most = bytes_beside(base)?.checked_sub(DIGITS)? / DIGITS;
        let passages = passages.get(..passages.len().min(most))?.to_vec();
        (!passages.is_empty()).then(|| Self { base: base.to_owned(), generation, passages })
    }

    fn encode(&self) -> String {
        encode(self.generation.iter().chain(self.passages.iter().flatten()).copied())
    }

    fn decode(base: String, text: &str) -> Option<Self> {
        let bytes = decode(text)?;
        let (generation, rest) = bytes.split_first_chunk::<DIGITS>()?;
        let (passages, left) = rest.as_chunks::<DIGITS>();
        let whole = left.is_empty() && !passages.is_empty();
        whole.then(|| Self { base, generation: *generation, passages: passages.to_vec() })
    }
}

fn read_more(base: String, bytes: &[u8]) -> Option<Action> {
    let (generation, rest) = bytes.split_first_chunk::<DIGITS>()?;
    let (quotes, left) = rest.as_chunks::<QUOTE>();
    if quotes.is_empty() || !left.is_empty() {
        return None;
    }
    let read = |&[a, b, c, d, e, f, first, count]: &[u8; QUOTE]| {
        let within = count > 0 && first.checked_add(count).is_some();
        within.then_some(QuoteId { passage: [a, b, c, d, e, f], first, count })
    };
    let quotes = quotes.iter().map(read).collect::<Option<_>>()?;
    Some(Action::More { base, generation: *generation, quotes })
}

fn quote_bytes(quote: QuoteId) -> [u8; QUOTE] {
    let [a, b, c, d, e, f] = quote.passage;
    [a, b, c, d, e, f, quote.first, quote.count]
}

fn encode(bytes: impl IntoIterator<Item = u8>) -> String {
    URL_SAFE_NO_PAD.encode(bytes.into_iter().collect::<Vec<u8>>())
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Checks the name of a base, topic or source for use in a button.
fn name(name: &str) -> Option<&str> {
    let odd = |c: char| c == '/' || c.is_whitespace() || c.is_control();
    (!name.is_empty() && !name.contains(odd)).then_some(name)
}

/// The number of bytes that a button can hold besides the base's name.
fn bytes_beside(base: &str) -> Option<usize> {
    let taken = VERSION.len() + 1 + units(name(base)?) + 1;
    Some(LONGEST.checked_sub(taken)? * 3 / 4)
}

/// The digits of a generation's id, such as `g0123456789ab`.
pub fn generation_digits(id: &str) -> Option<Digits> {
    let mut digits = Digits::default();
    hex::decode_to_slice(id.strip_prefix('g')?, &mut digits).ok()?;
    // Only lower-case digits name a generation.
    (generation_id(digits) == id).then_some(digits)
}

/// The id of a generation.
pub fn generation_id(digits: Digits) -> String {
    format!("g{}", hex::encode(digits))
}

#[cfg(test)]
mod tests;

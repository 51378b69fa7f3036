//! What a button does, as the text of at most 100 characters that Discord keeps with it and hands back when
//! it is pressed. It holds ids only, so that a button works after a restart and tells nothing about who asked
//! what.
//!
//! The text is `v1`, a letter for the kind, the base's name, `/`, and the rest: names as they are, bytes in
//! base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use super::escape::units;
use crate::answer::reply::QuoteId;
use crate::text::hex::hex;

/// The longest `custom_id`.
pub const LONGEST: usize = 100;
/// The version of the text; another one is refused.
const VERSION: &str = "v1";
/// How many bytes a [`QuoteId`] and the digits of a generation or passage take.
const QUOTE: usize = 8;
const DIGITS: usize = 6;

/// How many letters a page's number takes.
const PAGE: usize = 3;

/// The twelve hex digits of a generation's or a passage's id.
pub type Digits = [u8; DIGITS];

/// Which answer a button belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Answered {
    /// The base.
    pub base: String,
    /// The generation that answered: see [`generation_id`].
    pub generation: Digits,
    /// The passages that are quoted.
    pub passages: Vec<Digits>,
}

/// A list that may be longer than a few messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum List {
    /// The sources, for readers.
    Sources,
    /// How to ask.
    Help,
    /// The sources, for moderators.
    SourceDetails,
    /// What was asked for and is not covered.
    Gaps {
        /// How many weeks back.
        weeks: u32,
    },
    /// What moderators did.
    Audit,
}

impl List {
    /// Whether only moderators may see it.
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
    /// Show a later part of what another action shows: of a list, a topic, passages or their sources.
    Page {
        /// The other action.
        of: Box<Action>,
        /// The number of the part; the first one is 0 and is shown by the other action itself.
        number: u16,
    },
    /// Show these quotes of a generation.
    More {
        /// The base.
        base: String,
        /// The generation that answered.
        generation: Digits,
        /// What is shown next, best first.
        quotes: Vec<QuoteId>,
    },
    /// Show the whole passages.
    Context(Answered),
    /// Show where the passages come from.
    Sources(Answered),
    /// Count a vote.
    Vote {
        /// What is voted on.
        answered: Answered,
        /// Whether it helped.
        helpful: bool,
    },
    /// Show a topic.
    Topic {
        /// The base.
        base: String,
        /// The topic's name.
        topic: String,
    },
    /// Ask for the particulars of a source that is to be added; also the form in which they are given.
    AddDetails {
        /// The draft's number.
        draft: u64,
    },
    /// Take the draft in.
    AddPublish {
        /// The draft's number.
        draft: u64,
    },
    /// Drop the draft.
    AddCancel {
        /// The draft's number.
        draft: u64,
    },
    /// Move a source aside.
    RemoveConfirm {
        /// The base.
        base: String,
        /// The source's id.
        source: String,
        /// Whether it goes although some of the base's own questions fail without it.
        force: bool,
    },
    /// Leave the source where it is.
    RemoveCancel {
        /// The base.
        base: String,
    },
    /// Confirm the settings of the server's channels.
    ConfirmChannels {
        /// The base whose moderators are asked.
        base: String,
    },
    /// Ask whether what is stored about the one who presses is to be deleted.
    OfferDeletion {
        /// The base that was asked.
        base: String,
    },
    /// Delete what is stored about the one who presses.
    DeleteMine {
        /// The base that was asked.
        base: String,
    },
    /// Leave it stored.
    KeepMine {
        /// The base that was asked.
        base: String,
    },
}

/// Why a `custom_id` cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ActionError {
    /// It does not begin as ours do.
    #[error("the button is not one of ours")]
    Foreign,
    /// An earlier or later program made it.
    #[error("the button is of another version of this program")]
    OtherVersion,
    /// It begins as ours do and does not go on so.
    #[error("the button's id is damaged")]
    Damaged,
}

impl Action {
    /// The further quotes of an answer, as many as one button can carry; `None` where there are none.
    pub fn more(base: &str, generation: Digits, further: &[QuoteId]) -> Option<Self> {
        let most = bytes_beside(base)?.checked_sub(DIGITS)? / QUOTE;
        let quotes = further.get(..further.len().min(most))?.to_vec();
        (!quotes.is_empty()).then(|| Self::More { base: base.to_owned(), generation, quotes })
    }

    /// The base that it is about; `None` for what is about a draft.
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

    /// Whether only moderators may do it.
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

    /// The part `number`, from 1, of what this action shows; `None` where it shows no parts.
    pub fn page(&self, number: u16) -> Option<Self> {
        let has_parts =
            matches!(self, Self::List { .. } | Self::Topic { .. } | Self::Context(_) | Self::Sources(_));
        (has_parts && number > 0).then(|| Self::Page { of: Box::new(self.clone()), number })
    }

    /// The text for Discord; `None` where the names in it are too long or are none.
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
        // What could not be read back is not sent.
        (units(&text) <= LONGEST && Self::parse(&text).as_ref() == Ok(self)).then_some(text)
    }

    /// Reads a `custom_id` back.
    ///
    /// # Errors
    /// Whatever [`Action::custom_id`] would not have written.
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
            'c' => Answered::decode(base, rest).map(Self::Context),
            's' => Answered::decode(base, rest).map(Self::Sources),
            'h' => Some(Self::Vote { answered: Answered::decode(base, rest)?, helpful: true }),
            'n' => Some(Self::Vote { answered: Answered::decode(base, rest)?, helpful: false }),
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

impl Answered {
    /// What an answer's buttons carry, as many passages as fit; `None` where the base cannot be named in one.
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

/// A name of a base, a topic or a source, as far as a button minds.
fn name(name: &str) -> Option<&str> {
    let odd = |c: char| c == '/' || c.is_whitespace() || c.is_control();
    (!name.is_empty() && !name.contains(odd)).then_some(name)
}

/// How many bytes a button can carry beside the base's name.
fn bytes_beside(base: &str) -> Option<usize> {
    let taken = VERSION.len() + 1 + units(name(base)?) + 1;
    Some(LONGEST.checked_sub(taken)? * 3 / 4)
}

/// The digits of a generation's id, such as `g0123456789ab`.
pub fn generation_digits(id: &str) -> Option<Digits> {
    let hex = id.strip_prefix('g')?;
    let well_formed = hex.len() == 2 * DIGITS && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let number = u64::from_str_radix(hex, 16).ok().filter(|_| well_formed)?;
    let [_, _, digits @ ..] = number.to_be_bytes();
    Some(digits)
}

/// The id of a generation.
pub fn generation_id(digits: Digits) -> String {
    format!("g{}", hex(&digits))
}

#[cfg(test)]
mod tests;

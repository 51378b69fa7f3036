//! A message for Discord as data: one embed and rows of buttons. A [`Card`] takes a part whole or not at all,
//! so that none can outgrow a limit, and there is no way to make one without the disclaimer in its footer.
//! What stands on which card is decided in the modules below; this file knows only the limits.
//!
//! The limits are those of Discord's documentation ("Embed Limits", "Buttons"). Discord counts code points; a
//! card counts UTF-16 units, of which there are never fewer, so it is on the safe side of either count.
//!
//! Deliberately absent: any type of a Discord library. `embed` and `components` give the JSON that Discord
//! documents.

mod answer;
mod buttons;
mod cite;
mod context;
mod literature;
mod notes;
mod pages;
mod sources;

use serde_json::{Value, json};

use super::action::{Action, Digits};
use super::address::Address;
use super::escape::{self, Markup, units};
use crate::answer::reply::DISCLAIMER;
use crate::knowledge::lexicon::Lexicon;
use crate::knowledge::topic::Topic;
use crate::text::controls::{isolated, one_line, printable};
use crate::text::sentence::sentences;

pub use self::answer::{more, reply, titled, topic};
pub use self::context::context;
pub use self::notes::{marked, plain, plain_pages, withheld};
pub use self::pages::page;
pub use self::sources::{all_sources, sources};

/// Longest title.
pub const TITLE: usize = 256;
/// Longest description.
pub const DESCRIPTION: usize = 4_096;
/// Most fields.
pub const FIELDS: usize = 25;
/// Longest name of a field.
pub const FIELD_NAME: usize = 256;
/// Longest value of a field.
pub const FIELD_VALUE: usize = 1_024;
/// Longest footer.
pub const FOOTER: usize = 2_048;
/// Title, description, fields and footer together.
pub const TOTAL: usize = 6_000;
/// Most rows of buttons, and most buttons in one.
pub const ROWS: usize = 5;
/// Most buttons in a row.
pub const BUTTONS: usize = 5;
/// Longest label of a button.
pub const LABEL: usize = 80;
/// Most messages that a list is answered with; what is left is shown when a button asks for it.
pub const MESSAGES: usize = 3;
/// The same for a topic, which an author has put together to be read as a whole. Nothing is answered with more.
pub const MOST_MESSAGES: usize = 10;
/// Longest address behind a button.
pub const BUTTON_ADDRESS: usize = 512;

/// What sort of message a card is; it decides the colour at its edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Quotes that answer.
    Answer,
    /// The sources do not say.
    NotCovered,
    /// Something to know first.
    Notice,
    /// Help is needed now.
    Urgent,
    /// For moderators.
    Moderation,
    /// Something did not work.
    Trouble,
}

/// A name and what is said under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// At most [`FIELD_NAME`].
    pub name: Markup,
    /// At most [`FIELD_VALUE`].
    pub value: Markup,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonStyle {
    /// The one to press.
    Primary,
    /// One among others.
    Secondary,
    /// Agrees to something.
    Success,
    /// Does something that is not easily undone.
    Danger,
}

/// What pressing a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Press {
    Act { action: Action, custom_id: String, style: ButtonStyle },
    Open(Address),
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    label: String,
    press: Press,
    disabled: bool,
}

/// One message: one embed and rows of buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    tone: Tone,
    title: Markup,
    description: Markup,
    fields: Vec<Field>,
    footer: String,
    rows: Vec<Vec<Button>>,
}

/// What stands between a part of the description and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The end of the line.
    Line,
    /// An empty line.
    Paragraph,
}

/// What a card is drawn with, besides the reply.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Finds the words that were asked for.
    pub lexicon: &'a Lexicon,
    /// The base's topics, for the names of their buttons.
    pub topics: &'a [Topic],
    /// Whether the generation that the reply is from has been replaced since; the card then says so.
    pub superseded: bool,
}

impl Tone {
    /// The colour, 0xRRGGBB. Each stands out on Discord's light and dark themes alike.
    pub fn colour(self) -> u32 {
        match self {
            Self::Answer => 0x2a_7f_a8,
            Self::NotCovered => 0x7d_86_91,
            Self::Notice => 0xd9_9a_1c,
            Self::Urgent => 0xd0_2f_2f,
            Self::Moderation => 0x7a_5f_c4,
            Self::Trouble => 0xb8_5c_38,
        }
    }
}

impl ButtonStyle {
    fn number(self) -> u8 {
        match self {
            Self::Primary => 1,
            Self::Secondary => 2,
            Self::Success => 3,
            Self::Danger => 4,
        }
    }
}

/// Discord's number for the style of a button that opens an address.
const LINK_STYLE: u8 = 5;

impl Button {
    /// A button that the program answers. `None` where the names in `action` are too long for one.
    pub fn act(label: &str, style: ButtonStyle, action: Action) -> Option<Self> {
        let custom_id = action.custom_id()?;
        let press = Press::Act { action, custom_id, style };
        Self::labelled(label, press)
    }

    /// A button that opens an address. `None` where the address is too long for one.
    pub fn open(label: &str, address: &Address) -> Option<Self> {
        let fits = units(address.as_str()) <= BUTTON_ADDRESS;
        Self::labelled(label, Press::Open(address.clone())).filter(|_| fits)
    }

    fn labelled(label: &str, press: Press) -> Option<Self> {
        let label = escape::plain(label, LABEL);
        (!label.is_empty()).then_some(Self { label, press, disabled: false })
    }

    /// Shown, but not to be pressed.
    pub fn disabled(self) -> Self {
        Self { disabled: true, ..self }
    }

    /// What stands on it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What the program does when it is pressed; `None` for one that opens an address.
    pub fn action(&self) -> Option<&Action> {
        match &self.press {
            Press::Act { action, .. } => Some(action),
            Press::Open(_) => None,
        }
    }

    fn json(&self) -> Value {
        let mut button = match &self.press {
            Press::Act { custom_id, style, .. } => {
                json!({ "type": 2, "style": style.number(), "label": self.label, "custom_id": custom_id })
            }
            Press::Open(address) => {
                json!({ "type": 2, "style": LINK_STYLE, "label": self.label, "url": address.as_str() })
            }
        };
        if self.disabled {
            button["disabled"] = json!(true);
        }
        button
    }
}

impl Card {
    /// An empty card. A blank `disclaimer` is replaced by [`DISCLAIMER`]; one that is longer than a footer
    /// ends with the last sentence that fits.
    pub fn new(tone: Tone, disclaimer: &str) -> Self {
        let disclaimer = if disclaimer.trim().is_empty() { DISCLAIMER } else { disclaimer.trim() };
        Self {
            tone,
            title: Markup::default(),
            description: Markup::default(),
            fields: Vec::new(),
            footer: footer(disclaimer),
            rows: Vec::new(),
        }
    }

    /// With a title, which is shortened to what fits. It is set before the rest is added.
    pub fn titled(self, title: &str) -> Self {
        let most = TITLE.min(self.left() + self.title.units());
        Self { title: Markup::short(&one_line(title), most), ..self }
    }

    /// With a title that fits.
    fn headed(self, title: Markup) -> Self {
        Self { title, ..self }
    }

    /// Adds to the description; `false`, and nothing is added, where there is no room for all of it.
    pub fn push(&mut self, part: &Markup, gap: Gap) -> bool {
        if part.is_empty() {
            return true;
        }
        if part.units() > self.room(gap) {
            return false;
        }
        let between = if self.description.is_empty() { Markup::default() } else { gap.markup() };
        self.description = std::mem::take(&mut self.description).and(&between).and(part);
        true
    }

    /// How many units can still be added to the description after a gap.
    pub fn room(&self, gap: Gap) -> usize {
        let left = self.left().min(DESCRIPTION - self.description.units());
        left.saturating_sub(if self.description.is_empty() { 0 } else { gap.markup().units() })
    }

    /// How many units the whole embed can still take.
    pub fn left(&self) -> usize {
        let fields: usize = self.fields.iter().map(|field| field.name.units() + field.value.units()).sum();
        TOTAL - self.title.units() - self.description.units() - units(&self.footer) - fields
    }

    /// Adds a field; `false`, and nothing is added, where it does not fit or says nothing.
    pub fn push_field(&mut self, name: Markup, value: Markup) -> bool {
        let (long, much) = (name.units(), value.units());
        let fits = long <= FIELD_NAME && much <= FIELD_VALUE && long + much <= self.left();
        let fits = fits && self.fields.len() < FIELDS && !name.is_empty() && !value.is_empty();
        if fits {
            self.fields.push(Field { name, value });
        }
        fits
    }

    /// Adds a row of buttons, as far as there is place for them. Discord refuses a message in which two
    /// buttons do the same, so each is added once.
    pub fn push_row(&mut self, buttons: impl IntoIterator<Item = Button>) {
        let mut row: Vec<Button> = Vec::new();
        for button in buttons {
            let same = |other: &Button| other.press == button.press;
            if row.len() < BUTTONS && !self.rows.iter().flatten().chain(&row).any(same) {
                row.push(button);
            }
        }
        if !row.is_empty() && self.rows.len() < ROWS {
            self.rows.push(row);
        }
    }

    /// With a row of buttons: see [`Card::push_row`].
    pub fn with_row(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        self.push_row(buttons);
        self
    }

    /// What sort of message it is.
    pub fn tone(&self) -> Tone {
        self.tone
    }

    /// The title, empty where there is none.
    pub fn title(&self) -> &Markup {
        &self.title
    }

    /// The text.
    pub fn description(&self) -> &Markup {
        &self.description
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The disclaimer. Discord shows footers without markup.
    pub fn footer(&self) -> &str {
        &self.footer
    }

    /// The buttons.
    pub fn rows(&self) -> &[Vec<Button>] {
        &self.rows
    }

    /// The passages that stand on it, as its buttons name them; `None` where it has no such button.
    pub fn quotes(&self) -> Option<&[Digits]> {
        self.rows.iter().flatten().find_map(|button| match button.action()? {
            Action::Context(answered) => Some(answered.passages.as_slice()),
            _ => None,
        })
    }

    /// The whole message, as Discord documents it. No mention in it pings anybody.
    pub fn message(&self) -> Value {
        json!({
            "embeds": [self.embed()],
            "components": self.components(),
            "allowed_mentions": { "parse": [] },
        })
    }

    /// The embed, as Discord documents it.
    pub fn embed(&self) -> Value {
        let mut embed = json!({ "color": self.tone.colour(), "footer": { "text": self.footer } });
        for (name, text) in [("title", &self.title), ("description", &self.description)] {
            if !text.is_empty() {
                embed[name] = json!(text.as_str());
            }
        }
        if !self.fields.is_empty() {
            let field = |field: &Field| json!({ "name": field.name.as_str(), "value": field.value.as_str(), "inline": false });
            embed["fields"] = self.fields.iter().map(field).collect();
        }
        embed
    }

    /// The rows of buttons, as Discord documents them. An empty list takes earlier buttons away.
    pub fn components(&self) -> Value {
        let row = |row: &Vec<Button>| json!({ "type": 1, "components": row.iter().map(Button::json).collect::<Vec<_>>() });
        self.rows.iter().map(row).collect()
    }
}

impl Gap {
    fn markup(self) -> Markup {
        Markup::own(match self {
            Self::Line => "\n",
            Self::Paragraph => "\n\n",
        })
    }
}

/// The disclaimer, as much of it as a footer takes.
fn footer(disclaimer: &str) -> String {
    let fits =
        |text: &str| Some(isolated(&printable(text)).into_owned()).filter(|text| units(text) <= FOOTER);
    let whole = |end: u32| crate::text::span::Span::new(0, end as usize).of(disclaimer);
    let beginnings =
        || sentences(disclaimer).into_iter().rev().find_map(|sentence| fits(whole(sentence.end)));
    fits(disclaimer).or_else(beginnings).unwrap_or_else(|| escape::plain(disclaimer, FOOTER))
}

#[cfg(test)]
mod tests;

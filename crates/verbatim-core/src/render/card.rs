//! A Discord message as data: one embed and rows of buttons. A [`Card`] accepts each part whole or not at all, so that
//! it cannot exceed a limit, and every card has the disclaimer in its footer. The submodules decide the contents of
//! each card; this file only enforces the limits.
//!
//! The limits are from Discord's documentation ("Embed Limits", "Buttons"). Discord counts code points; a card counts
//! UTF-16 units, of which there are never fewer, so it is within the limit by either count.
//!
//! By design, this module uses no types of a Discord library. `embed` and `components` return the JSON that Discord
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

/// The maximum length of the title.
pub const TITLE: usize = 256;
/// The maximum length of the description.
pub const DESCRIPTION: usize = 4_096;
/// The maximum number of fields.
pub const FIELDS: usize = 25;
/// The maximum length of a field's name.
pub const FIELD_NAME: usize = 256;
/// The maximum length of a field's value.
pub const FIELD_VALUE: usize = 1_024;
/// The maximum length of the footer.
pub const FOOTER: usize = 2_048;
/// The maximum total length of title, description, fields and footer.
pub const TOTAL: usize = 6_000;
/// The maximum number of rows of buttons.
pub const ROWS: usize = 5;
/// The maximum number of buttons in a row.
pub const BUTTONS: usize = 5;
/// The maximum length of a button's label.
pub const LABEL: usize = 80;
/// The maximum number of messages that show a list. A button shows the rest.
pub const MESSAGES: usize = 3;
/// The same for a topic, which its author meant to be read as a whole. No reply has more messages.
pub const MOST_MESSAGES: usize = 10;
/// The maximum length of a link button's address.
pub const BUTTON_ADDRESS: usize = 512;

/// The kind of message that a card is. It determines the colour of the card's edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Quotes that answer the question.
    Answer,
    /// The sources do not cover the question.
    NotCovered,
    /// Something to read first.
    Notice,
    /// Someone needs help now.
    Urgent,
    /// For moderators.
    Moderation,
    /// Something failed.
    Trouble,
}

/// A name and the text under it.
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
    /// The main button.
    Primary,
    /// One of several buttons.
    Secondary,
    /// A confirmation.
    Success,
    /// An action that is hard to undo.
    Danger,
}

/// The effect of pressing a button.
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

/// The separator between two parts of the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// A line break.
    Line,
    /// An empty line.
    Paragraph,
}

/// The context for drawing a card, besides the reply.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Finds the words of the question in quotes.
    pub lexicon: &'a Lexicon,
    /// The base's topics, for the names of their buttons.
    pub topics: &'a [Topic],
    /// Whether the reply's generation has been replaced since. If so, the card says so.
    pub superseded: bool,
}

impl Tone {
    /// The colour, 0xRRGGBB. Each is clearly visible in Discord's light and dark themes.
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

/// Discord's style number for a link button.
const LINK_STYLE: u8 = 5;

impl Button {
    /// Creates a button that the program handles. `None` if the names in `action` are too long.
    pub fn act(label: &str, style: ButtonStyle, action: Action) -> Option<Self> {
        let custom_id = action.custom_id()?;
        let press = Press::Act { action, custom_id, style };
        Self::labelled(label, press)
    }

    /// Creates a link button. `None` if the address is too long.
    pub fn open(label: &str, address: &Address) -> Option<Self> {
        let fits = units(address.as_str()) <= BUTTON_ADDRESS;
        Self::labelled(label, Press::Open(address.clone())).filter(|_| fits)
    }

    fn labelled(label: &str, press: Press) -> Option<Self> {
        let label = escape::plain(label, LABEL);
        (!label.is_empty()).then_some(Self { label, press, disabled: false })
    }

    /// Disables the button. It is still shown.
    pub fn disabled(self) -> Self {
        Self { disabled: true, ..self }
    }

    /// The label.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The action when it is pressed; `None` for a link button.
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
    /// Creates an empty card. Replaces a blank `disclaimer` with [`DISCLAIMER`]; cuts one that is too long for the
    /// footer after the last sentence that fits.
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

    /// Sets the title, shortened if necessary. Call this before adding anything else.
    pub fn titled(self, title: &str) -> Self {
        let most = TITLE.min(self.left() + self.title.units());
        Self { title: Markup::short(&one_line(title), most), ..self }
    }

    /// Sets a title that fits.
    fn headed(self, title: Markup) -> Self {
        Self { title, ..self }
    }

    /// Adds a part to the description. Returns `false` and adds nothing if it does not fit whole.
    pub fn push(&mut self, part: &Markup, gap: Spacing) -> bool {
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

    /// The number of units that can still be added to the description after a gap.
    pub fn room(&self, gap: Spacing) -> usize {
        let left = self.left().min(DESCRIPTION - self.description.units());
        left.saturating_sub(if self.description.is_empty() { 0 } else { gap.markup().units() })
    }

    /// The number of units that the whole embed has left.
    pub fn left(&self) -> usize {
        let fields: usize = self.fields.iter().map(|field| field.name.units() + field.value.units()).sum();
        TOTAL - self.title.units() - self.description.units() - units(&self.footer) - fields
    }

    /// Adds a field. Returns `false` and adds nothing if the field does not fit or is empty.
    pub fn push_field(&mut self, name: Markup, value: Markup) -> bool {
        let (long, much) = (name.units(), value.units());
        let fits = long <= FIELD_NAME && much <= FIELD_VALUE && long + much <= self.left();
        let fits = fits && self.fields.len() < FIELDS && !name.is_empty() && !value.is_empty();
        if fits {
            self.fields.push(Field { name, value });
        }
        fits
    }

    /// Adds a row of buttons, as many as fit. Discord rejects a message with two buttons that do the same, so each is
    /// added only once.
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

    /// Adds a row of buttons: see [`Card::push_row`].
    pub fn with_row(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        self.push_row(buttons);
        self
    }

    /// The kind of message.
    pub fn tone(&self) -> Tone {
        self.tone
    }

    /// The title; empty if there is none.
    pub fn title(&self) -> &Markup {
        &self.title
    }

    /// The description.
    pub fn description(&self) -> &Markup {
        &self.description
    }

    /// The fields, in order.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The footer with the disclaimer. Discord shows footers without markup.
    pub fn footer(&self) -> &str {
        &self.footer
    }

    /// The buttons.
    pub fn rows(&self) -> &[Vec<Button>] {
        &self.rows
    }

    /// The passages quoted on the card, taken from its buttons; `None` if no button names passages.
    pub fn quotes(&self) -> Option<&[Digits]> {
        self.rows.iter().flatten().find_map(|button| match button.action()? {
            Action::Context(answered) => Some(answered.passages.as_slice()),
            _ => None,
        })
    }

    /// The whole message, as Discord documents it. Mentions in it ping no one.
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

    /// The rows of buttons, as Discord documents them. An empty list removes earlier buttons.
    pub fn components(&self) -> Value {
        let row = |row: &Vec<Button>| json!({ "type": 1, "components": row.iter().map(Button::json).collect::<Vec<_>>() });
        self.rows.iter().map(row).collect()
    }
}

impl Spacing {
    fn markup(self) -> Markup {
        Markup::own(match self {
            Self::Line => "\n",
            Self::Paragraph => "\n\n",
        })
    }
}

/// Cuts the disclaimer to the length of a footer.
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

//! The bot's own sentences, to readers: none of them is about medicine.

use serenity::all::{ChannelId, GuildId};

use super::command::{ASK_MESSAGE, HELP, PRIVACY, SOURCES, way_to};
use super::limit::Refusal;
use super::registry::Served;
use verbatim_core::render::address::Address;
use verbatim_core::render::card::{Card, Tone, marked, plain};
use verbatim_core::render::escape::Markup;
use verbatim_core::render::wording::NO_MORE;
use verbatim_core::text::count::counted;

/// A message of the bot's own under a base's disclaimer.
fn own(served: &Served, tone: Tone, title: &str, text: &str) -> Card {
    plain(tone, title, text, &served.disclaimer())
}

/// The same with markup of the bot's own. The lines are few and short: they fit on one card.
pub fn marked_card(served: &Served, tone: Tone, title: &str, lines: &[Markup]) -> Card {
    marked(tone, title, lines, &served.disclaimer()).swap_remove(0)
}

/// How to ask.
pub fn help(served: &Served) -> Vec<Card> {
    let snapshot = served.engine.snapshot();
    let corpus = &snapshot.corpus;
    let command = |name: &str| Markup::code(&format!("/{} {name}", served.name));
    let about = format!(
        "I answer with sentences of {}, letter for letter, and say where they stand. Where they do not answer, I say \
         so. I write no medical sentence of my own.",
        counted(corpus.documents.len(), "document")
    );
    let mut lines = vec![
        Markup::text(&about),
        Markup::own("\n**Ask**"),
        command("ask")
            .and(&Markup::own(" with a question in plain words; with `private`, only you see the answer")),
        Markup::own("Mention me, reply to me, or write to me directly"),
        Markup::own("On a message: Apps › ").and(&Markup::text(ASK_MESSAGE)),
    ];
    if !corpus.topics.is_empty() {
        lines.push(Markup::own("\n**Topics**"));
    }
    let topics: Vec<&str> = corpus.topics.iter().map(|topic| topic.name.as_str()).collect();
    lines.extend(corpus.topics.iter().map(|topic| {
        command(&way_to(&topic.name, &topics)).and(&Markup::own(" ")).and(&Markup::label(&topic.title))
    }));
    lines.push(Markup::own("\n**Good to know**"));
    lines.push(command(SOURCES).and(&Markup::own(" lists the documents.")));
    let stored = " says what is stored, and deletes what is stored about you. Your questions are not stored.";
    lines.push(command(PRIVACY).and(&Markup::own(stored)));
    lines.push(Markup::own("Please post no names, dates of birth or other details of a person."));
    marked(Tone::Notice, &corpus.about.title, &lines, &corpus.about.disclaimer)
}

/// A topic that the base does not have any more.
pub fn no_topic(served: &Served) -> Card {
    let text = format!("That topic is no longer in this base. /{} {HELP} lists the topics.", served.name);
    own(served, Tone::Trouble, "No such topic", &text)
}

/// A button leads on, and nothing is left: the base was reindexed since.
pub fn no_more(served: &Served) -> Card {
    own(served, Tone::Notice, "", NO_MORE)
}

/// A safety card was shown to the same person a moment ago.
pub fn card_above(served: &Served) -> Card {
    let text = "Please look at the message that I showed you a moment ago: it still holds. In a minute I show it again.";
    own(served, Tone::Urgent, "See the message above", text)
}

/// A question that is not taken on now.
pub fn refusal(served: &Served, refusal: Refusal) -> Card {
    not_now(served, &refusal.text())
}

/// What a reply becomes whose words are no longer said.
pub fn taken_back(disclaimer: &str) -> Card {
    let text = "This reply repeated a message that was edited or deleted, so its text was removed. Ask again to get an \
                answer.";
    plain(Tone::Notice, "", text, disclaimer)
}

/// The engine failed.
pub fn failed(served: &Served) -> Card {
    let text = "Something went wrong here, and I could not look it up. Please ask again; if it stays so, tell the \
                moderators.";
    own(served, Tone::Trouble, "That did not work", text)
}

/// A message without words was to be asked about.
pub fn nothing_to_ask(served: &Served) -> Card {
    let text = format!(
        "That message has no words that I could look up. Ask in your own words: /{} ask.",
        served.name
    );
    own(served, Tone::Trouble, "Nothing to look up", &text)
}

/// In this channel the bot answers only privately.
pub fn only_privately(served: &Served) -> Card {
    let text = format!(
        "In this channel I answer only privately. Use /{} ask, or write to me directly; only you will see the \
         answer.",
        served.name
    );
    own(served, Tone::Trouble, "Only privately here", &text)
}

/// Nobody knows in which channels of this server the bot answers only privately.
pub fn settings_unknown(served: &Served) -> Card {
    let text = format!(
        "I answer only privately in this server until a moderator confirms its channel settings, because they were lost \
         or cannot be read. Use /{} ask; only you will see the answer. Moderators: use any command of mine and press \
         Confirm.",
        served.name
    );
    own(served, Tone::Trouble, "Only privately for now", &text)
}

/// The bot may not write where it was asked.
pub fn may_not_write(served: &Served, guild: Option<GuildId>, channel: ChannelId) -> Card {
    let guild = guild.map_or("@me".to_owned(), |guild| guild.to_string());
    let place = Address::new(&format!("https://discord.com/channels/{guild}/{channel}"));
    let place = place.map_or(Markup::own("a channel"), |place| Markup::own_link("a channel", &place));
    let remedy = format!(
        " where I may not answer. A moderator can change that in the channel's settings: I need View Channel, Send \
         Messages, Embed Links, Read Message History and, in a thread, Send Messages in Threads. Until then ask me \
         here, or with /{} ask.",
        served.name
    );
    let line = Markup::own("You asked me in ").and(&place).and(&Markup::text(&remedy));
    marked_card(served, Tone::Trouble, "I may not answer there", &[line])
}

/// A command or a button of another version.
pub fn outdated(disclaimer: &str) -> Card {
    let text = "I do not know this command or button any more. Type / to see what I can do now.";
    plain(Tone::Trouble, "Out of date", text, disclaimer)
}

/// What became of a vote.
pub fn voted(served: &Served, text: &str) -> Card {
    own(served, Tone::Notice, "Your vote", text)
}

/// Something that does not work at the moment.
pub fn not_now(served: &Served, text: &str) -> Card {
    own(served, Tone::Trouble, "Not now", text)
}

//! The bot's own messages to users. None of them is about medicine.

use serenity::all::{ChannelId, GuildId};

use super::command::{ASK_MESSAGE, HELP, PRIVACY, SOURCES, way_to};
use super::limit::Refusal;
use super::registry::Served;
use verbatim_core::render::address::Address;
use verbatim_core::render::card::{Card, Tone, marked, plain};
use verbatim_core::render::escape::Markup;
use verbatim_core::render::wording::NO_MORE;
use verbatim_core::text::count::counted;

/// A message in the bot's own words, with the base's disclaimer.
fn own(served: &Served, tone: Tone, title: &str, text: &str) -> Card {
    plain(tone, title, text, &served.disclaimer())
}

/// The same, with markup. The lines are few and short, and fit on one card.
pub fn marked_card(served: &Served, tone: Tone, title: &str, lines: &[Markup]) -> Card {
    marked(tone, title, lines, &served.disclaimer()).swap_remove(0)
}

/// How to ask.
pub fn help(served: &Served) -> Vec<Card> {
    let snapshot = served.engine.snapshot();
    let corpus = &snapshot.corpus;
    let command = |name: &str| Markup::code(&format!("/{} {name}", served.name));
    let about = format!(
        "I answer by quoting sentences from {}, word for word, and I show where each one comes from. If the sources do \
         not answer your question, I say so. I write no medical sentences of my own.",
        counted(corpus.documents.len(), "document")
    );
    let mut lines = vec![
        Markup::text(&about),
        Markup::own("\n**Ask**"),
        command("ask").and(&Markup::own(
            " and your question in plain words; with `private:True`, only you see the answer",
        )),
        Markup::own("Mention me, reply to me, or send me a direct message"),
        Markup::own("To ask about a message: right-click it (or press and hold), then Apps › ")
            .and(&Markup::text(ASK_MESSAGE)),
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
    let stored = " shows what is stored, and lets you delete your data. Your questions are not stored.";
    lines.push(command(PRIVACY).and(&Markup::own(stored)));
    lines.push(Markup::own("Please do not post names, dates of birth or other personal details."));
    marked(Tone::Notice, &corpus.about.title, &lines, &corpus.about.disclaimer)
}

/// A topic that the base no longer has.
pub fn no_topic(served: &Served) -> Card {
    let text =
        format!("That topic is no longer in this knowledge base. /{} {HELP} lists the topics.", served.name);
    own(served, Tone::Trouble, "No such topic", &text)
}

/// A button asks for more, but nothing is left: the base has been reindexed since.
pub fn no_more(served: &Served) -> Card {
    own(served, Tone::Notice, "", NO_MORE)
}

/// A question that the bot refuses for now.
pub fn refusal(served: &Served, refusal: Refusal) -> Card {
    not_now(served, &refusal.text())
}

/// Replaces a reply if the message that it repeated was edited or deleted.
pub fn taken_back(disclaimer: &str) -> Card {
    let text = "This reply repeated words from a message that was edited or deleted, so its text was removed. \
                Ask again to get an answer.";
    plain(Tone::Notice, "", text, disclaimer)
}

/// The engine failed.
pub fn failed(served: &Served) -> Card {
    let text = "Something went wrong, and I could not look that up. Please ask again. If it keeps happening, tell the \
                moderators.";
    own(served, Tone::Trouble, "That did not work", text)
}

/// The message to ask about has no words.
pub fn nothing_to_ask(served: &Served) -> Card {
    let text = format!(
        "That message has no words that I can look up. Ask in your own words with /{} ask.",
        served.name
    );
    own(served, Tone::Trouble, "Nothing to look up", &text)
}

/// In this channel the bot answers only privately.
pub fn only_privately(served: &Served) -> Card {
    let text = format!(
        "I answer only privately in this channel. Use /{} ask, or send me a direct message; only you will see the \
         answer.",
        served.name
    );
    own(served, Tone::Trouble, "Private answers only", &text)
}

/// This server's channel settings are unknown, so the bot answers only privately.
pub fn settings_unknown(served: &Served) -> Card {
    let text = format!(
        "This server's channel settings were lost or cannot be read, so I answer only privately until a moderator \
         confirms them. Use /{} ask; only you will see the answer. Moderators: use any of my commands and press \
         Confirm.",
        served.name
    );
    own(served, Tone::Trouble, "Private answers only, for now", &text)
}

/// The bot has no permission to write where it was asked.
pub fn may_not_write(served: &Served, guild: Option<GuildId>, channel: ChannelId) -> Card {
    let guild = guild.map_or("@me".to_owned(), |guild| guild.to_string());
    let place = Address::new(&format!("https://discord.com/channels/{guild}/{channel}"));
    let place = place.map_or(Markup::own("a channel"), |place| Markup::own_link("a channel", &place));
    let remedy = format!(
        " where I am not allowed to answer. A moderator can change that in the channel's settings: I need the \
         permissions View Channel, Send Messages, Embed Links, Read Message History and, in a thread, Send Messages \
         in Threads. Until then, ask me here or with /{} ask.",
        served.name
    );
    let line = Markup::own("You asked me in ").and(&place).and(&Markup::text(&remedy));
    marked_card(served, Tone::Trouble, "I cannot answer there", &[line])
}

/// A command or a button from another version.
pub fn outdated(disclaimer: &str) -> Card {
    let text = "This command or button no longer works. Type / to see the current commands.";
    plain(Tone::Trouble, "Out of date", text, disclaimer)
}

/// The result of a vote.
pub fn voted(served: &Served, text: &str) -> Card {
    own(served, Tone::Notice, "Your vote", text)
}

/// Something that does not work at the moment.
pub fn not_now(served: &Served, text: &str) -> Card {
    own(served, Tone::Trouble, "Not right now", text)
}

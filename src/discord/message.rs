//! Decides which messages are questions to the bot. A pure function of the message that Discord sent.

use serenity::all::{Message, MessageType, UserId};

use super::typed_text::TypedText;
use crate::store::AnswerMode;

/// Greetings. A message that is only a greeting is not a question.
const GREETINGS: [&str; 11] = [
    "hi",
    "hello",
    "hey",
    "hiya",
    "hi there",
    "hello there",
    "hey there",
    "good morning",
    "good afternoon",
    "good evening",
    "help",
];
/// Thanks and agreement. A message that is only one of these is not a question.
const THANKS: [&str; 21] = [
    "thanks",
    "thank you",
    "thank you so much",
    "thank you very much",
    "thanks a lot",
    "many thanks",
    "thx",
    "ty",
    "tysm",
    "cheers",
    "ok",
    "okay",
    "ok thanks",
    "okay thanks",
    "great",
    "great thanks",
    "good bot",
    "nice",
    "cool",
    "perfect",
    "lol",
];

/// What to do with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Ignore it: it is not for the bot, or small talk.
    Ignore,
    /// The same, but triage reads it first: its markup has words.
    OnlyTriage(TypedText),
    /// Answer this question.
    Answer(TypedText),
    /// A question in a channel where the bot answers only privately.
    AnswerPrivately(TypedText),
    /// Show help: the bot was addressed without a question.
    Help(TypedText),
}

/// Decides what to do with a message. `me` is the bot's own user.
pub fn decide(message: &Message, me: UserId, mode: AnswerMode) -> Decision {
    let from_a_person = !message.author.bot && message.webhook_id.is_none();
    let is_talk = matches!(message.kind, MessageType::Regular | MessageType::InlineReply);
    if !from_a_person || !is_talk {
        return Decision::Ignore;
    }
    let direct = message.guild_id.is_none();
    let mentioned = message.content.contains(&mention(me)) || message.content.contains(&nickname_mention(me));
    let to_the_bot = message.referenced_message.as_ref().is_some_and(|earlier| earlier.author.id == me);
    let called = direct || mentioned || to_the_bot;
    if !called && mode != AnswerMode::EveryMessage {
        return Decision::Ignore;
    }
    let text = TypedText::to_bot(&message.content, me);
    match Utterance::of(&text.question) {
        Utterance::Words if mode == AnswerMode::Private && !direct => Decision::AnswerPrivately(text),
        Utterance::Words => Decision::Answer(text),
        Utterance::Nothing | Utterance::Greeting if direct || mentioned => Decision::Help(text),
        // A picture in reply to an answer, or a reply whose text Discord withholds from the bot, is not a question.
        Utterance::Nothing | Utterance::Greeting | Utterance::Thanks if text.has_more_to_see() => {
            Decision::OnlyTriage(text)
        }
        Utterance::Nothing | Utterance::Greeting | Utterance::Thanks => Decision::Ignore,
    }
}

/// The kind of message, judged by its text alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Utterance {
    Nothing,
    Greeting,
    Thanks,
    Words,
}

impl Utterance {
    fn of(words: &str) -> Self {
        let folded = words.to_lowercase();
        let plain = folded.split(|letter: char| !letter.is_alphanumeric());
        let plain: Vec<&str> = plain.filter(|word| !word.is_empty()).collect();
        match plain.join(" ").as_str() {
            "" => Self::Nothing,
            plain if GREETINGS.contains(&plain) => Self::Greeting,
            plain if THANKS.contains(&plain) => Self::Thanks,
            _ => Self::Words,
        }
    }
}

fn mention(user: UserId) -> String {
    format!("<@{user}>")
}

/// How older clients mention a user who has a nickname.
fn nickname_mention(user: UserId) -> String {
    format!("<@!{user}>")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ME: UserId = UserId::new(7);

    fn message(content: &str, changes: serde_json::Value) -> Message {
        let author = json!({ "id": "1", "username": "ada", "discriminator": "0", "global_name": null, "avatar": null });
        let mut value = json!({
            "id": "10", "channel_id": "20", "guild_id": "30", "author": author, "content": content,
            "timestamp": "2026-01-02T03:04:05.000000+00:00", "edited_timestamp": null, "tts": false,
            "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
            "pinned": false, "type": 0,
        });
        let object = value.as_object_mut().expect("an object");
        object.extend(changes.as_object().cloned().unwrap_or_default());
        if object["guild_id"].is_null() {
            object.remove("guild_id");
        }
        serde_json::from_value(value).expect("a message")
    }

    #[test]
    fn only_what_is_meant_for_the_bot_is_answered() {
        let decided = |content: &str, mode| decide(&message(content, json!({})), ME, mode);
        let answer = |words: &str| Decision::Answer(TypedText::new(words));
        assert_eq!(decided("What is the dose?", AnswerMode::OnMention), Decision::Ignore);
        assert_eq!(decided("<@7> What is the dose?", AnswerMode::OnMention), answer("What is the dose?"));
        let mentions = "What, <@!7>, would <@8> take?";
        assert_eq!(
            decided(mentions, AnswerMode::OnMention),
            Decision::Answer(TypedText::to_bot(mentions, ME))
        );
        assert_eq!(
            decided("<@7> is 2 <3 or >4 the dose?", AnswerMode::OnMention),
            answer("is 2 <3 or >4 the dose?")
        );
        assert_eq!(decided("<@8> What is the dose?", AnswerMode::OnMention), Decision::Ignore);
        assert_eq!(decided("What is the dose?", AnswerMode::EveryMessage), answer("What is the dose?"));
        let privately = Decision::AnswerPrivately(TypedText::new("What is the dose?"));
        assert_eq!(decided("<@7> What is the dose?", AnswerMode::Private), privately);
        assert_eq!(decided("What is the dose?", AnswerMode::Private), Decision::Ignore);
        assert_eq!(decided(" <@7> ", AnswerMode::OnMention), Decision::Help(TypedText::new("")));
        assert_eq!(decided("", AnswerMode::EveryMessage), Decision::Ignore);
    }

    #[test]
    fn direct_messages_and_replies_to_the_bot_are_questions() {
        let direct = message("What is the dose?", json!({ "guild_id": null }));
        assert_eq!(
            decide(&direct, ME, AnswerMode::OnMention),
            Decision::Answer(TypedText::new("What is the dose?"))
        );
        let mut earlier = serde_json::to_value(message("earlier", json!({}))).expect("JSON");
        earlier["author"]["id"] = json!("7");
        let reply = message("and for Crohn's?", json!({ "type": 19, "referenced_message": earlier }));
        assert_eq!(
            decide(&reply, ME, AnswerMode::OnMention),
            Decision::Answer(TypedText::new("and for Crohn's?"))
        );
    }

    #[test]
    fn small_talk_is_no_question() {
        let decided = |content: &str| decide(&message(content, json!({})), ME, AnswerMode::OnMention);
        let direct =
            |content: &str| decide(&message(content, json!({ "guild_id": null })), ME, AnswerMode::OnMention);
        let unasked = |content: &str| decide(&message(content, json!({})), ME, AnswerMode::EveryMessage);
        for greeting in ["Hello!", "hi 👋", "<:wave:5>", "?!", "HELP"] {
            assert!(matches!(decided(&format!("<@7> {greeting}")), Decision::Help(_)), "{greeting}");
            assert!(matches!(direct(greeting), Decision::Help(_)), "{greeting}");
            let is_read_only = matches!(unasked(greeting), Decision::OnlyTriage(_));
            assert!(is_read_only == greeting.contains('<') || unasked(greeting) == Decision::Ignore);
        }
        for thanks in ["Thanks!", "thank you so much 🙏", "ok."] {
            assert_eq!(decided(&format!("<@7> {thanks}")), Decision::Ignore, "{thanks}");
            assert_eq!((direct(thanks), unasked(thanks)), (Decision::Ignore, Decision::Ignore), "{thanks}");
            assert!(
                matches!(decided(&format!("<@7> {thanks} <:sob:5>")), Decision::OnlyTriage(_)),
                "{thanks}"
            );
        }
        assert!(matches!(direct("thanks, and the dose?"), Decision::Answer(_)));
        let mut earlier = serde_json::to_value(message("earlier", json!({}))).expect("JSON");
        earlier["author"]["id"] = json!("7");
        let reply =
            |content: &str| message(content, json!({ "type": 19, "referenced_message": earlier.clone() }));
        for content in ["", "👍", "hey"] {
            assert_eq!(decide(&reply(content), ME, AnswerMode::OnMention), Decision::Ignore, "{content}");
        }
    }

    #[test]
    fn bots_webhooks_and_notices_are_not_answered() {
        let bot = json!({ "author": { "id": "2", "username": "b", "discriminator": "0", "avatar": null, "bot": true } });
        for changes in [bot, json!({ "webhook_id": "5" }), json!({ "type": 7 })] {
            assert_eq!(
                decide(&message("<@7> dose?", changes), ME, AnswerMode::EveryMessage),
                Decision::Ignore
            );
        }
    }
}

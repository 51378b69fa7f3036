//! A text that somebody typed, as people see it and as it is looked up. Discord's markup for a mention, a custom emoji, a
//! time or a command has words that are seen but not looked up.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serenity::all::UserId;

static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
    let kinds = r"<(?:@!?(?<user>\d+)|(?<role>@&\d+)|(?<channel>#\d+|id:\w+)|a?:(?<emoji>\w+):\d+|t:-?\d+(?::\w)?|/(?<command>[^<>:]+):\d+)>";
    Regex::new(kinds).expect("a pattern that compiles")
});
/// The boundary between two words of a name such as `catWave`.
static CASE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\p{Ll})(\p{Lu})").expect("a pattern that compiles"));

/// A text that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedText {
    /// With words in place of the markup, as people see it. Triage reads this.
    pub seen: String,
    /// Without the markup. This is looked up.
    pub question: String,
}

impl TypedText {
    /// Reads a text from Discord.
    pub fn new(content: &str) -> Self {
        Self::of(content, None)
    }

    /// Reads a message to the bot. Mentions of `me`, the bot's own user, only say whom it is for.
    pub fn to_bot(content: &str, me: UserId) -> Self {
        Self::of(content, Some(me))
    }

    fn of(content: &str, me: Option<UserId>) -> Self {
        let seen = MARKUP.replace_all(content, |markup: &Captures<'_>| format!(" {} ", words(markup, me)));
        let question = MARKUP.replace_all(content, " ");
        Self { seen: seen.trim().to_owned(), question: question.trim().to_owned() }
    }

    /// Whether the markup has words.
    pub fn has_more_to_see(&self) -> bool {
        !self.seen.split_whitespace().eq(self.question.split_whitespace())
    }
}

/// What people see in place of markup. Names of people and places say nothing to triage, and neither does a time.
fn words(markup: &Captures<'_>, me: Option<UserId>) -> String {
    let part = |name| markup.name(name).map(|part| part.as_str());
    if let Some(name) = part("emoji") {
        return CASE.replace_all(name, "$1 $2").replace('_', " ");
    }
    if let Some(command) = part("command") {
        return command.to_owned();
    }
    let neutral = match part("user") {
        Some(user) if me.is_some_and(|me| user == me.to_string()) => "",
        Some(_) => "someone",
        None if part("role").is_some() => "someone",
        None if part("channel").is_some() => "a channel",
        None => "",
    };
    neutral.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &str, seen: &str, question: &str) {
        let text = TypedText::to_bot(content, UserId::new(7));
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((words(&text.seen), words(&text.question)), (seen.to_owned(), question.to_owned()));
        assert_eq!(text.has_more_to_see(), seen != question);
    }

    #[test]
    fn markup_is_seen_as_words_and_not_looked_up() {
        check("<@7> <@!7> the dose?", "the dose?", "the dose?");
        check("<@8> and <@&9> ask in <#10>", "someone and someone ask in a channel", "and ask in");
        check("my <:skull:1> hurts", "my skull hurts", "my hurts");
        check("<a:iWant_toDie:1>", "i Want to Die", "");
        check("use </ldn ask:1> here", "use ldn ask here", "use here");
        check("since <t:1700000000:R> and <t:1> <id:guide>", "since and a channel", "since and");
        check("is 2 <3 or >4 the <b>?", "is 2 <3 or >4 the <b>?", "is 2 <3 or >4 the <b>?");
    }
}

//! Checks whether a message can be used as a question at all.

/// The longest question, in characters: a Discord message without Nitro.
pub const LONGEST_QUESTION: usize = 2_000;

/// Returns what is wrong with a question, as a message to the user; `None` if it is valid.
pub fn problem(question: &str) -> Option<String> {
    let length = question.chars().count();
    if question.trim().is_empty() {
        return Some(
            "The question is empty. Ask in a few words, for example: What are the side effects?".to_owned(),
        );
    }
    if length > LONGEST_QUESTION {
        return Some(format!(
            "The question has {length} characters; the limit is {LONGEST_QUESTION}. Make it shorter."
        ));
    }
    if question.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Some(
            "The question contains invisible control characters. Type it again instead of pasting it."
                .to_owned(),
        );
    }
    if !question.contains(char::is_alphanumeric) {
        return Some(
            "The question contains no words. Ask in a few words, for example: What are the side effects?"
                .to_owned(),
        );
    }
    None
}

/// The message for a question that is not UTF-8.
pub const NOT_TEXT: &str = "The question is not valid UTF-8 text. Send it as UTF-8.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_up_is_said() {
        insta::assert_snapshot!(problem(" \n").unwrap(), @"The question is empty. Ask in a few words, for example: What are the side effects?");
        insta::assert_snapshot!(problem("🙂 ?!").unwrap(), @"The question contains no words. Ask in a few words, for example: What are the side effects?");
        insta::assert_snapshot!(problem(&"ä".repeat(2_001)).unwrap(), @"The question has 2001 characters; the limit is 2000. Make it shorter.");
        insta::assert_snapshot!(problem("a\u{0}b").unwrap(), @"The question contains invisible control characters. Type it again instead of pasting it.");
        assert_eq!(problem("What is LDN?\nAnd why?"), None);
        assert_eq!(problem(&"ä".repeat(2_000)), None);
    }
}

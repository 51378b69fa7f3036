//! Whether a message can be looked up at all.

/// Longest question, in characters: a Discord message without Nitro.
pub const LONGEST_QUESTION: usize = 2_000;

/// What is wrong with a question, for the one who asked; `None` where nothing is.
pub fn problem(question: &str) -> Option<String> {
    let length = question.chars().count();
    if question.trim().is_empty() {
        return Some(
            "The question is empty. Ask in a few words, for example: What are the side effects?".to_owned(),
        );
    }
    if length > LONGEST_QUESTION {
        return Some(format!(
            "The question has {length} characters; at most {LONGEST_QUESTION} can be read. Ask in fewer words."
        ));
    }
    if question.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Some("The question has control characters in it. Type it again as plain text.".to_owned());
    }
    if !question.contains(char::is_alphanumeric) {
        return Some(
            "There are no words in the question. Ask in a few words, for example: What are the side effects?"
                .to_owned(),
        );
    }
    None
}

/// What is said of a question that is not UTF-8.
pub const NOT_TEXT: &str = "The question is not valid UTF-8 text. Send it as UTF-8.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_looked_up_is_said() {
        insta::assert_snapshot!(problem(" \n").unwrap(), @"The question is empty. Ask in a few words, for example: What are the side effects?");
        insta::assert_snapshot!(problem("🙂 ?!").unwrap(), @"There are no words in the question. Ask in a few words, for example: What are the side effects?");
        insta::assert_snapshot!(problem(&"ä".repeat(2_001)).unwrap(), @"The question has 2001 characters; at most 2000 can be read. Ask in fewer words.");
        insta::assert_snapshot!(problem("a\u{0}b").unwrap(), @"The question has control characters in it. Type it again as plain text.");
        assert_eq!(problem("What is LDN?\nAnd why?"), None);
        assert_eq!(problem(&"ä".repeat(2_000)), None);
    }
}

//! The buttons under an answer. They contain passage ids, so a card has only buttons for the passages on it.

use super::{BUTTONS, Button, ButtonStyle, Card, View};
use crate::answer::quote_by_id;
use crate::answer::reply::{Cited, Reply};
use crate::knowledge::topic::Topic;
use crate::render::action::{Action, AnswerContext, generation_digits};

/// Adds the buttons More, In context, Sources and the two votes, if they make sense for these quotes.
pub fn under_quotes(card: &mut Card, reply: &Reply, quotes: &[Cited], more: bool, votes: bool) {
    use ButtonStyle::{Primary, Secondary};
    let Some(generation) = generation_digits(reply.generation()) else { return };
    let mut passages = Vec::new();
    for passage in quotes.iter().filter_map(|cited| quote_by_id::digits(&cited.passage)) {
        if !passages.contains(&passage) {
            passages.push(passage);
        }
    }
    let further = Some(&reply.body().further).filter(|_| more);
    let more = further.and_then(|further| Action::more(reply.base(), generation, further));
    let answered = AnswerContext::new(reply.base(), generation, &passages);
    let vote =
        |helpful| answered.clone().filter(|_| votes).map(|answered| Action::Vote { answered, helpful });
    let buttons = [
        ("More", Primary, more),
        ("In context", Secondary, answered.clone().map(Action::Context)),
        ("Sources", Secondary, answered.clone().map(Action::Sources)),
        ("Helpful", Secondary, vote(true)),
        ("Not helpful", Secondary, vote(false)),
    ];
    card.push_row(
        buttons.into_iter().filter_map(|(label, style, action)| Button::act(label, style, action?)),
    );
}

/// Adds buttons for the topics that fit, labelled with their titles.
pub fn topics(card: &mut Card, reply: &Reply, view: &View) {
    let titled = |name: &str| {
        let known = view.topics.iter().find(|topic: &&Topic| topic.name == *name);
        known.map_or(name, |topic| &topic.title).to_owned()
    };
    let button = |name: &String| {
        let action = Action::Topic { base: reply.base().to_owned(), topic: name.clone() };
        Button::act(&titled(name), ButtonStyle::Secondary, action)
    };
    card.push_row(reply.body().topics.iter().filter_map(button).take(BUTTONS));
}

use serenity::all::GuildId;

use super::*;

const ADA: UserId = UserId::new(11);
const BO: UserId = UserId::new(12);
const HERE: ChannelId = ChannelId::new(21);
const ELSEWHERE: ChannelId = ChannelId::new(22);

fn message(id: u64) -> MessageId {
    MessageId::new(id)
}

fn person(user: UserId) -> Thread {
    Thread::Person { channel: HERE, user }
}

fn asked(question: &str, id: u64, user: UserId) -> Remembered {
    Remembered::new(question.to_owned(), HERE, message(id), user)
}

fn sent(reply: u64, to: u64, repeats: &[u64]) -> SentReply {
    let place = Place { guild: Some(GuildId::new(31)), channel: HERE };
    let repeats = repeats.iter().map(|&id| message(id)).collect();
    SentReply { reply: message(reply), place, base: "mel".to_owned(), to: message(to), repeats }
}

fn at(began: Instant, seconds: u64) -> Instant {
    began + Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_question_is_gone_on_from_for_a_quarter_of_an_hour() {
    let (known, began) = (Conversations::new(), Instant::now());
    let question = asked("What is the dose?", 1, ADA);
    let answer = Thread::Answer(message(5));
    known.remember(person(ADA), &question, began);
    known.remember(answer, &question, began);
    let before = |threads: &[Thread], seconds| known.before(threads, HERE, at(began, seconds));
    assert_eq!(before(&[person(ADA)], 899).as_ref(), Some(&question));
    assert_eq!(before(&[Thread::Answer(message(9)), answer], 1).as_ref(), Some(&question));
    assert_eq!(before(&[person(BO)], 1), None);
    assert_eq!(before(&[person(ADA)], 900), None);
    // Even a lookup at an earlier time finds nothing now: the timer has dropped the question.
    known.state.lock().expire(at(began, 900));
    assert_eq!(before(&[person(ADA), answer], 0), None);
}

#[tokio::test]
async fn nothing_is_gone_on_from_in_another_channel() {
    let (known, now) = (Conversations::new(), Instant::now());
    let answer = Thread::Answer(message(5));
    known.remember(answer, &asked("What is the dose?", 1, ADA), now);
    assert_eq!(known.before(&[answer], ELSEWHERE, now), None);
    assert!(known.before(&[answer], HERE, now).is_some());
}

#[test]
fn a_question_is_ones_own_only_where_one_asked_all_of_it() {
    let own = asked("a", 1, ADA).continued("a b".to_owned(), message(2), ADA);
    assert!(own.is_own(ADA) && !own.is_own(BO));
    assert_eq!(own.messages, [message(1), message(2)]);
    let of_both = own.continued("a b c".to_owned(), message(3), BO);
    // Neither of the two makes it their own by asking another follow-up.
    for user in [ADA, BO] {
        assert!(!of_both.is_own(user));
        assert!(!of_both.clone().continued("a b c d".to_owned(), message(4), user).is_own(user));
    }
}

#[tokio::test]
async fn a_chain_ends_before_it_grows_without_bound() {
    let (known, now) = (Conversations::new(), Instant::now());
    let mut question = asked("a", 1, ADA);
    for id in 2..=MOST_MESSAGES as u64 {
        known.remember(person(ADA), &question, now);
        assert!(known.before(&[person(ADA)], HERE, now).is_some());
        question = question.continued("a".to_owned(), message(id), ADA);
    }
    known.remember(person(ADA), &question, now);
    assert_eq!(known.before(&[person(ADA)], HERE, now), None);
}

#[tokio::test]
async fn a_message_that_goes_takes_all_with_it_that_has_its_words() {
    for change in [MessageChange::Deleted, MessageChange::Edited] {
        let (known, now) = (Conversations::new(), Instant::now());
        let first = asked("a", 1, ADA);
        let second = first.clone().continued("a b".to_owned(), message(2), ADA);
        let of_both = first.clone().continued("a c".to_owned(), message(3), BO);
        let other = asked("d", 4, BO);
        let threads = [6, 7, 8, 9].map(|id| Thread::Answer(message(id)));
        for (thread, question) in threads.iter().zip([&first, &second, &of_both, &other]) {
            known.remember(*thread, question, now);
        }
        let is_known = |thread: Thread| known.before(&[thread], HERE, now).is_some();
        known.changed(&[message(2)], change, now);
        assert_eq!(threads.map(is_known), [true, false, true, true]);
        known.changed(&[message(1)], change, now);
        assert_eq!(threads.map(is_known), [false, false, false, true]);
        // A question that is still being answered is not remembered afterwards either.
        for question in [&first, &second, &of_both] {
            known.remember(person(ADA), question, now);
            assert!(!is_known(person(ADA)));
        }
    }
}

#[tokio::test]
async fn replies_go_with_what_they_answer_and_lose_what_they_repeat() {
    let (known, now) = (Conversations::new(), Instant::now());
    // The first repeats its own question; the second repeats both; the third belongs to another user and repeats only
    // that user's question; the fourth repeats nothing.
    let all = [sent(51, 1, &[1]), sent(52, 2, &[1, 2]), sent(53, 3, &[3]), sent(54, 4, &[])];
    for reply in &all {
        assert_eq!(known.sent(reply, now), None);
    }
    let [first, second, third, fourth] = all;
    let blanked = SentReply { repeats: vec![message(2)], ..second.clone() };
    assert_eq!(
        known.changed(&[message(1)], MessageChange::Deleted, now),
        [TakeBack::Delete(first), TakeBack::Blank(second.clone())]
    );
    assert_eq!(known.changed(&[message(1)], MessageChange::Deleted, now), [], "once");
    assert_eq!(known.changed(&[message(4)], MessageChange::Edited, now), [], "it repeats nothing");
    assert_eq!(known.changed(&[message(3)], MessageChange::Edited, now), [TakeBack::Blank(third.clone())]);
    assert_eq!(known.changed(&[message(3)], MessageChange::Edited, now), [], "its words are already blanked");
    // Each is deleted once its own message is deleted.
    let third = SentReply { repeats: Vec::new(), ..third };
    let deleted = known.changed(&[2, 3, 4].map(message), MessageChange::Deleted, now);
    assert_eq!(deleted[1..], [TakeBack::Delete(third), TakeBack::Delete(fourth)]);
    assert!(matches!(&deleted[0], TakeBack::Delete(sent) if sent.reply == blanked.reply));
}

#[tokio::test]
async fn a_reply_that_is_deleted_anyhow_is_not_blanked_before() {
    let (known, now) = (Conversations::new(), Instant::now());
    let second = sent(52, 2, &[1, 2]);
    known.sent(&second, now);
    let back = known.changed(&[1, 2].map(message), MessageChange::Deleted, now);
    assert!(matches!(back.as_slice(), [TakeBack::Delete(_)]), "{back:?}");
}

#[tokio::test]
async fn what_changes_while_it_is_answered_is_not_answered() {
    let (known, now) = (Conversations::new(), Instant::now());
    // The message may be deleted before its question is processed.
    known.changed(&[message(1)], MessageChange::Deleted, now);
    known.changed(&[message(2)], MessageChange::Edited, now);
    assert!(!known.may_send(message(1), &[], now));
    assert!(known.may_send(message(2), &[], now) && !known.may_send(message(2), &[message(2)], now));
    assert!(!known.may_send(message(3), &[message(1), message(3)], now));
    assert!(known.may_send(message(3), &[message(3)], now));
    // Or while the reply is being sent.
    let reply = sent(51, 1, &[]);
    assert_eq!(known.sent(&reply, now), Some(TakeBack::Delete(reply)));
    let repeating = sent(52, 2, &[2]);
    assert_eq!(known.sent(&repeating, now), Some(TakeBack::Blank(repeating)));
    assert_eq!(known.sent(&sent(53, 2, &[]), now), None);
    // An edit reported after the deletion changes nothing.
    known.changed(&[message(1)], MessageChange::Edited, now);
    assert!(!known.may_send(message(1), &[], now));
}

#[tokio::test]
async fn a_channel_that_goes_takes_everything_with_it() {
    let (known, now) = (Conversations::new(), Instant::now());
    known.remember(person(ADA), &asked("a", 1, ADA), now);
    known.sent(&sent(51, 1, &[1]), now);
    known.forget_channel(ELSEWHERE);
    assert!(known.before(&[person(ADA)], HERE, now).is_some());
    known.forget_channel(HERE);
    assert_eq!(known.before(&[person(ADA)], HERE, now), None);
    assert_eq!(known.changed(&[message(1)], MessageChange::Deleted, now), []);
}

#[tokio::test]
async fn replies_in_other_channels_outlive_a_deleted_channel() {
    let (known, now) = (Conversations::new(), Instant::now());
    let here = sent(51, 1, &[1]);
    let mut elsewhere = sent(52, 2, &[1]);
    elsewhere.place.channel = ELSEWHERE;
    known.sent(&here, now);
    known.sent(&elsewhere, now);
    known.forget_channel(ELSEWHERE);
    assert_eq!(known.changed(&[message(1)], MessageChange::Deleted, now), [TakeBack::Delete(here)]);
}

#[tokio::test]
async fn a_person_is_forgotten_with_what_others_made_of_their_words() {
    let (known, now) = (Conversations::new(), Instant::now());
    let (dose, food) = (asked("dose?", 1, ADA), asked("food?", 2, BO));
    let continued = dose.clone().continued("dose? children?".to_owned(), message(3), BO);
    let (answer, follow_up) = (Thread::Answer(message(5)), Thread::Answer(message(6)));
    for (thread, question) in
        [(person(ADA), &dose), (answer, &dose), (follow_up, &continued), (person(BO), &food)]
    {
        known.remember(thread, question, now);
    }
    // Even if her own question has expired, follow-ups by others are forgotten.
    known.state.lock().questions.retain(|thread, _| *thread != person(ADA) && *thread != answer);
    known.remember(person(ADA), &asked("cost?", 7, ADA), now);
    assert_eq!(known.forget_person(ADA), 1);
    assert_eq!(known.before(&[person(ADA), answer, follow_up], HERE, now), None);
    assert_eq!(known.before(&[person(BO)], HERE, now), Some(food));
    assert_eq!(known.forget_person(ADA), 0);
}

use proptest::prelude::*;

use super::*;

const GENERATION: Digits = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab];

fn id(action: Action) -> String {
    action.custom_id().expect("the action fits")
}

fn answered() -> AnswerContext {
    AnswerContext::new("ldn", GENERATION, &[[0xff; 6], [0; 6]]).expect("a button")
}

#[test]
fn every_action_has_its_text() {
    let further = [QuoteId { passage: [1, 2, 3, 4, 5, 6], first: 0, count: 2 }];
    let base = || "ldn".to_owned();
    insta::assert_snapshot!(id(Action::more("ldn", GENERATION, &further).unwrap()), @"v1mldn/ASNFZ4mrAQIDBAUGAAI");
    insta::assert_snapshot!(id(Action::Context(answered())), @"v1cldn/ASNFZ4mr________AAAAAAAA");
    insta::assert_snapshot!(id(Action::Sources(answered())), @"v1sldn/ASNFZ4mr________AAAAAAAA");
    insta::assert_snapshot!(id(Action::Vote { answered: answered(), helpful: true }), @"v1hldn/ASNFZ4mr________AAAAAAAA");
    insta::assert_snapshot!(id(Action::Vote { answered: answered(), helpful: false }), @"v1nldn/ASNFZ4mr________AAAAAAAA");
    insta::assert_snapshot!(id(Action::Topic { base: base(), topic: "sideeffects".into() }), @"v1tldn/sideeffects");
    insta::assert_snapshot!(id(Action::AddDetails { draft: 1 }), @"v1d/AAAAAAAAAAE");
    insta::assert_snapshot!(id(Action::AddPublish { draft: u64::MAX }), @"v1p/__________8");
    insta::assert_snapshot!(id(Action::AddCancel { draft: 0 }), @"v1x/AAAAAAAAAAA");
    insta::assert_snapshot!(id(Action::RemoveConfirm { base: base(), source: "pain-clinic".into(), force: false }), @"v1rldn/pain-clinic");
    insta::assert_snapshot!(id(Action::RemoveCancel { base: base() }), @"v1kldn/");
    insta::assert_snapshot!(id(Action::ConfirmChannels { base: base() }), @"v1gldn/");
    insta::assert_snapshot!(id(Action::OfferDeletion { base: base() }), @"v1oldn/");
    insta::assert_snapshot!(id(Action::DeleteMine { base: base() }), @"v1eldn/");
    insta::assert_snapshot!(id(Action::KeepMine { base: base() }), @"v1qldn/");
    let list = |list| Action::List { base: base(), list };
    insta::assert_snapshot!(id(list(List::Sources)), @"v1lldn/s");
    insta::assert_snapshot!(id(list(List::Gaps { weeks: 12 })), @"v1lldn/g12");
    insta::assert_snapshot!(id(list(List::Sources).page(258).unwrap()), @"v1zAQIlldn/s");
    insta::assert_snapshot!(id(Action::Context(answered()).page(1).unwrap()), @"v1zAAEcldn/ASNFZ4mr________AAAAAAAA");
    assert_eq!(Action::AddCancel { draft: 0 }.page(1), None);
    assert_eq!(list(List::Help).page(0), None);
}

#[test]
fn what_is_not_ours_is_refused() {
    let refused = |text: &str, error| assert_eq!(Action::parse(text), Err(error), "{text}");
    for foreign in ["", "vote:yes", "v", "vx", "V1mldn/", "{\"a\":1}", "ἀ"] {
        refused(foreign, ActionError::Foreign);
    }
    for other in ["v0mldn/AAAA", "v2mldn/AAAA", "v10mldn/AAAA", "v9"] {
        refused(other, ActionError::OtherVersion);
    }
    let damaged = [
        "v1",
        "v1m",
        "v1mldn",
        "v1mldn/",
        "v1m/ASNFZ4mr",
        "v1mldn/ASNFZ4mr",
        "v1cldn/ASNFZ4mr",
        "v1cldn/ASNFZ4mrAA",
        "v1cldn/ASNFZ4mr________=",
        "v1cldn/ASNFZ4mr++++++++",
        "v1zldn/ASNFZ4mr________",
        "v1tldn/",
        "v1tldn/a/b",
        "v1tldn/a b",
        "v1dldn/AAAAAAAAAAE",
        "v1d/AAAAAAAAAA",
        "v1d/AAAAAAAAAAF",
        "v1kldn/x",
        "v1eldn/x",
        "v1émldn/",
        "v1lldn/",
        "v1lldn/g",
        "v1lldn/g012",
        "v1lldn/x",
        // Page 0, a page of a page, a page of an action without pages, and half a number.
        "v1zAAAlldn/s",
        "v1zAAEzAAElldn/s",
        "v1zAAEkldn/",
        "v1zAAE",
        "v1zAé",
        // No sentences, and more than 255.
        "v1mldn/ASNFZ4mrAQIDBAUGAAA",
        "v1mldn/ASNFZ4mrAQIDBAUG__8",
    ];
    for text in damaged {
        refused(text, ActionError::Damaged);
    }
    refused(&format!("v1tldn/{}", "a".repeat(100)), ActionError::Damaged);
}

#[test]
fn what_does_not_fit_is_not_sent() {
    let base = "b".repeat(32);
    // The longest base and the longest source just fit.
    let removal =
        |length| Action::RemoveConfirm { base: base.clone(), source: "s".repeat(length), force: true };
    assert_eq!(id(removal(64)).len(), LONGEST);
    assert_eq!(removal(65).custom_id(), None);
    assert_eq!(Action::RemoveCancel { base: String::new() }.custom_id(), None);
    assert_eq!(Action::RemoveCancel { base: "a/b".into() }.custom_id(), None);
    assert_eq!(Action::more("ldn", GENERATION, &[]), None);
    assert_eq!(AnswerContext::new("ldn", GENERATION, &[]), None);
    assert_eq!(AnswerContext::new(&"b".repeat(99), GENERATION, &[[0; 6]]), None);
    let many = [QuoteId { passage: [7; 6], first: 1, count: 1 }; 30];
    let Some(Action::More { quotes, .. }) = Action::more(&base, GENERATION, &many) else {
        panic!("a button")
    };
    assert_eq!(quotes.len(), 5);
}

#[test]
fn ids_are_read_and_written() {
    assert_eq!(generation_digits("g0123456789ab"), Some(GENERATION));
    assert_eq!(generation_id(GENERATION), "g0123456789ab");
    for bad in ["", "g", "0123456789ab", "g0123456789AB", "g+123456789ab", "g0123456789abc", "a:b", "a:0123"]
    {
        assert_eq!(generation_digits(bad), None, "{bad}");
    }
}

fn quote_id() -> impl Strategy<Value = QuoteId> {
    (any::<Digits>(), any::<u8>(), any::<u8>()).prop_map(|(passage, first, count)| QuoteId {
        passage,
        first: first / 2,
        count: count / 2 + 1,
    })
}

fn list() -> impl Strategy<Value = List> {
    prop_oneof![
        Just(List::Sources),
        Just(List::Help),
        Just(List::SourceDetails),
        Just(List::Audit),
        any::<u32>().prop_map(|weeks| List::Gaps { weeks }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let base = || "[a-z0-9_-]{1,32}";
    let passages = || prop::collection::vec(any::<Digits>(), 1..20);
    let answered = (base(), any::<Digits>(), passages()).prop_map(|(base, generation, passages)| {
        AnswerContext::new(&base, generation, &passages).expect("fits")
    });
    prop_oneof![
        (base(), any::<Digits>(), prop::collection::vec(quote_id(), 1..20))
            .prop_map(|(base, generation, quotes)| Action::more(&base, generation, &quotes).expect("fits")),
        (answered, any::<bool>(), 0..3).prop_map(|(answered, helpful, which)| match which {
            0 => Action::Context(answered),
            1 => Action::Sources(answered),
            _ => Action::Vote { answered, helpful },
        }),
        (base(), "[a-z0-9_-]{1,32}").prop_map(|(base, topic)| Action::Topic { base, topic }),
        (base(), "[a-z0-9-]{1,64}", any::<bool>()).prop_map(|(base, source, force)| Action::RemoveConfirm {
            base,
            source,
            force
        }),
        base().prop_map(|base| Action::RemoveCancel { base }),
        base().prop_map(|base| Action::ConfirmChannels { base }),
        base().prop_map(|base| Action::OfferDeletion { base }),
        base().prop_map(|base| Action::DeleteMine { base }),
        base().prop_map(|base| Action::KeepMine { base }),
        (base(), list()).prop_map(|(base, list)| Action::List { base, list }),
        (base(), list(), 1..u16::MAX).prop_map(|(base, list, number)| {
            Action::List { base, list }.page(number).expect("a list has parts")
        }),
        (base(), "[a-z0-9_-]{1,32}", 1..u16::MAX).prop_map(|(base, topic, number)| {
            Action::Topic { base, topic }.page(number).expect("a topic has parts")
        }),
        ("[a-z0-9_-]{1,26}", prop::collection::vec(any::<Digits>(), 1..7), 1..u16::MAX).prop_map(
            |(base, passages, number)| {
                let answered = AnswerContext::new(&base, GENERATION, &passages).expect("fits");
                Action::Context(answered).page(number).expect("passages have parts")
            }
        ),
        any::<u64>().prop_map(|draft| Action::AddDetails { draft }),
        any::<u64>().prop_map(|draft| Action::AddPublish { draft }),
        any::<u64>().prop_map(|draft| Action::AddCancel { draft }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(action in action()) {
        let text = action.custom_id().expect("every action of a base that Discord can name fits");
        prop_assert!(units(&text) <= LONGEST);
        prop_assert_eq!(Action::parse(&text), Ok(action));
    }

    #[test]
    fn what_is_read_is_written_back(text in "(v1)?[a-z]\\PC{0,8}/[A-Za-z0-9_-]{0,60}") {
        if let Ok(action) = Action::parse(&text) {
            prop_assert_eq!(action.custom_id(), Some(text));
        }
    }

    #[test]
    fn any_text_and_any_base_are_survived(text in "\\PC{0,120}", base in "\\PC{0,60}") {
        let _ = Action::parse(&text);
        let topic = Action::Topic { base: base.clone(), topic: text };
        let more = Action::more(&base, GENERATION, &[QuoteId { passage: [7; 6], first: 1, count: 1 }; 9]);
        for id in [Some(topic), more].into_iter().flatten().filter_map(|action| action.custom_id()) {
            prop_assert!(units(&id) <= LONGEST);
        }
    }
}

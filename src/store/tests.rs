use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::config::Retention;
use crate::config::values::{Days, Weeks};

mod forgetting;

/// The id of a message of November 2026, and a time shortly after it was posted.
const MESSAGE: u64 = (1_795_000_000_000 - 1_420_070_400_000) << 22;
const NOW: i64 = 1_795_000_100;
const DAY: i64 = 24 * 60 * 60;

async fn open(path: &Path) -> Store {
    let opened = Store::open(path, NOW).await.expect("a store");
    assert_eq!(opened.set_aside, None);
    opened.store
}

async fn fresh() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    (open(&folder.path().join("store.db")).await, folder)
}

fn vote(message: u64, user: u64, helpful: bool) -> Vote<'static> {
    Vote { message, base: "mel", generation: "g0123456789ab", user, helpful }
}

fn post(message: u64, channel: u64, at: i64) -> Post {
    let (base, generation) = ("mel".to_owned(), "g0123456789ab".to_owned());
    Post { message, channel, guild: Some(7), base, generation, at }
}

fn retention(feedback: u32, audit: u32, gaps: u32, posts: u32) -> Retention {
    Retention {
        feedback: Days::new(feedback),
        audit: Days::new(audit),
        gaps: Weeks::new(gaps),
        posts: Days::new(posts),
    }
}

fn ids(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_user_counts_once_and_is_not_kept() {
    let (store, folder) = fresh().await;
    let user = 123_456_789_012_345_678;
    assert_eq!(store.vote(vote(MESSAGE, user, true), NOW).await.expect("counted"), Voting::Counted);
    assert_eq!(store.vote(vote(MESSAGE, user, false), NOW).await.expect("changed"), Voting::Counted);
    assert_eq!(store.votes("mel").await.expect("votes"), Votes { helpful: 0, not_helpful: 1 });
    assert_eq!(store.vote(vote(MESSAGE, user + 1, true), NOW).await.expect("another"), Voting::Counted);
    assert_eq!(store.vote(vote(MESSAGE, user, false), NOW).await.expect("again"), Voting::Withdrawn);
    assert_eq!(store.votes("mel").await.expect("votes"), Votes { helpful: 1, not_helpful: 0 });
    store.close().await;
    let bytes = std::fs::read(folder.path().join("store.db")).expect("the file");
    let holds = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    assert!(
        !holds(&user.to_be_bytes()) && !holds(user.to_string().as_bytes()),
        "the user's id is in the file"
    );
}

#[tokio::test]
async fn voting_closes_with_its_key() {
    let (store, _folder) = fresh().await;
    store.vote(vote(MESSAGE, 1, true), NOW).await.expect("counted");
    let retention = retention(3_650, 1, 1, 1);
    // The period ends two weeks after the message, and voting closes 60 days after that.
    store.prune(&retention, NOW + 70 * DAY).await.expect("pruned");
    assert_eq!(store.vote(vote(MESSAGE, 1, true), NOW + 70 * DAY).await.expect("open"), Voting::Withdrawn);
    store.vote(vote(MESSAGE, 1, true), NOW).await.expect("counted");
    assert_eq!(store.prune(&retention, NOW + 80 * DAY).await.expect("pruned"), 1, "the key goes");
    assert_eq!(store.vote(vote(MESSAGE, 1, true), NOW + 80 * DAY).await.expect("closed"), Voting::Closed);
    assert_eq!(store.votes("mel").await.expect("votes"), Votes { helpful: 1, not_helpful: 0 });
}

#[tokio::test]
async fn acts_are_listed_newest_first() {
    let (store, _folder) = fresh().await;
    let acted = |act, outcome| NewAuditEntry {
        user: 5,
        guild: Some(7),
        base: "mel",
        act,
        subject: "leaflet:00",
        outcome,
        began: NOW,
    };
    store.audit(acted(AuditAction::Withhold, "done"), NOW).await.expect("noted");
    store.audit(acted(AuditAction::Refused, "refused"), NOW + 1).await.expect("noted");
    let entries = store.audited("mel", 10).await.expect("entries");
    let told: Vec<String> =
        entries.iter().map(|e| format!("{} {} {} {}", e.at, e.user, e.act, e.outcome)).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    1795000101 5 refused refused
    1795000100 5 withhold done
    ");
    assert_eq!(store.audited("mel", 1).await.expect("entries").len(), 1);
    assert!(store.audited("other", 10).await.expect("entries").is_empty());
}

#[tokio::test]
async fn gaps_are_counted_by_week() {
    let (store, _folder) = fresh().await;
    store.count_gap("mel", &ids(&["pregnancy", "cost"]), NOW - 7 * DAY).await.expect("counted");
    store.count_gap("mel", &ids(&["pregnancy"]), NOW).await.expect("counted");
    store.count_gap("mel", &ids(&["pregnancy"]), NOW).await.expect("counted");
    store.count_gap("ldn", &ids(&["driving"]), NOW).await.expect("counted");
    let gaps = store.gaps("mel", 2, NOW).await.expect("gaps");
    let week = |text: &str, count| (text.to_owned(), count);
    let pregnancy = Gap {
        concept: "pregnancy".to_owned(),
        total: 3,
        weeks: vec![week("2026-W47", 2), week("2026-W46", 1)],
    };
    let cost = Gap { concept: "cost".to_owned(), total: 1, weeks: vec![week("2026-W46", 1)] };
    assert_eq!(gaps, [pregnancy, cost]);
    assert_eq!(store.gaps("mel", 1, NOW).await.expect("gaps").len(), 1);
}

#[tokio::test]
async fn only_what_is_withheld_now_is_to_be_taken_back() {
    let (store, _folder) = fresh().await;
    store.record_post(&post(1, 10, NOW), &ids(&["a:1"])).await.expect("noted");
    store.record_post(&post(2, 10, NOW), &ids(&["b:2"])).await.expect("noted");
    assert_eq!(store.withdraw("mel", "a:1").await.expect("marked"), 1);
    store.withdraw_only("mel", &ids(&["b:2"])).await.expect("marked");
    let left: Vec<u64> = store.to_withdraw().await.expect("posts").iter().map(|post| post.message).collect();
    assert_eq!(left, [2], "a:1 was restored");
    store.withdraw_only("ldn", &[]).await.expect("another base");
    assert_eq!(store.to_withdraw().await.expect("posts").len(), 1);
}

#[tokio::test]
async fn a_key_that_is_destroyed_is_not_in_the_file() {
    let (store, folder) = fresh().await;
    store.vote(vote(MESSAGE, 1, true), NOW).await.expect("counted");
    let key: Vec<u8> =
        sqlx::query_scalar("SELECT secret FROM vote_key").fetch_one(&store.writer).await.expect("a key");
    let path = folder.path().join("store.db");
    let holds = || std::fs::read(&path).expect("the file").windows(key.len()).any(|window| window == key);
    store.close().await;
    assert!(holds());
    let store = open(&path).await;
    let retention = retention(3_650, 1, 1, 1);
    assert_eq!(store.prune(&retention, NOW + 80 * DAY).await.expect("pruned"), 1);
    store.close().await;
    assert!(!holds());
}

#[tokio::test]
async fn a_full_disk_is_told_and_keeps_what_was_written() {
    let (store, _folder) = fresh().await;
    store.record_post(&post(1, 10, NOW), &ids(&["a:1"])).await.expect("noted");
    // A file that cannot grow, as on a full disk.
    let pages: i64 =
        sqlx::query_scalar("PRAGMA page_count").fetch_one(&store.writer).await.expect("a number");
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::query(limit).execute(&store.writer).await.expect("a limit");
    let mut message = 2;
    let error = loop {
        match store.record_post(&post(message, 10, NOW), &ids(&["b:2"])).await {
            Ok(()) => message += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    assert_eq!(store.withdraw("mel", "a:1").await.expect("it needs no room"), 1);
}

#[tokio::test]
async fn what_is_to_be_taken_back_survives_a_restart() {
    let (store, folder) = fresh().await;
    store.record_post(&post(1, 10, NOW), &ids(&["a:1", "b:2"])).await.expect("noted");
    store.record_post(&post(2, 10, NOW), &ids(&["b:2"])).await.expect("noted");
    store.record_post(&post(3, 11, NOW), &ids(&["c:3"])).await.expect("noted");
    assert_eq!(store.withdraw("mel", "b:2").await.expect("marked"), 2);
    assert_eq!(store.withdraw("ldn", "c:3").await.expect("another base's"), 0);
    store.close().await;
    let store = open(&folder.path().join("store.db")).await;
    let left = |posts: Vec<Post>| posts.into_iter().map(|post| post.message).collect::<Vec<_>>();
    assert_eq!(left(store.to_withdraw().await.expect("posts")), [2, 1]);
    store.forget_post(2).await.expect("forgotten");
    assert_eq!(left(store.to_withdraw().await.expect("posts")), [1]);
    assert_eq!(store.withdraw("mel", "b:2").await.expect("marked"), 1);
}

#[tokio::test]
async fn channels_are_kept_and_cleared() {
    let (store, _folder) = fresh().await;
    let record =
        |channel, mode| ChannelRecord { channel, guild: 7, base: "mel".to_owned(), mode, user: 5, at: NOW };
    store.set_channel(&record(10, AnswerMode::EveryMessage)).await.expect("kept");
    store.set_channel(&record(10, AnswerMode::Private)).await.expect("kept");
    store.set_channel(&record(11, AnswerMode::EveryMessage)).await.expect("kept");
    store.clear_channel(11).await.expect("cleared");
    assert_eq!(store.channels().await.expect("channels"), [record(10, AnswerMode::Private)]);
}

#[tokio::test]
async fn what_is_exported_has_no_keys() {
    let (store, _folder) = fresh().await;
    store.vote(vote(MESSAGE, 1, true), NOW).await.expect("counted");
    store.count_gap("mel", &ids(&["cost"]), NOW).await.expect("counted");
    store.record_post(&post(9_007_199_254_740_993, 10, NOW), &ids(&["a:1"])).await.expect("noted");
    let lines = store.export().await.expect("lines");
    let values: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let tables: BTreeSet<&str> = values.iter().filter_map(|value| value["table"].as_str()).collect();
    assert_eq!(tables, BTreeSet::from(["vote", "gap", "post", "quoted"]));
    insta::assert_snapshot!(lines[2], @r#"{"table":"post","message":"9007199254740993","channel":"10","guild":"7","base":"mel","generation":"g0123456789ab","at":"2026-11-18T11:08:20Z","withdrawn":false}"#);
}

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    let (store, folder) = fresh().await;
    sqlx::query("INSERT INTO _sqlx_migrations VALUES (999, 'later', 'now', 1, X'00', 1)")
        .execute(&store.writer)
        .await
        .expect("written");
    store.close().await;
    let path = folder.path().join("store.db");
    let error = Store::open(&path, NOW).await.expect_err("newer");
    assert!(matches!(error, StoreError::Newer(_)), "{error}");
    assert!(path.exists());
}

#[tokio::test]
async fn a_locked_store_is_told_as_such() {
    let (store, folder) = fresh().await;
    let other = open(&folder.path().join("store.db")).await;
    let mut held = store.writer.begin().await.expect("a transaction");
    sqlx::query("DELETE FROM gap").execute(&mut *held).await.expect("held");
    let error = other.count_gap("mel", &ids(&["cost"]), NOW).await.expect_err("locked");
    assert!(matches!(error, StoreError::Locked(_)), "{error}");
    held.rollback().await.expect("let go");
    other.count_gap("mel", &ids(&["cost"]), NOW).await.expect("free again");
}

#[tokio::test]
async fn many_at_once_lose_nothing() {
    let (store, _folder) = fresh().await;
    let tasks: Vec<_> = (0..40_u64)
        .map(|user| {
            let store = store.clone();
            tokio::spawn(async move {
                store.vote(vote(MESSAGE, user, user % 2 == 0), NOW).await.expect("counted");
                store.count_gap("mel", &ids(&["cost"]), NOW).await.expect("counted");
                store.gaps("mel", 1, NOW).await.expect("read");
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(store.votes("mel").await.expect("votes"), Votes { helpful: 20, not_helpful: 20 });
    assert_eq!(store.gaps("mel", 1, NOW).await.expect("gaps")[0].total, 40);
}

/// An action of a user or a moderator.
#[derive(Debug, Clone)]
enum Step {
    Vote(u64, u64, bool),
    Post(u64, u8),
    Withdraw(u8),
    Forget(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3_u64, 0..3_u64, any::<bool>())
            .prop_map(|(message, user, helpful)| Step::Vote(message, user, helpful)),
        (1..6_u64, 0..3_u8).prop_map(|(message, passage)| Step::Post(message, passage)),
        (0..3_u8).prop_map(Step::Withdraw),
        (1..6_u64).prop_map(Step::Forget),
    ]
}

/// A model of the store that uses maps.
#[derive(Default)]
struct Model {
    votes: BTreeMap<(u64, u64), bool>,
    posts: BTreeMap<u64, (u8, bool)>,
}

impl Model {
    fn take(&mut self, step: &Step) {
        match *step {
            Step::Vote(message, user, helpful) => {
                if self.votes.insert((message, user), helpful) == Some(helpful) {
                    self.votes.remove(&(message, user));
                }
            }
            Step::Post(message, passage) => drop(self.posts.insert(message, (passage, false))),
            Step::Withdraw(passage) => {
                self.posts.values_mut().filter(|post| post.0 == passage).for_each(|post| post.1 = true);
            }
            Step::Forget(message) => drop(self.posts.remove(&message)),
        }
    }
}

async fn take(store: &Store, step: &Step) {
    match *step {
        Step::Vote(message, user, helpful) => {
            store.vote(vote(MESSAGE + message, user, helpful), NOW).await.map(drop).expect("counted");
        }
        Step::Post(message, passage) => {
            store.record_post(&post(message, 1, NOW), &[format!("a:{passage}")]).await.expect("noted");
        }
        Step::Withdraw(passage) => {
            store.withdraw("mel", &format!("a:{passage}")).await.map(drop).expect("marked");
        }
        Step::Forget(message) => store.forget_post(message).await.expect("forgotten"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn the_store_does_as_maps_do(steps in proptest::collection::vec(step(), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (counted, left, model) = runtime.block_on(async {
            let (store, _folder) = fresh().await;
            let mut model = Model::default();
            for step in &steps {
                model.take(step);
                take(&store, step).await;
            }
            let left: BTreeSet<u64> =
                store.to_withdraw().await.expect("posts").into_iter().map(|post| post.message).collect();
            (store.votes("mel").await.expect("votes"), left, model)
        });
        let helpful = model.votes.values().filter(|helpful| **helpful).count() as u64;
        prop_assert_eq!(counted, Votes { helpful, not_helpful: model.votes.len() as u64 - helpful });
        let expected: BTreeSet<u64> =
            model.posts.iter().filter(|(_, post)| post.1).map(|(message, _)| *message).collect();
        prop_assert_eq!(left, expected);
    }
}

//! Deleted data is in no file and does not come back, a broken store loses its settings, and only the owner can read
//! the files.

use std::path::PathBuf;

use super::*;
use crate::store::files;

/// An id with as many digits as Discord's ids.
const PERSON: u64 = 1_234_567_890_123_456_789;

fn acted(user: u64, act: AuditAction) -> NewAuditEntry<'static> {
    NewAuditEntry {
        user,
        guild: Some(7),
        base: "mel",
        act,
        subject: "leaflet:00",
        outcome: "done",
        began: NOW,
    }
}

fn setting(channel: u64, user: u64, at: i64) -> ChannelRecord {
    ChannelRecord { channel, guild: 7, base: "mel".to_owned(), mode: AnswerMode::Private, user, at }
}

/// The files in a folder that contain an id, either in SQLite's binary form or as digits.
fn holding(folder: &Path, id: u64) -> Vec<PathBuf> {
    let forms = [id.to_be_bytes().to_vec(), id.to_le_bytes().to_vec(), id.to_string().into_bytes()];
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| {
        let bytes = std::fs::read(file).expect("a file");
        forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    });
    files
}

#[tokio::test]
async fn what_is_to_be_forgotten_is() {
    let (store, _folder) = fresh().await;
    store.audit(acted(5, AuditAction::Reindex), NOW).await.expect("noted");
    store.record_post(&post(1, 10, NOW - 10 * DAY), &ids(&["a:1"])).await.expect("noted");
    store.record_post(&post(2, 11, NOW), &ids(&["a:1"])).await.expect("noted");
    let went = store.forget(ForgetScope::User(5), NOW).await.expect("forgotten");
    assert_eq!((went.rows("audit"), went.left), (1, Vec::new()));
    assert_eq!(store.audited("mel", 1).await.expect("entries")[0].user, 0);
    let went = store.forget(ForgetScope::Before(NOW - DAY), NOW).await.expect("forgotten");
    assert_eq!(went.rows("post"), 1);
    let went = store.forget(ForgetScope::Guild(7), NOW).await.expect("forgotten");
    assert_eq!((went.rows("post"), went.rows("audit")), (1, 1));
    assert_eq!(store.export().await.expect("lines"), Vec::<String>::new());
}

#[tokio::test]
async fn a_message_is_forgotten_with_its_votes() {
    let (store, _folder) = fresh().await;
    for message in [MESSAGE, MESSAGE + 1] {
        store.record_post(&post(message, 10, NOW), &ids(&["a:1"])).await.expect("noted");
        store.vote(vote(message, 1, true), NOW).await.expect("counted");
    }
    let went = store.forget(ForgetScope::Message(MESSAGE), NOW).await.expect("forgotten");
    assert_eq!((went.rows("post"), went.rows("vote")), (1, 1));
    let left = store.export().await.expect("lines").join("\n");
    assert!(!left.contains(&MESSAGE.to_string()) && left.contains(&(MESSAGE + 1).to_string()), "{left}");
    let went = store.forget(ForgetScope::Message(MESSAGE), NOW).await.expect("forgotten");
    assert_eq!((went.rows("post"), went.rows("vote")), (0, 0));
}

#[tokio::test]
async fn a_person_is_forgotten_with_their_votes_and_nobody_elses() {
    let (store, _folder) = fresh().await;
    for user in [PERSON, 1, 2] {
        store.vote(vote(MESSAGE, user, true), NOW).await.expect("counted");
    }
    store.vote(vote(MESSAGE + 1, PERSON, false), NOW).await.expect("counted");
    let went = store.forget(ForgetScope::User(PERSON), NOW).await.expect("forgotten");
    assert_eq!(went.rows("vote"), 2);
    assert_eq!(store.votes("mel").await.expect("votes"), Votes { helpful: 2, not_helpful: 0 });
    // Once its key is destroyed, nobody can find out who cast a vote.
    store.vote(vote(MESSAGE, PERSON, true), NOW + 1).await.expect("counted");
    let retention = retention(3_650, 1, 1, 1);
    store.prune(&retention, NOW + 80 * DAY).await.expect("pruned");
    let went = store.forget(ForgetScope::User(PERSON), NOW + 80 * DAY).await.expect("forgotten");
    assert_eq!(went.rows("vote"), 0);
}

/// An action that began before a person was forgotten and is written afterwards does not store their id.
#[tokio::test]
async fn what_was_under_way_is_noted_without_the_person() {
    let (store, folder) = fresh().await;
    store.forget(ForgetScope::User(PERSON), NOW + 10).await.expect("forgotten");
    store.audit(acted(PERSON, AuditAction::Reindex), NOW + 20).await.expect("noted");
    store.set_channel(&setting(10, PERSON, NOW)).await.expect("kept");
    assert_eq!(store.vote(vote(MESSAGE, PERSON, true), NOW).await.expect("it is known"), Voting::Withdrawn);
    assert_eq!(holding(folder.path(), PERSON), Vec::<PathBuf>::new());
    assert_eq!(store.votes("mel").await.expect("votes"), Votes::default());
    assert_eq!(store.audited("mel", 1).await.expect("entries")[0].user, 0);
    // Later actions of that person are stored with their id again, and so are those of other people.
    store
        .audit(NewAuditEntry { began: NOW + 11, ..acted(PERSON, AuditAction::Add) }, NOW + 20)
        .await
        .expect("noted");
    store.audit(acted(PERSON + 1, AuditAction::Add), NOW + 20).await.expect("noted");
    let users: Vec<u64> =
        store.audited("mel", 2).await.expect("entries").iter().map(|act| act.user).collect();
    assert_eq!(users, [PERSON + 1, PERSON]);
    let retention = retention(1, 1, 1, 1);
    store.prune(&retention, NOW + 2 * DAY).await.expect("pruned");
    assert_eq!(
        store.forgotten().await.expect("a number"),
        0,
        "the store does not remember for more than a day who was forgotten"
    );
}

#[tokio::test]
async fn the_audit_tells_who_withheld_a_passage_last() {
    let (store, _folder) = fresh().await;
    let withheld =
        |user, subject, outcome| NewAuditEntry { subject, outcome, ..acted(user, AuditAction::Withhold) };
    store.audit(withheld(5, "a:1", "done"), NOW).await.expect("noted");
    store.audit(withheld(6, "a:1", "withheld before"), NOW).await.expect("noted");
    store.audit(withheld(5, "a:2", "done"), NOW).await.expect("noted");
    store
        .audit(NewAuditEntry { subject: "a:2", ..acted(5, AuditAction::Restore) }, NOW)
        .await
        .expect("noted");
    store.audit(withheld(6, "a:2", "done"), NOW).await.expect("noted");
    let of = |passage: &str| vec![("mel".to_owned(), passage.to_owned())];
    assert_eq!(store.withheld_by(5).await.expect("passages"), of("a:1"));
    assert_eq!(store.withheld_by(6).await.expect("passages"), of("a:2"));
}

/// This includes copies of rows that moved to another page, and copies in the write-ahead log.
#[tokio::test]
async fn no_byte_of_a_person_stays_in_the_files() {
    let (store, folder) = fresh().await;
    for number in 0..1_500_u64 {
        let user = if number % 20 == 0 { PERSON } else { 1_000_000_000_000_000_000 + number };
        let subject = "x".repeat((number * 37 % 190) as usize);
        store
            .audit(NewAuditEntry { subject: &subject, ..acted(user, AuditAction::Withhold) }, NOW)
            .await
            .expect("noted");
        if number % 3 == 0 {
            store.set_channel(&setting(number * 7_919 % 400, user, NOW)).await.expect("kept");
            sqlx::query("DELETE FROM audit WHERE id = ?")
                .bind((number * 7_919 % (number + 1)) as i64)
                .execute(&store.writer)
                .await
                .expect("deleted");
        }
    }
    assert!(!holding(folder.path(), PERSON).is_empty());
    let went = store.forget(ForgetScope::User(PERSON), NOW).await.expect("forgotten");
    assert!(went.rows("audit") > 0 && went.rows("channel") > 0 && went.left.is_empty(), "{went:?}");
    assert_eq!(holding(folder.path(), PERSON), Vec::<PathBuf>::new(), "while the store is open");
    store.close().await;
    assert_eq!(holding(folder.path(), PERSON), Vec::<PathBuf>::new(), "after it is closed");
}

#[tokio::test]
async fn a_reader_that_holds_older_pages_is_told() {
    let (store, folder) = fresh().await;
    store.audit(acted(PERSON, AuditAction::Reindex), NOW).await.expect("noted");
    let other = open(&folder.path().join("store.db")).await;
    let mut held = other.readers.begin().await.expect("a transaction");
    sqlx::query("SELECT * FROM audit").fetch_all(&mut *held).await.expect("rows");
    let went = store.forget(ForgetScope::User(PERSON), NOW).await.expect("forgotten");
    assert_eq!(went.rows("audit"), 1);
    assert!(went.left.len() == 1 && went.left[0].contains("run the same command again"), "{:?}", went.left);
    assert!(!holding(folder.path(), PERSON).is_empty(), "the report is true");
    held.rollback().await.expect("let go");
    assert_eq!(
        store.forget(ForgetScope::User(PERSON), NOW).await.expect("forgotten").left,
        Vec::<String>::new()
    );
    assert_eq!(holding(folder.path(), PERSON), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_broken_store_is_set_aside_with_its_bytes_and_forgotten_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let nonsense =
        format!("this is no database, and it is long enough to be looked at as one, {PERSON}").repeat(40);
    std::fs::write(&path, &nonsense).expect("written");
    for end in files::COMPANIONS {
        std::fs::write(files::beside(&path, end), "beside").expect("written");
    }
    let opened = Store::open(&path, NOW).await.expect("a fresh store");
    let aside = opened.set_aside.expect("set aside");
    assert_eq!(
        aside.file_name().and_then(|name| name.to_str()),
        Some("store.db.broken-2026-11-18T11-08-20Z")
    );
    assert_eq!(std::fs::read_to_string(&aside).expect("bytes"), nonsense);
    // SQLite would replay it into the new store.
    assert!(!files::beside(&path, "-journal").exists());
    let store = opened.store;
    store.count_gap("mel", &ids(&["cost"]), NOW).await.expect("the fresh store works");
    std::fs::write(folder.path().join("another.db.broken-1"), "not ours").expect("written");
    let went = store.forget(ForgetScope::User(PERSON), NOW).await.expect("forgotten");
    assert!(went.files.contains(&aside) && !aside.exists(), "{went:?}");
    assert_eq!(holding(folder.path(), PERSON), Vec::<PathBuf>::new());
    assert!(folder.path().join("another.db.broken-1").exists());
}

/// The new store detects the loss from the broken file, even if the program is killed in between.
#[tokio::test]
async fn settings_of_channels_are_lost_with_an_emptied_store() {
    let (store, folder) = fresh().await;
    store.close().await;
    let path = folder.path().join("store.db");
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(files::beside(&path, end));
    }
    std::fs::write(&path, "").expect("written");
    let store = open(&path).await;
    assert!(store.channels_lost().await.expect("it is known").is_some());
}

#[tokio::test]
async fn settings_of_channels_are_lost_with_a_broken_store() {
    let (store, folder) = fresh().await;
    let path = folder.path().join("store.db");
    assert_eq!(store.channels_lost().await.expect("it is known"), None, "a first start has lost nothing");
    store.close().await;
    std::fs::write(files::beside(&path, ".broken-2026"), "broken").expect("written");
    let store = open(&path).await;
    let lost = |confirmed: &[u64]| Some(Lost { at: NOW, confirmed: confirmed.to_vec() });
    assert_eq!(store.channels_lost().await.expect("it is known"), lost(&[]));
    store.confirm_channels(7, NOW).await.expect("noted");
    store.forget(ForgetScope::User(1), NOW).await.expect("forgotten");
    assert!(!files::beside(&path, ".broken-2026").exists());
    store.close().await;
    let store = open(&path).await;
    assert_eq!(
        store.channels_lost().await.expect("it is known"),
        lost(&[7]),
        "the loss is remembered after the file is gone"
    );
    store.drop_guild(7).await.expect("dropped");
    assert_eq!(store.channels_lost().await.expect("it is known"), lost(&[]));
    // If the program still has the settings, it writes them again.
    store.restore_channels(&[setting(10, 0, NOW)], None).await.expect("restored");
    assert_eq!(store.channels_lost().await.expect("it is known"), None);
    store.close().await;
    std::fs::write(files::beside(&path, ".broken-2026"), "broken").expect("written");
    let store = open(&path).await;
    assert_eq!(store.channels_lost().await.expect("it is known"), None, "that loss was repaired");
    assert_eq!(store.channels().await.expect("channels"), [setting(10, 0, NOW)]);
    store.forget(ForgetScope::All, NOW).await.expect("forgotten");
    assert_eq!(store.channels_lost().await.expect("it is known"), lost(&[]), "some may have been private");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (store, folder) = fresh().await;
    store.count_gap("mel", &ids(&["cost"]), NOW).await.expect("counted");
    let modes = || -> BTreeMap<String, u32> {
        let entries =
            std::fs::read_dir(folder.path()).expect("the folder").map(|entry| entry.expect("an entry"));
        entries
            .map(|entry| {
                let mode = entry.metadata().expect("a file").permissions().mode() & 0o777;
                (entry.file_name().into_string().expect("a name"), mode)
            })
            .collect()
    };
    let made = modes();
    assert_eq!(made.keys().collect::<Vec<_>>(), ["store.db", "store.db-shm", "store.db-wal"]);
    assert!(made.values().all(|mode| *mode == 0o600), "{made:?}");
    store.close().await;
    let wide = std::fs::Permissions::from_mode(0o644);
    let path = folder.path().join("store.db");
    std::fs::write(files::beside(&path, ".broken-2026"), "broken").expect("written");
    for end in ["", ".broken-2026"] {
        std::fs::set_permissions(files::beside(&path, end), wide.clone()).expect("changed");
    }
    let opened = Store::open(&path, NOW).await.expect("a store");
    assert_eq!(opened.tightened.len(), 2, "{:?}", opened.tightened);
    assert!(opened.tightened[0].to_string().contains("its mode is 0600 now"), "{}", opened.tightened[0]);
    assert!(modes().values().all(|mode| *mode == 0o600), "{:?}", modes());
}

/// The privacy policy names everything that is stored.
#[tokio::test]
async fn the_policy_names_every_table() {
    let (store, _folder) = fresh().await;
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&store.writer)
        .await
        .expect("names");
    assert!(tables.len() > 9, "{tables:?}");
    let policy = include_str!("../../../PRIVACY.md");
    for table in tables {
        assert!(policy.contains(&format!("`{table}`")), "PRIVACY.md does not name {table}");
    }
}

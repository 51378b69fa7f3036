//! Opening the store. Migrations only go forward, one connection writes, and a broken file is set aside, never
//! overwritten. Whether channel settings were lost with a broken file is decided here from the files alone, so the
//! decision survives a kill at any moment.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::error::StoreError;
use super::files::{self, Tightened};
use super::time::text;

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");
/// How long to wait for another writer.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// How many connections can read.
const READERS: u32 = 2;

/// An open store.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

/// The result of opening the store.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// Where a broken store was moved; the store is then a new one.
    pub set_aside: Option<PathBuf>,
    /// Files that other users of the machine could read before.
    pub tightened: Vec<Tightened>,
}

impl Store {
    /// Opens the store at `path`, or creates it. A broken store is first moved to `<path>.broken-<time>`; `now` is in
    /// seconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`]; the file is then unchanged.
    pub async fn open(path: &Path, now: i64) -> Result<Opened, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| not_writable(folder, &error))?;
        }
        let tightened = files::tighten(path);
        match Self::sound(path, now).await {
            Ok(store) => Ok(Opened { store, set_aside: None, tightened }),
            Err(error) if error.is_broken() => {
                let stamp = text(now).replace(':', "-");
                let aside = files::move_aside(path, &stamp).map_err(|error| not_writable(path, &error))?;
                Ok(Opened { store: Self::sound(path, now).await?, set_aside: Some(aside), tightened })
            }
            Err(error) => Err(error),
        }
    }

    /// Takes the right to write, and changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]: why nothing can be written.
    pub async fn try_to_write(&self) -> Result<(), StoreError> {
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await;
        let ended = match transaction {
            Ok(transaction) => transaction.rollback().await,
            Err(error) => Err(error),
        };
        ended.map_err(|error| StoreError::of(&self.path, &error))
    }

    /// Checks that the store at `path` is sound, without changing it. It must exist.
    ///
    /// # Errors
    /// [`StoreError`]: why [`Store::open`] could not use it.
    pub async fn check(path: &Path) -> Result<(), StoreError> {
        // Without a write-ahead log nobody has it open, and SQLite need not create companion files.
        let is_open = files::beside(path, "-wal").exists();
        let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(!is_open);
        let pool = SqlitePoolOptions::new().acquire_timeout(2 * PATIENCE).max_connections(1);
        let pool = pool.connect_lazy_with(options.busy_timeout(PATIENCE));
        let checked = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&pool).await;
        let version = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&pool).await;
        pool.close().await;
        let (checked, version): (String, i64) = checked
            .and_then(|checked| Ok((checked, version?)))
            .map_err(|error| StoreError::of(path, &error))?;
        match checked == "ok" {
            true if MIGRATIONS.version_exists(version) => Ok(()),
            true => Err(StoreError::Newer(path.to_owned())),
            false => Err(StoreError::Broken { path: path.to_owned(), what: checked }),
        }
    }

    async fn sound(path: &Path, now: i64) -> Result<Self, StoreError> {
        // SQLite treats an empty file as a new store, but a full disk or a mistake may have emptied it.
        let was_emptied = std::fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() == 0);
        files::create(path).map_err(|error| not_writable(path, &error))?;
        let store = Self::connect(path);
        match store.prepare(now, was_emptied).await {
            Ok(()) => Ok(store),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    fn connect(path: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode, a system crash could otherwise undo the last transactions; audit entries must not be lost.
            .synchronous(SqliteSynchronous::Full)
            // Deleted data, such as the keys of votes, must not stay in free pages.
            .pragma("secure_delete", "ON")
            .busy_timeout(PATIENCE);
        let pool = || SqlitePoolOptions::new().acquire_timeout(2 * PATIENCE).min_connections(0);
        Self {
            path: path.to_owned(),
            writer: pool().max_connections(1).connect_lazy_with(options.clone()),
            readers: pool().max_connections(READERS).connect_lazy_with(options.read_only(true)),
        }
    }

    async fn prepare(&self, now: i64, was_emptied: bool) -> Result<(), StoreError> {
        MIGRATIONS.run(&self.writer).await.map_err(|error| match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                self.store_error(error)
            }
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                StoreError::Newer(self.path.clone())
            }
            error => StoreError::Broken { path: self.path.clone(), what: error.to_string() },
        })?;
        let checked: String = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_one(&self.writer)
            .await
            .map_err(|error| self.store_error(error))?;
        if checked != "ok" {
            return Err(StoreError::Broken { path: self.path.clone(), what: checked });
        }
        // A store next to a broken one replaced it, so the broken one's channel settings are lost.
        let broken = files::set_aside(&self.path).map_err(|error| not_writable(&self.path, &error))?;
        if was_emptied || !broken.is_empty() {
            self.note_loss(now).await?;
        }
        Ok(())
    }

    /// Writes everything to the file and closes it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Converts an error of the SQLite library.
    pub(super) fn store_error(&self, error: sqlx::Error) -> StoreError {
        StoreError::of(&self.path, &error)
    }
}

fn not_writable(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::NotWritable { path: path.to_owned(), what: error.to_string() }
}

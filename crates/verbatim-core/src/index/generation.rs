//! The generations of a base's index on disk: which ones exist, which one is live, and how another replaces it. A
//! published generation never changes, except that its manifest records confirmed readings; publishing is one atomic
//! rename.
//!
//! ```text
//! index/<base>/CURRENT           name of the live generation
//!              LOCK              held by the writer
//!              <generation>/     see `build`
//!              .building-…/      a build in progress, or the remains of a killed one
//! ```

use std::collections::BTreeSet;
use std::fs::{File, TryLockError, rename};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::IndexError;
use super::manifest::Manifest;
use crate::fs::{self, Naming, Operation};
use crate::text::nearest::nearest;

const CURRENT: &str = "CURRENT";
const LOCK: &str = "LOCK";
/// How often a lock is tried again, and the pause in between. A process that is just being started shares the open
/// files of its parent until it runs its own program, and so can hold on to a lock that the parent has released.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);
const BUILDING: &str = ".building-";
const BROKEN: &str = ".broken-";

/// The folder that holds a base's generations.
#[derive(Debug, Clone)]
pub struct GenerationStore {
    folder: PathBuf,
}

/// Proof that this process is the only writer. Dropping it releases the lock.
#[derive(Debug)]
pub struct WriteLock {
    _file: File,
}

impl GenerationStore {
    /// Returns the generations of `base` in the index folder. Creates nothing on disk.
    pub fn new(index: &Path, base: &str) -> Self {
        Self { folder: index.join(base) }
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the folder of a generation.
    pub fn generation(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Returns the name of the live generation.
    ///
    /// # Errors
    /// [`IndexError::Missing`] if nothing was published, [`IndexError::Broken`] if the name is not valid.
    pub fn current(&self) -> Result<String, IndexError> {
        let path = self.folder.join(CURRENT);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.is_not_found() => return Err(IndexError::Missing(self.folder.clone())),
            Err(error) => return Err(error.into()),
        };
        let id = String::from_utf8_lossy(&bytes).trim().to_owned();
        let sound =
            id.len() == 13 && id.starts_with('g') && id[1..].bytes().all(|byte| byte.is_ascii_hexdigit());
        match sound && self.generation(&id).is_dir() {
            true => Ok(id),
            false => Err(IndexError::Broken { path, what: "it does not name a generation".to_owned() }),
        }
    }

    /// Returns all sound manifests of the generations, newest first.
    pub fn manifests(&self) -> Vec<Manifest> {
        let folders = self.visible();
        let mut manifests: Vec<Manifest> =
            folders.iter().filter_map(|folder| Manifest::read(folder).ok()).collect();
        manifests.sort_by(|one, other| (&other.made, &other.id).cmp(&(&one.made, &one.id)));
        manifests
    }

    /// Returns the digests of all sources that somebody has confirmed for one of the generations: see
    /// [`Manifest::confirmed`].
    pub fn confirmed(&self) -> BTreeSet<String> {
        self.visible().iter().flat_map(|folder| Manifest::confirmed(folder)).collect()
    }

    fn visible(&self) -> Vec<PathBuf> {
        let mut paths = fs::list(&self.folder).unwrap_or_default();
        paths.retain(|path| !fs::name_of(path).starts_with('.'));
        paths
    }

    /// Takes the write lock.
    ///
    /// # Errors
    /// [`IndexError::Locked`] names the process that holds it; [`IndexError::Io`] if the folder cannot be written.
    pub fn lock(&self) -> Result<WriteLock, IndexError> {
        let (path, mut file) = self.lock_file()?;
        let mut taken = file.try_lock();
        for _ in 0..TRIES {
            if !matches!(taken, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(PAUSE);
            taken = file.try_lock();
        }
        match taken {
            Ok(()) => self.locked(&path, file),
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                let read = file.read_to_string(&mut by);
                let by =
                    read.ok().filter(|_| !by.trim().is_empty()).map_or("another process".to_owned(), |_| by);
                Err(IndexError::Locked { path, by: by.trim().to_owned() })
            }
            Err(TryLockError::Error(error)) => Ok(Err(error).naming(Operation::Lock, &path)?),
        }
    }

    /// Takes the write lock, waiting until it is free.
    ///
    /// # Errors
    /// [`IndexError::Io`] if the folder cannot be written.
    pub fn lock_waiting(&self) -> Result<WriteLock, IndexError> {
        let (path, file) = self.lock_file()?;
        file.lock().naming(Operation::Lock, &path)?;
        self.locked(&path, file)
    }

    fn lock_file(&self) -> Result<(PathBuf, File), IndexError> {
        fs::create_folder(&self.folder)?;
        let path = self.folder.join(LOCK);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        Ok((path.clone(), file.naming(Operation::Write, &path)?))
    }

    fn locked(&self, path: &Path, mut file: File) -> Result<WriteLock, IndexError> {
        file.set_len(0).naming(Operation::Write, path)?;
        file.rewind().naming(Operation::Write, path)?;
        write!(file, "process {}", std::process::id()).naming(Operation::Write, path)?;
        Ok(WriteLock { _file: file })
    }

    /// Returns an empty folder to build in. Deletes the remains of killed builds first.
    ///
    /// # Errors
    /// [`IndexError::Io`].
    pub fn workplace(&self, _lock: &WriteLock) -> Result<PathBuf, IndexError> {
        self.sweep();
        let folder = self.folder.join(format!("{BUILDING}{}", std::process::id()));
        fs::create_folder(&folder)?;
        Ok(folder)
    }

    /// Deletes the remains of killed builds. Remains that cannot be deleted do no harm.
    fn sweep(&self) {
        for path in fs::list(&self.folder).unwrap_or_default() {
            let name = fs::name_of(&path);
            if name.starts_with(BUILDING) || name.starts_with(BROKEN) {
                let _ = if path.is_dir() { fs::remove_folder(&path) } else { fs::remove(&path) };
            }
        }
    }

    /// Gives a finished build its name and makes it live. If the process is killed here, the old generation stays live.
    ///
    /// # Errors
    /// [`IndexError::Io`]; the old generation stays live.
    pub fn publish(&self, built: &Path, id: &str, lock: &WriteLock) -> Result<(), IndexError> {
        let target = self.generation(id);
        if target.exists() {
            let aside = self.folder.join(format!("{BROKEN}{id}"));
            let _ = fs::remove_folder(&aside);
            rename(&target, &aside).naming(Operation::MoveAside, &target)?;
        }
        fs::sync(built)?;
        rename(built, &target).naming(Operation::Publish, &target)?;
        fs::sync(&self.folder)?;
        self.make_current(id, lock)
    }

    /// Makes a generation live.
    ///
    /// # Errors
    /// [`IndexError::Io`]; the old generation stays live.
    pub fn make_current(&self, id: &str, _lock: &WriteLock) -> Result<(), IndexError> {
        let draft = self.folder.join(format!("{BUILDING}{CURRENT}"));
        if draft.is_dir() {
            let _ = fs::remove_folder(&draft);
        }
        let current = self.folder.join(CURRENT);
        fs::write(&draft, format!("{id}\n").as_bytes())?;
        rename(&draft, &current).naming(Operation::Publish, &current)?;
        if let Err(error) = fs::sync_parent(&current) {
            // The generation is live. After a power failure the old one may be, which is just as sound.
            tracing::warn!(%error, "the new generation is live");
        }
        Ok(())
    }

    /// Deletes all generations except the live one and the `keep` newest others.
    ///
    /// # Errors
    /// [`IndexError::Io`].
    pub fn clean_up(&self, keep: usize, _lock: &WriteLock) -> Result<(), IndexError> {
        let current = self.current()?;
        let others = self.manifests().into_iter().filter(|manifest| manifest.id != current);
        for manifest in others.skip(keep) {
            // Rename first: a half-deleted generation must not look like a complete one.
            let aside = self.folder.join(format!("{BROKEN}{}", manifest.id));
            let folder = self.generation(&manifest.id);
            rename(&folder, &aside).naming(Operation::Remove, &folder)?;
        }
        self.sweep();
        Ok(())
    }

    /// Returns the generation to roll back to: the named one, or the newest that is older than the live one.
    ///
    /// # Errors
    /// [`IndexError::NoSuchGeneration`], [`IndexError::NoEarlierGeneration`].
    pub fn earlier(&self, wanted: Option<&str>) -> Result<Manifest, IndexError> {
        let manifests = self.manifests();
        let current = self.current().ok();
        let found = match wanted {
            Some(id) => manifests.iter().find(|manifest| manifest.id == id),
            None => {
                let live = manifests.iter().position(|manifest| Some(&manifest.id) == current.as_ref());
                manifests.get(live.map_or(0, |live| live + 1))
            }
        };
        found.cloned().ok_or_else(|| match wanted {
            None => IndexError::NoEarlierGeneration,
            Some(wanted) => IndexError::NoSuchGeneration {
                wanted: wanted.to_owned(),
                nearest: nearest(wanted, manifests.iter().map(|manifest| manifest.id.as_str()))
                    .map(str::to_owned),
            },
        })
    }
}

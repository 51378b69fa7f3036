//! What the running parts of the program report about themselves, for the health checks.

use std::sync::atomic::{AtomicBool, Ordering};

/// What the parts of the program report about themselves.
#[derive(Debug)]
pub struct Health {
    uses_discord: bool,
    is_connected: AtomicBool,
    is_store_writable: AtomicBool,
}

impl Health {
    /// Nothing is reported yet. Without Discord, neither the connection nor the store counts.
    pub fn new(uses_discord: bool) -> Self {
        Self { uses_discord, is_connected: AtomicBool::new(false), is_store_writable: AtomicBool::new(false) }
    }

    /// Reports whether all shards are connected to Discord's gateway.
    pub fn set_connected(&self, connected: bool) {
        self.is_connected.store(connected, Ordering::Relaxed);
    }

    /// Reports whether the store can be written.
    pub fn set_store_writable(&self, writable: bool) {
        self.is_store_writable.store(writable, Ordering::Relaxed);
    }

    /// The checks by name, and whether each passes.
    pub fn checks(&self) -> Vec<(&'static str, bool)> {
        if !self.uses_discord {
            return Vec::new();
        }
        vec![
            ("gateway", self.is_connected.load(Ordering::Relaxed)),
            ("store", self.is_store_writable.load(Ordering::Relaxed)),
        ]
    }
}

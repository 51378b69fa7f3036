#![allow(missing_docs)]
pub enum Act { Reindex, ReindexForced, Rollback, Add, AddForced, Remove, RemoveForced, Withhold, Restore, Channel, Refused }
pub enum Voting { Counted, Withdrawn, Closed }
pub struct Post { pub message: u64, pub channel: u64, pub base: String }
pub struct AuditEntry { pub at: String, pub who: u64, pub act: String, pub subject: String, pub outcome: String }
pub struct GapCount { pub concept: String, pub total: u64, pub weeks: Vec<(String, u64)> }

//! Exports all stored data, one JSON object per row. The keys of votes and the digests of forgotten people are left
//! out: with them, somebody who has the users' ids could find out who voted or was forgotten.

use sqlx::Row;

use super::error::StoreError;
use super::open::Store;

/// One query per table that returns its rows as JSON.
const TABLES: [&str; 8] = [
    "SELECT json_object('table', 'vote', 'message', CAST(message AS TEXT), 'voter', lower(hex(voter)), 'base', base,
        'generation', generation, 'helpful', json(iif(helpful, 'true', 'false')), 'week', week) AS line
     FROM vote ORDER BY message, voter",
    "SELECT json_object('table', 'audit', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'),
        'guild', CAST(guild AS TEXT), 'user', CAST(user AS TEXT), 'base', base, 'act', act, 'subject', subject,
        'outcome', outcome) AS line
     FROM audit ORDER BY id",
    "SELECT json_object('table', 'gap', 'base', base, 'concept', concept, 'week', week, 'count', count) AS line
     FROM gap ORDER BY base, week, concept",
    "SELECT json_object('table', 'post', 'message', CAST(message AS TEXT), 'channel', CAST(channel AS TEXT),
        'guild', CAST(guild AS TEXT), 'base', base, 'generation', generation,
        'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'), 'withdrawn', json(iif(withdrawn, 'true', 'false')))
        AS line
     FROM post ORDER BY message",
    "SELECT json_object('table', 'quoted', 'message', CAST(message AS TEXT), 'passage', passage) AS line
     FROM quoted ORDER BY message, passage",
    "SELECT json_object('table', 'channel', 'channel', CAST(channel AS TEXT), 'guild', CAST(guild AS TEXT),
        'base', base, 'mode', mode, 'user', CAST(user AS TEXT), 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'))
        AS line
     FROM channel ORDER BY channel",
    "SELECT json_object('table', 'channels_lost', 'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'),
        'restored', json(iif(restored, 'true', 'false'))) AS line
     FROM channels_lost",
    "SELECT json_object('table', 'channels_confirmed', 'guild', CAST(guild AS TEXT),
        'at', strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch')) AS line
     FROM channels_confirmed ORDER BY guild",
];

impl Store {
    /// All stored data, one JSON object per line. Ids are strings, because JSON numbers lack the precision for them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn export(&self) -> Result<Vec<String>, StoreError> {
        let mut lines = Vec::new();
        for table in TABLES {
            let rows =
                sqlx::query(table).fetch_all(&self.readers).await.map_err(|error| self.store_error(error))?;
            lines.extend(rows.iter().map(|row| row.get::<String, _>("line")));
        }
        Ok(lines)
    }
}

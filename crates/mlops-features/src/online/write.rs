//! The one form of a write: an event takes the place of one that is older, and of no other.

use rusqlite::Connection;

use super::OnlineError;
use super::rows::Saying;

/// Compared and written in one statement, so that neither the order of writes nor who else writes can matter.
const NEWER_WINS: &str = "
ON CONFLICT (view, entity) DO UPDATE SET
    event_time = excluded.event_time, created_time = excluded.created_time,
    features = excluded.features, checksum = excluded.checksum
WHERE (excluded.event_time, excluded.created_time, excluded.features)
    > (latest.event_time, latest.created_time, latest.features)";

/// A number by which a row is known that is not what was written: of eight bytes, one in 2^64 is missed.
pub(super) fn checksum(view: i64, entity: &[u8], saying: &Saying) -> i64 {
    let mut hasher = blake3::Hasher::new();
    for number in [
        view,
        saying.event_time,
        saying.created_time,
        entity.len() as i64,
    ] {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(entity);
    hasher.update(&saying.features);
    eight_bytes(&hasher)
}

/// The same for what a view is.
pub(super) fn checksum_of_view(name: &str, definition: &str) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(name.len() as u64).to_le_bytes());
    hasher.update(name.as_bytes());
    hasher.update(definition.as_bytes());
    eight_bytes(&hasher)
}

fn eight_bytes(hasher: &blake3::Hasher) -> i64 {
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    i64::from_le_bytes(bytes)
}

/// Does all of `work` or nothing: one immediate transaction, so that no reader turns into a writer half-way.
pub(super) fn whole<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, OnlineError>,
) -> Result<T, OnlineError> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// Writes events that are known; returns how many were newer than what was there. Within a transaction of the caller's.
pub(super) fn known<'a>(
    connection: &Connection,
    view: i64,
    rows: impl IntoIterator<Item = (&'a Vec<u8>, &'a Saying)>,
) -> Result<u64, OnlineError> {
    let mut statement = connection.prepare_cached(&format!(
        "INSERT INTO latest (view, entity, event_time, created_time, features, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6) {NEWER_WINS}"
    ))?;
    let mut changed = 0;
    for (entity, saying) in rows {
        let checksum = checksum(view, entity, saying);
        changed += statement.execute((
            view,
            entity,
            saying.event_time,
            saying.created_time,
            &saying.features,
            checksum,
        ))? as u64;
    }
    Ok(changed)
}

/// Keeps events that are still to come. Within a transaction of the caller's.
pub(super) fn pending<'a>(
    connection: &Connection,
    view: i64,
    rows: impl IntoIterator<Item = &'a (Vec<u8>, Saying)>,
) -> Result<u64, OnlineError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO pending (view, entity, event_time, created_time, features, checksum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    )?;
    let mut changed = 0;
    for (entity, saying) in rows {
        let checksum = checksum(view, entity, saying);
        changed += statement.execute((
            view,
            entity,
            saying.event_time,
            saying.created_time,
            &saying.features,
            checksum,
        ))? as u64;
    }
    Ok(changed)
}

/// What has become known since it was written moves to where all others are. Readers saw it before: this only saves them work.
pub(super) fn settle(connection: &Connection, now: i64) -> Result<(), OnlineError> {
    let mut waiting =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM pending WHERE known <= ?1)")?;
    if waiting.query_row([now], |row| row.get(0))? {
        let settle = format!(
            "INSERT INTO latest (view, entity, event_time, created_time, features, checksum)
             SELECT view, entity, event_time, created_time, features, checksum FROM pending WHERE known <= ?1 {NEWER_WINS}"
        );
        connection.prepare_cached(&settle)?.execute([now])?;
        connection
            .prepare_cached("DELETE FROM pending WHERE known <= ?1")?
            .execute([now])?;
    }
    Ok(())
}

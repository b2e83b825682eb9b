//! Connections that look are used again, but none that is still in a transaction, and not more than wait for work.

use mlops_data::DataError;

use super::{MOST_IDLE, OnlineStore};
use crate::online::OnlineError;

fn store(folder: &tempfile::TempDir) -> OnlineStore {
    OnlineStore::open(folder.path().join("online.db")).unwrap()
}

#[test]
fn a_connection_whose_transaction_did_not_end_is_not_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    store.views().unwrap();
    assert_eq!(store.idle().len(), 1);
    let failed: Result<(), OnlineError> = store.with_reader(|connection| {
        connection.execute_batch("BEGIN; SELECT * FROM view")?;
        Err(DataError::SchemaMismatch {
            problem: "the answer".to_owned(),
        }
        .into())
    });
    assert!(failed.is_err());
    assert_eq!(store.idle().len(), 0);
    store.views().unwrap();
}

#[test]
fn a_crowd_of_readers_leaves_no_crowd_of_connections() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    fn nested(store: &OnlineStore, depth: usize) -> Result<(), OnlineError> {
        store.with_reader(|_| match depth {
            0 => Ok(()),
            depth => nested(store, depth - 1),
        })
    }
    nested(&store, MOST_IDLE + 5).unwrap();
    assert_eq!(store.idle().len(), MOST_IDLE);
}

//! The online store against the join of the past: what it says now is what the join would say of all that was ever written.

#![expect(clippy::unwrap_used, reason = "a test stops at what is wrong")]

#[path = "online/agreement.rs"]
mod agreement;
#[path = "online/answers.rs"]
mod answers;
#[path = "online/kills.rs"]
mod kills;
#[path = "online/skew.rs"]
mod skew;
#[path = "online/views.rs"]
mod views;

use std::sync::Arc;

use jiff::Timestamp;
use mlops_core::FixedClock;
use mlops_data::{CsvOptions, Table};
use mlops_features::online::OnlineStore;

fn csv(text: &str) -> Table {
    Table::from_csv_str(text, &CsvOptions::new()).unwrap()
}

/// A store whose clock stands still.
struct Shop {
    folder: tempfile::TempDir,
    clock: Arc<FixedClock>,
    store: OnlineStore,
}

impl Shop {
    fn at(moment: &str) -> Self {
        let moment: Timestamp = moment.parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(moment));
        let store =
            OnlineStore::open_with_clock(folder.path().join("online.db"), clock.clone()).unwrap();
        Self {
            folder,
            clock,
            store,
        }
    }

    /// The same file, opened by somebody else.
    fn again(&self) -> OnlineStore {
        OnlineStore::open_with_clock(self.folder.path().join("online.db"), self.clock.clone())
            .unwrap()
    }
}

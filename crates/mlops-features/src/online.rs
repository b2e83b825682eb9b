//! The newest features of each entity, kept for being asked: an embedded store that agrees with the join of the past.
//!
//! What [`OnlineStore::get`] says of an entity is what [`PointInTime`](crate::point_in_time::PointInTime) would say if it were asked
//! now, of all events that were ever written: by [`push`](OnlineStore::push) or by [`materialize`](OnlineStore::materialize), once
//! or more often, in any order, by several processes at once.
//!
//! - The newest *event* wins, not the newest write. Late, repeated and reordered writes end in the same state, since each is
//!   compared with what is there within one statement.
//! - An event of the future, or one that says it becomes known in the future, is kept aside and counts from that moment on.
//! - A value that is older than its time to live is not given out; the status says so.
//! - What was written is in a database that survives being killed; a write is whole or absent, and a row that is not what was
//!   written is never given out.
//!
//! A file is known by its content: a materialisation that was stopped begins again with the file that it had not finished, and a
//! file that is in already is not read twice. Nothing is left out because of the times that stand in it, so what comes late
//! gets in.
//!
//! ```
//! use mlops_data::{CsvOptions, Table, table};
//! use mlops_features::online::{OnlineStore, Status};
//! use mlops_features::point_in_time::Events;
//!
//! let folder = tempfile::tempdir()?;
//! let store = OnlineStore::open(folder.path().join("online.db"))?;
//! let bills = Events::new("bills", ["customer"], "billed_at").values(["amount"]);
//! let csv = |text| Table::from_csv_str(text, &CsvOptions::new());
//! store.push(&bills, &csv("customer,billed_at,amount\n7,2026-03-02T00:00:00,20.5\n")?)?;
//! // It comes later and happened earlier.
//! store.push(&bills, &csv("customer,billed_at,amount\n7,2026-03-01T00:00:00,99.0\n")?)?;
//! let answer = store.get(&["bills:amount"], &table! { "customer" => [7, 8] })?;
//! assert_eq!(answer.numbers("amount"), Some(vec![Some(20.5), None]));
//! assert_eq!(answer.features[0].cells[1].status, Status::NotFound);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod connection;
mod encoding;
mod error;
mod materialize;
mod read;
mod rows;
mod served;
mod server;
mod store;
mod view;
mod write;

pub use answer::{Answer, Cell, FeatureValue, Status, ValueOf};
pub use error::OnlineError;
pub use materialize::Written;
pub use served::{FeatureSkew, ServedLog, skew};
pub use server::{FeatureServer, HttpAnswer};
pub use store::OnlineStore;
pub use view::View;

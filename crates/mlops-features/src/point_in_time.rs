//! What was known at a moment: the join of rows that ask with the events of their entities.
//!
//! An event has two times: when it happened, and when it became known here. A label of March must not be trained on a bill of
//! February that arrived in April, so a row that asks at a moment sees an event only if **both** times are at or before it.
//!
//! - The rows that ask come out as they went in: as many, in the same order, with their other columns. A row whose entity has no
//!   history, has none yet, or is null gets nulls; it is never dropped.
//! - Of the events that a row sees, the newest wins: the latest event time, of these the latest created time, of these the one
//!   whose values are greatest, compared column by column in the order in which they were declared, null the least. So the answer
//!   depends on what the events are, and never on the order in which they arrived or are stored.
//! - An event is used up to and including `ttl` after its event time, and not a microsecond longer.
//! - A window of a week at a moment holds the events of the week that ends with it: without the moment one week before, with the
//!   moment itself. Windows that follow each other share no event and miss none.
//! - Sums are exact and rounded once, so that no order of rows gives other digits.
//!
//! Times without a zone are in UTC.
//!
//! ```
//! use mlops_data::{CsvOptions, Table};
//! use mlops_features::point_in_time::{Aggregate, Events, PointInTime, days};
//!
//! let csv = |text| Table::from_csv_str(text, &CsvOptions::new());
//! let labels = csv("customer,asked_at,churned\n\
//!                   7,2026-03-01T00:00:00,0\n\
//!                   7,2026-03-10T00:00:00,1\n\
//!                   8,2026-03-10T00:00:00,0\n")?;
//! let bills = csv("customer,billed_at,arrived_at,amount\n\
//!                  7,2026-02-27T00:00:00,2026-02-27T00:00:00,20.0\n\
//!                  7,2026-02-28T00:00:00,2026-03-05T00:00:00,99.0\n")?;
//!
//! let bill = Events::new("bills", ["customer"], "billed_at")
//!     .created("arrived_at")
//!     .values(["amount"])
//!     .ttl(days(30));
//! let table = PointInTime::new("asked_at")
//!     .latest(&bill, &bills)
//!     .aggregates(&bill, &bills, [Aggregate::sum("amount", days(14))])
//!     .join(&labels)?;
//! // The bill of 28 February was not known on 1 March.
//! assert_eq!(table.numbers("amount")?, [Some(20.0), Some(99.0), None]);
//! assert_eq!(table.numbers("amount_sum_14d")?, [Some(20.0), Some(119.0), Some(0.0)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aggregate;
mod as_of;
mod candidates;
mod error;
mod event_index;
mod events;
mod join;
mod keys;
mod latest;
mod source;
mod spill;
mod spine;
mod sweep;
mod times;
mod windows;

pub use aggregate::{Aggregate, Function};
pub use error::PointInTimeError;
pub use events::{Events, days};
pub use join::PointInTime;
pub use source::EventSource;

pub(crate) use candidates::compare_values;
pub(crate) use event_index::{EventIndex, moment_of_one};
pub(crate) use join::check_time_to_live;
pub(crate) use keys::{KeyColumns, KeyKind};
pub(crate) use times::Resolution;

//! Trust, but check: kept results are made again elsewhere, and compared to the bit; a stage is shut in, and what it tries is named.
//!
//! Each run is a process of its own: the program is started once more with an [`Order`]. A fresh process has fresh hash
//! seeds, no memory of an earlier run, and can be bound to one processor, traced, and shut in, none of which can be
//! taken back. It reads the inputs from the store that is there, and writes what it makes to one that is thrown away,
//! so that nothing of a verification enters a run, an entry or a lineage.
//!
//! Why results differ is found by experiment: hash seeds, random numbers, the clock and the number of threads are held
//! still, and let go one by one.

mod allowed;
mod attempt;
mod candidate;
mod cause;
mod environment;
mod error;
mod experiment;
mod order;
mod perform;
mod rerun;
mod sandbox;
mod services;
#[cfg_attr(
    not(all(
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64")
    )),
    path = "verify/no_trace.rs"
)]
mod trace;
mod verdict;
mod verifier;
mod watch;

pub use attempt::{Attempt, Operation};
pub use candidate::{Candidate, LeftOut, Selection};
pub use cause::{Cause, CauseInCode, causes_in};
pub use error::VerifyError;
pub use experiment::Experiment;
pub use order::Order;
pub use perform::{Entered, TRACED, enter, perform};
pub use verdict::{Difference, Verdict, VerifyOutcome, Whose};
pub use verifier::{Verifier, VerifyOptions};

/// The hidden command by which a program is started to carry out an order: the command, the order's file.
pub const COMMAND: &str = "verify-exec";

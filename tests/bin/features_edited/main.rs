//! A program with features, two of which were edited.

mod definitions;
#[path = "../features/pipeline.rs"]
mod pipeline;

use mlops::prelude::*;

fn main() -> ExitCode {
    pipeline::main()
}

//! A program with features, of which only words were edited.

mod definitions;
#[path = "../features/pipeline.rs"]
mod pipeline;

use mlops::prelude::*;

fn main() -> ExitCode {
    pipeline::main()
}

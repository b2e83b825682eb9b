//! A program with features, as they are declared.

mod definitions;
mod pipeline;

use mlops::prelude::*;

fn main() -> ExitCode {
    pipeline::main()
}

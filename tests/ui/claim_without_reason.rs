//! What nobody can check is believed only with a reason.

use mlops::prelude::*;

#[stage(deterministic = false)]
fn answer() -> String {
    String::new()
}

#[stage(reason = "it asks a language model")]
fn question() -> String {
    String::new()
}

fn main() {
    let _answer = answer();
    let _question = question();
}

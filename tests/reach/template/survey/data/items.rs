/// From a file beside the sources.
fn included() -> i64 {
    included_further() + 1
}

fn included_further() -> i64 {
    50
}

//! A table that a build script makes.

include!(concat!(env!("OUT_DIR"), "/heights.rs"));

/// The highest.
pub fn highest() -> i64 {
    let highest = HEIGHTS.iter().copied().max().unwrap_or_default();
    if cfg!(steep) { highest * 100 } else { highest }
}

/// Who made the table.
pub fn maker() -> &'static str {
    env!("TABLES_MADE_BY")
}

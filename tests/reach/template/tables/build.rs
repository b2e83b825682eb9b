//! Makes a table of what `heights.txt` says.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=heights.txt");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(steep)");
    println!("cargo::rustc-env=TABLES_MADE_BY=hand{}", answers::FINGERS);
    let heights = std::fs::read_to_string("heights.txt").expect("the heights are there");
    let mut heights: Vec<&str> = heights.lines().collect();
    println!("cargo::rerun-if-env-changed=TABLES_MOUNTAIN");
    let mountain = std::env::var("TABLES_MOUNTAIN").unwrap_or_default();
    if !mountain.is_empty() {
        heights.push(&mountain);
    }
    let table = format!("pub const HEIGHTS: [i64; {}] = [{}];\n", heights.len(), heights.join(", "));
    let folder = std::env::var("OUT_DIR").expect("Cargo says where");
    std::fs::write(Path::new(&folder).join("heights.rs"), table).expect("the table can be written");
}

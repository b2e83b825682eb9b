//! Tells the crate which compiler builds it, and for which target: both are part of every key.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok());
    let Some(version) = version else {
        println!("cargo::error=the compiler does not say its version (`rustc --version` failed)");
        return;
    };
    println!("cargo::rustc-env=MLOPS_TOOLCHAIN={}", version.trim());
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=MLOPS_TARGET={target}");
}

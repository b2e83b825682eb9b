//! The book as code: each chapter is a module whose documentation is the chapter, so every block of Rust in it is a test.
//!
//! `cargo test -p book` compiles and runs the blocks and checks what mdBook does not: that each chapter on disk is listed,
//! and that each include and each link leads somewhere.

macro_rules! chapters {
    ($($path:literal => $module:ident),* $(,)?) => {
        $(
            #[doc = include_str!(concat!("src/", $path, ".md"))]
            mod $module {}
        )*

        /// The chapters, as paths below `src`.
        #[cfg(test)]
        const CHAPTERS: &[&str] = &[$($path),*];
    };
}

chapters! {
    "first-pipeline" => first_pipeline,
    "caching" => caching,
    "profiles" => profiles,
    "failures-and-resuming" => failures_and_resuming,
    "lineage" => lineage,
    "custom-stages" => custom_stages,
    "testing-your-pipeline" => testing_your_pipeline,
    "command-line" => command_line,
    "practices" => practices,
    "how/architecture" => how_architecture,
    "how/key" => how_key,
    "how/store-layout" => how_store_layout,
    "how/engine" => how_engine,
    "how/performance" => how_performance,
    "how/decisions" => how_decisions,
    "errors/index" => errors_index,
}

#[cfg(test)]
mod chapters_test;

//! The north.

pub fn normalise(text: &str) -> String {
    format!("{}-n", text.to_lowercase())
}

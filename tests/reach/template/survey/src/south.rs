//! The south.

pub fn normalise(text: &str) -> String {
    format!("{}-s", text.to_uppercase())
}

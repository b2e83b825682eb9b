//! Words and how they look.

/// Small letters, and one blank between words.
#[doc = include_str!("../README.md")]
pub fn tidy(text: &str) -> String {
    // Blanks first: there are fewer letters then.
    squeeze(text).to_lowercase()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub fn shout(text: &str) -> String {
    format!("{}!", text.to_uppercase())
}

pub fn whisper(text: &str) -> String {
    format!("{}…", text.to_lowercase())
}

/// Nobody calls it, though others have its name.
pub fn len(text: &str) -> usize {
    text.chars().count() + 1
}

/// Nobody calls it either.
pub fn new(text: &str) -> String {
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_squeezed() {
        assert_eq!(tidy(" A  b"), "a b");
    }
}

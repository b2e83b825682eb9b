//! Letters.

/// Whether a plural takes another letter.
pub fn hisses(letter: char) -> bool {
    letter == 's'
}

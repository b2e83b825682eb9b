//! Words.

/// The plural.
pub fn plural(word: &str) -> String {
    let ending = if word.ends_with(tinychars::hisses) { "es" } else { "s" };
    let plural = format!("{word}-{ending}");
    if cfg!(feature = "loud") {
        plural.to_uppercase()
    } else if cfg!(feature = "polite") {
        format!("{plural}, please")
    } else {
        plural
    }
}

//! "Did you mean": the nearest of the names that exist.

/// The candidate nearest to `name`, if one is near enough to be a slip of the pen.
///
/// ```
/// assert_eq!(mlops_core::nearest("retires", ["retries", "owner"]), Some("retries"));
/// assert_eq!(mlops_core::nearest("colour", ["retries", "owner"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()).div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

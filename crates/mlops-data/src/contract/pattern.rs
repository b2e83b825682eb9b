//! A pattern that texts match: as a table of states where that is small, so that a byte of text costs one look.

use std::sync::Arc;

use regex::Regex;
use regex_automata::dfa::{Automaton, dense};
use regex_automata::{Input, MatchKind};

/// Bytes of a table, and of the work to make it. A pattern that needs more is matched by the machine that makes states as it
/// meets them, which on short texts takes three times as long: it is shared by threads, and each text borrows it anew.
const TABLE: usize = 1 << 18;
const WORK: usize = 1 << 20;

/// A pattern.
#[derive(Clone)]
pub(super) struct Pattern {
    regex: Regex,
    table: Option<Arc<dense::DFA<Vec<u32>>>>,
}

impl Pattern {
    pub(super) fn of(regex: &Regex) -> Self {
        let limits = dense::Config::new()
            .match_kind(MatchKind::LeftmostFirst)
            .dfa_size_limit(Some(TABLE))
            .determinize_size_limit(Some(WORK));
        let table = dense::Builder::new()
            .configure(limits)
            .build(regex.as_str());
        Self {
            regex: regex.clone(),
            table: table.ok().map(Arc::new),
        }
    }

    /// Whether the text has a match.
    #[inline]
    pub(super) fn is_in(&self, text: &str) -> bool {
        let by_table = |table: &Arc<dense::DFA<Vec<u32>>>| {
            table.try_search_fwd(&Input::new(text).earliest(true)).ok()
        };
        match self.table.as_ref().and_then(by_table) {
            Some(found) => found.is_some(),
            // A word boundary among letters beyond ASCII is more than a table knows.
            None => self.regex.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Small and large, anchored and not, with empty matches, alternatives, classes beyond ASCII, and word boundaries.
    const PATTERNS: [&str; 14] = [
        r"^[a-z0-9]+@[a-z0-9]+\.[a-z]+$",
        r"ab|b+c",
        r"",
        r"^$",
        r"a*",
        r"^(?:a|é)*$",
        r"\bab\b",
        r"\w{2,3}",
        r"^\w+ \d{1,40}$",
        r"(?i)straße",
        r"[^a]",
        r"(?s)^.b.$",
        r"^\p{Greek}+$",
        r"(?-u:\b)a",
    ];

    proptest! {
        #[test]
        fn the_table_says_what_the_expression_says(text in "[ab@.cé1 ßα\n]{0,12}|.{0,8}") {
            for expression in PATTERNS {
                let regex = Regex::new(expression).unwrap();
                let pattern = Pattern::of(&regex);
                prop_assert_eq!(pattern.is_in(&text), regex.is_match(&text), "{} in {:?}", expression, text);
            }
        }
    }

    #[test]
    fn a_pattern_that_is_too_large_for_a_table_is_matched_all_the_same() {
        let large = Regex::new(r"^\w{1,60}-[a-q][^u-z]{13}x$").unwrap();
        let pattern = Pattern::of(&large);
        assert!(pattern.table.is_none());
        assert!(pattern.is_in("été-abcdefghijklmnx"));
        assert!(!pattern.is_in("été-abcdefghijklmnz"));
        assert!(Pattern::of(&Regex::new("^a+$").unwrap()).table.is_some());
    }
}

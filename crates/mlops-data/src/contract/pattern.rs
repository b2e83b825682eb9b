//! A pattern that texts match: as a table of states where that is small, so that a byte of text costs one look.

use std::sync::Arc;

use arrow_buffer::BooleanBuffer;
use regex::Regex;
use regex_automata::dfa::{Automaton, dense};
use regex_automata::util::primitives::StateID;
use regex_automata::{Input, MatchKind};

/// Bytes of a table, and of the work to make it. A pattern that needs more is matched by the machine that makes states as it
/// meets them, which on short texts takes three times as long: it is shared by threads, and each text borrows it anew.
const TABLE: usize = 1 << 18;
const WORK: usize = 1 << 20;

/// Texts that are walked side by side: each step of one waits for the step before, so others fill the time.
const LANES: usize = 4;

/// A pattern.
#[derive(Clone)]
pub(super) struct Pattern {
    regex: Regex,
    table: Option<Arc<Table>>,
}

struct Table {
    states: dense::DFA<Vec<u32>>,
    /// The state at the beginning of any text.
    start: StateID,
}

impl Table {
    fn of(states: dense::DFA<Vec<u32>>) -> Option<Self> {
        // An empty match must not lie within a letter, which takes more than a walk. A table that gives up at some bytes is none
        // that is made here: patterns that would need one, with word boundaries among letters beyond ASCII, have no table.
        let is_plain = !(states.has_empty() && states.is_utf8());
        let start = states.start_state_forward(&Input::new("")).ok()?;
        (is_plain && !states.is_special_state(start)).then_some(Self { states, start })
    }

    /// Whether the text has a match, from a state that the bytes before `from` led to.
    fn walk(&self, mut state: StateID, text: &[u8], from: usize) -> bool {
        let states = &self.states;
        let end = |state: StateID| {
            if states.is_match_state(state) {
                Some(true)
            } else {
                states.is_dead_state(state).then_some(false)
            }
        };
        if states.is_special_state(state)
            && let Some(found) = end(state)
        {
            return found;
        }
        for byte in &text[from..] {
            state = states.next_state(state, *byte);
            if states.is_special_state(state)
                && let Some(found) = end(state)
            {
                return found;
            }
        }
        end(states.next_eoi_state(state)).unwrap_or(false)
    }

    /// The same for several texts from their beginnings.
    fn walk_beside(&self, texts: [&[u8]; LANES]) -> [bool; LANES] {
        let shortest = texts.iter().map(|text| text.len()).min().unwrap_or(0);
        let heads = texts.map(|text| &text[..shortest]);
        let mut at = [self.start; LANES];
        let mut walked = 0;
        while walked < shortest && !at.iter().any(|state| self.states.is_special_state(*state)) {
            for (state, head) in at.iter_mut().zip(heads) {
                *state = self.states.next_state(*state, head[walked]);
            }
            walked += 1;
        }
        std::array::from_fn(|lane| self.walk(at[lane], texts[lane], walked))
    }
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
            table: table.ok().and_then(Table::of).map(Arc::new),
        }
    }

    /// Whether the text has a match.
    #[inline]
    pub(super) fn is_in(&self, text: &str) -> bool {
        match &self.table {
            Some(table) => table.walk(table.start, text.as_bytes(), 0),
            None => self.regex.is_match(text),
        }
    }

    /// Which of so many texts have a match.
    pub(super) fn are_in<'t>(&self, rows: usize, text: impl Fn(usize) -> &'t str) -> BooleanBuffer {
        let Some(table) = &self.table else {
            return BooleanBuffer::collect_bool(rows, |row| self.regex.is_match(text(row)));
        };
        let mut found = vec![false; rows];
        for (place, found) in found.chunks_mut(LANES).enumerate() {
            let first = place * LANES;
            let beside: [&str; LANES] = std::array::from_fn(|lane| match first + lane {
                row if row < rows => text(row),
                _ => "",
            });
            let walked = table.walk_beside(beside.map(str::as_bytes));
            for (found, walked) in found.iter_mut().zip(walked) {
                *found = walked;
            }
        }
        BooleanBuffer::from(found)
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
        fn the_table_says_what_the_expression_says(
            texts in proptest::collection::vec("[ab@.cé1 ßα\n]{0,12}|[ab]{1,4}@[ab]{1,4}\\.c|.{0,8}", 0..10),
        ) {
            for expression in PATTERNS {
                let regex = Regex::new(expression).unwrap();
                let pattern = Pattern::of(&regex);
                let all = pattern.are_in(texts.len(), |row| &texts[row]);
                for (row, text) in texts.iter().enumerate() {
                    let expected = regex.is_match(text);
                    prop_assert_eq!(pattern.is_in(text), expected, "{} in {:?}", expression, text);
                    prop_assert_eq!(all.value(row), expected, "{} in {:?}", expression, text);
                }
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

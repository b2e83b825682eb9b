//! Other numbers in the same places: whoever uses one of them computes something else.

use proc_macro2::{TokenStream, TokenTree};

/// The text with another digit in each floating-point number, except in the lines that `is_kept` names.
pub(super) fn altered(text: &str, is_kept: impl Fn(u32) -> bool) -> String {
    let mut places = Vec::new();
    find(text.parse().unwrap(), &mut places);
    let mut lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    for (line, column) in places {
        if !is_kept(u32::try_from(line).unwrap()) {
            let digit = &mut lines[line - 1][column];
            *digit = if *digit == '4' { '5' } else { '4' };
        }
    }
    let lines = lines
        .into_iter()
        .map(|line| line.into_iter().collect::<String>());
    lines.map(|line| line + "\n").collect()
}

/// The first digit after the point of each number: line and column.
fn find(tokens: TokenStream, places: &mut Vec<(usize, usize)>) {
    let mut after_point = false;
    for token in tokens {
        // `pair.0.1` is made of a point and what looks like a number.
        let is_a_field = std::mem::take(&mut after_point);
        match token {
            TokenTree::Punct(punct) => after_point = punct.as_char() == '.',
            TokenTree::Literal(_) if is_a_field => {}
            TokenTree::Group(group) => find(group.stream(), places),
            TokenTree::Literal(literal) => {
                let written = literal.to_string();
                let is_number = written.starts_with(|c: char| c.is_ascii_digit());
                let after = written
                    .find('.')
                    .filter(|_| is_number)
                    .map(|point| point + 1);
                if let Some(after) = after
                    && written[after..].starts_with(|c: char| c.is_ascii_digit())
                {
                    let start = literal.span().start();
                    places.push((start.line, start.column + after));
                }
            }
            _ => {}
        }
    }
}

#[test]
fn only_digits_after_the_point_are_others() {
    let text = "const A: f64 = 1.25e-3;\nconst B: u8 = 12;\nfn f(t: (T, u8)) { t.0.1; 2.4 }\n";
    assert_eq!(
        altered(text, |line| line == 2),
        "const A: f64 = 1.45e-3;\nconst B: u8 = 12;\nfn f(t: (T, u8)) { t.0.1; 2.5 }\n"
    );
    assert_eq!(altered(text, |_| true), text);
}

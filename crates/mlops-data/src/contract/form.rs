//! Forms that texts have: addresses, identifiers, numbers with a check digit, days and moments in a format.

use std::net::IpAddr;
use std::sync::LazyLock;

use jiff::fmt::strtime;
use regex::Regex;

use super::rule::TextForm;
use super::value::{day, moment};
use crate::profile::ColumnKind;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant, and a test uses it")
}

/// What mail servers accept is wider; this is what people have.
static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$",
    )
});
static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(https?|ftp)://[^\s/?#]+\S*$"));
static UUID: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
});
static SOCIAL_SECURITY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[0-9]{3}-?[0-9]{2}-?[0-9]{4}$"));

pub(super) fn has_form(text: &str, form: TextForm) -> bool {
    match form {
        TextForm::Email => EMAIL.is_match(text),
        TextForm::Url => URL.is_match(text),
        TextForm::Uuid => UUID.is_match(text),
        TextForm::IpAddress => text.parse::<IpAddr>().is_ok(),
        TextForm::CreditCard => is_card(text),
        TextForm::SocialSecurityNumber => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            // Numbers that are never given out.
            SOCIAL_SECURITY.is_match(text)
                && !matches!(&digits[..3], "000" | "666")
                && !digits.starts_with('9')
                && &digits[3..5] != "00"
                && &digits[5..] != "0000"
        }
    }
}

/// 12 to 19 digits, perhaps in groups, whose last one checks the others (Luhn).
fn is_card(text: &str) -> bool {
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'))
    {
        return false;
    }
    let digits: Vec<u32> = text
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    (12..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

/// Whether a text is a day or moment in a format of `strftime`, and exists.
pub(super) fn has_date_format(text: &str, format: &str) -> bool {
    strtime::parse(format, text).is_ok_and(|parsed| {
        if parsed.year().is_some() || parsed.month().is_some() || parsed.day().is_some() {
            parsed.to_date().is_ok()
        } else {
            true
        }
    })
}

/// Whether a text can be read as a value of a kind.
pub(super) fn parses_as(text: &str, kind: ColumnKind) -> bool {
    let text = text.trim();
    match kind {
        ColumnKind::Boolean => matches!(text.to_ascii_lowercase().as_str(), "true" | "false"),
        ColumnKind::Integer => text.parse::<i64>().is_ok(),
        ColumnKind::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
        ColumnKind::Date => day(text).is_some() && text.len() == 10,
        ColumnKind::Time => moment(text).is_some(),
        _ => true,
    }
}

/// A pattern of SQL's `LIKE` as a regular expression: `%` is any text, `_` any character, `\` takes the next one as it is.
pub(super) fn like(pattern: &str) -> Result<Regex, regex::Error> {
    let mut expression = String::from("(?s)^");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => expression.push_str(".*"),
            '_' => expression.push('.'),
            '\\' => expression.push_str(&regex::escape(
                &characters.next().unwrap_or('\\').to_string(),
            )),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
    }
    expression.push('$');
    Regex::new(&expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_takes_what_has_it_and_nothing_else() {
        let cases: &[(TextForm, &[&str], &[&str])] = &[
            (
                TextForm::Email,
                &["a.b+c@mail.example.org"],
                &["a@b", "a b@c.de", "@c.de", "a@-c.de"],
            ),
            (
                TextForm::Url,
                &["https://example.org/a?b=c"],
                &["example.org", "https://", "http://a b"],
            ),
            (
                TextForm::Uuid,
                &["123e4567-e89b-12d3-a456-426614174000"],
                &["123e4567e89b12d3a456426614174000", ""],
            ),
            (
                TextForm::IpAddress,
                &["127.0.0.1", "::1"],
                &["256.1.1.1", "1.2.3"],
            ),
            (
                TextForm::CreditCard,
                &["4111 1111 1111 1111"],
                &["4111 1111 1111 1112", "0", "x"],
            ),
            (
                TextForm::SocialSecurityNumber,
                &["078-05-1120"],
                &["000-12-3456", "666-12-3456", "ü12-34-5678", "1"],
            ),
        ];
        for (form, good, bad) in cases {
            good.iter()
                .for_each(|text| assert!(has_form(text, *form), "{text}"));
            bad.iter()
                .for_each(|text| assert!(!has_form(text, *form), "{text}"));
        }
    }

    #[test]
    fn a_date_in_another_format_or_that_does_not_exist_is_none() {
        assert!(has_date_format("03.02.2024", "%d.%m.%Y"));
        assert!(has_date_format("2024-02-29 23:59", "%Y-%m-%d %H:%M"));
        assert!(!has_date_format("2024-02-03", "%d.%m.%Y"));
        assert!(!has_date_format("30.02.2024", "%d.%m.%Y"));
        assert!(!has_date_format("03.02.2024 ", "%d.%m.%Y"));
        assert!(
            parses_as("2024-02-29", ColumnKind::Date) && !parses_as("2023-02-29", ColumnKind::Date)
        );
        assert!(
            !parses_as("1e999", ColumnKind::Number)
                && !parses_as("9223372036854775808", ColumnKind::Integer)
        );
    }

    #[test]
    fn like_is_as_in_sql() {
        assert!(like("A%_z").unwrap().is_match("A.*\nbz"));
        assert!(!like("A%_z").unwrap().is_match("Az"));
        assert!(
            like(r"100\%").unwrap().is_match("100%") && !like(r"100\%").unwrap().is_match("1000")
        );
        assert!(!like("a.c").unwrap().is_match("abc"));
    }
}

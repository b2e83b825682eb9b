//! Text in pictures: how wide it will be, how to shorten it, and which characters a file may not hold.

/// At most `limit` characters, cut in the middle: the beginning and the end, where `train[3]` has its number, both tell.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    let length = text.chars().count();
    if length <= limit {
        return text.to_owned();
    }
    let tail = (limit - 1) / 2;
    let head = limit - 1 - tail;
    text.chars()
        .take(head)
        .chain(std::iter::once('…'))
        .chain(text.chars().skip(length - tail))
        .collect()
}

/// The width of a text, estimated by its characters and rather too wide than too narrow: no font is at hand to ask.
pub(super) fn width(text: &str, font_size: f64, monospace: bool) -> f64 {
    let characters: f64 = text
        .chars()
        .map(|character| match character {
            // East Asian characters and emoji fill a square.
            '\u{1100}'.. if !matches!(character, '\u{2000}'..='\u{206f}') => 1.1,
            // The widest of the usual monospace fonts (DejaVu, Menlo) advance by 0.602.
            _ if monospace => 0.61,
            'f' | 'i' | 'j' | 'l' | 't' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' '
            | '(' | ')' | '[' | ']' | '/' => 0.42,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.0,
            'A'..='Z' => 0.78,
            _ => 0.65,
        })
        .sum();
    characters * font_size
}

/// The text without what neither XML nor a line of DOT can hold: control characters and non-characters become `�`.
pub(super) fn printable(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().map(|character| match character {
        '\n' | '\t' => character,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ if character.is_control() => '\u{fffd}',
        _ => character,
    })
}

/// Escapes text for XML, in element content and in attributes alike.
pub(super) fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text) {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

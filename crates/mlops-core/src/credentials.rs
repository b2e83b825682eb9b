//! Secrets in addresses: found in any text, and taken out before anybody sees it.

/// What stands in place of a secret.
pub const HIDDEN: &str = "***";

/// Names of query parameters whose values are secrets wherever they stand in the name.
const TELLING: [&str; 8] = [
    "token",
    "secret",
    "passw",
    "pwd",
    "signature",
    "credential",
    "session",
    "authorization",
];

/// The same, where they are the whole name.
const SECRET_NAMES: [&str; 6] = ["sig", "auth", "code", "pass", "jwt", "sid"];

/// The text without the secrets in its addresses: user and password before a host, and the values of query parameters whose
/// names tell that they are secret.
///
/// Rather one value too many is hidden than one too few; a secret in a path cannot be told from a path.
///
/// ```
/// use mlops_core::without_credentials;
/// assert_eq!(
///     without_credentials("https://ada:pw@example.org/a?day=1&api_key=k#x"),
///     "https://***@example.org/a?day=1&api_key=***#x",
/// );
/// ```
pub fn without_credentials(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + "://".len());
        shown.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || "\"'`<>".contains(c))
            .unwrap_or(after.len());
        let (address, remainder) = after.split_at(end);
        hide(address, &mut shown);
        rest = remainder;
    }
    shown.push_str(rest);
    shown
}

/// Appends an address, without its scheme, with its secrets hidden.
fn hide(address: &str, shown: &mut String) {
    let host_end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let mut rest = address;
    let user_end = match address[..host_end].rfind('@') {
        Some(end) => Some(end),
        // A password with a slash in it, which nobody wrote as `%2F`: what looks like the port is none.
        None if !has_port_or_none(&address[..host_end]) => address.rfind('@'),
        None => None,
    };
    if let Some(end) = user_end {
        push_hidden(&address[..end], shown);
        rest = &address[end..];
    }
    let Some((place, query)) = rest.split_once('?') else {
        shown.push_str(rest);
        return;
    };
    shown.push_str(place);
    let (query, fragment) = match query.split_once('#') {
        Some((query, fragment)) => (query, Some(fragment)),
        None => (query, None),
    };
    let mut sign = '?';
    for part in query.split('&') {
        shown.push(sign);
        sign = '&';
        match part.split_once('=') {
            Some((name, value)) if is_secret(name) => {
                shown.push_str(name);
                shown.push('=');
                push_hidden(value, shown);
            }
            _ => shown.push_str(part),
        }
    }
    if let Some(fragment) = fragment {
        shown.push('#');
        shown.push_str(fragment);
    }
}

/// What was hidden before stays as it is: a number behind the sign tells one secret from another.
fn push_hidden(secret: &str, shown: &mut String) {
    let is_hidden = secret
        .strip_prefix(HIDDEN)
        .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    shown.push_str(if is_hidden { secret } else { HIDDEN });
}

fn has_port_or_none(host: &str) -> bool {
    match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((_, port)) => port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit()),
        None => true,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TELLING.iter().any(|telling| name.contains(telling))
        || SECRET_NAMES.contains(&name.as_str())
        || name.ends_with("key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_stays() {
        for (text, shown) in [
            ("", ""),
            ("no address at all: a@b", "no address at all: a@b"),
            ("https://a.org", "https://a.org"),
            ("https://a.org/@ada?q=b@c", "https://a.org/@ada?q=b@c"),
            ("https://[::1]:80/@x", "https://[::1]:80/@x"),
            ("https://t0ken@a.org/x", "https://***@a.org/x"),
            ("http://u:p@w@a.org?x=1", "http://***@a.org?x=1"),
            ("http://u:p/w@a.org/x", "http://***@a.org/x"),
            ("http://***2@a.org/x", "http://***2@a.org/x"),
            (
                "https://a.org/x?X-Amz-Signature=ab&X-Amz-Date=1&sig=2&design=3&Subscription-Key=4",
                "https://a.org/x?X-Amz-Signature=***&X-Amz-Date=1&sig=***&design=3&Subscription-Key=***",
            ),
            (
                r#"{ url = "https://u:p@a.org", b = "https://v:q@b.org/?token=1" }, c"#,
                r#"{ url = "https://***@a.org", b = "https://***@b.org/?token=***" }, c"#,
            ),
        ] {
            assert_eq!(without_credentials(text), shown);
            assert_eq!(without_credentials(shown), shown, "hidden once is enough");
        }
    }
}

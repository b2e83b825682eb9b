//! Prints an expansion when `MLOPS_DEBUG_MACRO` asks for it.

use std::env;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Prints `expansion` to standard error if the environment asks for `name`, or for everything (`1`).
pub(crate) fn dump(name: &str, expansion: &TokenStream) {
    let Ok(wanted) = env::var("MLOPS_DEBUG_MACRO") else {
        return;
    };
    if wanted == "1" || wanted == name {
        let mut text = String::new();
        print(expansion.clone(), 0, &mut text);
        #[expect(clippy::print_stderr, reason = "this is what the variable asks for")]
        {
            eprintln!("// expansion of `{name}`\n{}", text.trim_end());
        }
    }
}

/// Runs `work`; says how long it took if the environment asks for `time`.
pub(crate) fn timed<R>(name: &str, work: impl FnOnce() -> R) -> R {
    if env::var("MLOPS_DEBUG_MACRO").as_deref() != Ok("time") {
        return work();
    }
    let begun = std::time::Instant::now();
    let result = work();
    #[expect(clippy::print_stderr, reason = "this is what the variable asks for")]
    {
        eprintln!("mlops: `{name}` took {} us", begun.elapsed().as_micros());
    }
    result
}

/// A line for each statement and brace: not pretty, but readable, and it needs no formatter.
fn print(tokens: TokenStream, depth: usize, text: &mut String) {
    let indent = "    ".repeat(depth);
    let mut at_line_start = true;
    let mut glued = true;
    for token in tokens {
        if at_line_start {
            text.push_str(&indent);
        } else if !glued
            && !matches!(&token, TokenTree::Punct(punct) if ",;:.?".contains(punct.as_char()))
        {
            text.push(' ');
        }
        at_line_start = false;
        glued = false;
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                text.push_str("{\n");
                print(group.stream(), depth + 1, text);
                if !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(&indent);
                text.push_str("}\n");
                at_line_start = true;
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                glued = punct.spacing() == Spacing::Joint || "&#.:'".contains(punct.as_char());
                if punct.as_char() == ';' {
                    text.push('\n');
                    at_line_start = true;
                }
            }
            other => text.push_str(&other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::print;

    #[test]
    fn statements_and_braces_have_lines_of_their_own() {
        let mut text = String::new();
        print(
            quote!(
                fn f(a: &A) -> B {
                    let b = a;
                    b
                }
            ),
            0,
            &mut text,
        );
        assert_eq!(text, "fn f (a : & A) -> B {\n    let b = a;\n    b\n}\n");
    }
}

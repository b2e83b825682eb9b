//! A command that did not end well, as the compiler would show it: title, place, causes, next step.

use std::io::Write;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::cli::tell;
use crate::failure::Failure;

/// Shows the failure on standard error; with `--json` as an object on standard output, too.
pub(crate) fn failure(failure: &Failure, json: bool) {
    // Nobody is left to tell if this fails.
    let _ = writeln!(anstream::stderr().lock(), "{}", rendered(failure));
    if json {
        let _ = tell::json_line(&serde_json::json!({
            "event": "error",
            "code": failure.code,
            "message": failure.message,
            "causes": failure.causes,
            "help": failure.help,
        }));
    }
}

fn rendered(failure: &Failure) -> String {
    let title = Level::ERROR
        .primary_title(failure.message.as_str())
        .id(failure.code);
    let mut group = match &failure.place {
        Some(place) => title.element(
            Snippet::source(place.text.as_str())
                .path(place.file.as_str())
                .annotation(AnnotationKind::Primary.span(place.span.clone())),
        ),
        None => Group::with_title(title),
    };
    for cause in &failure.causes {
        group = group.element(Level::NOTE.message(cause.as_str()));
    }
    if let Some(help) = &failure.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled()
        .decor_style(DecorStyle::Ascii)
        .render(&[group])
}

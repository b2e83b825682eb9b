//! The graph for Markdown: what GitHub, GitLab and most wikis draw from a `mermaid` block.
//!
//! Mermaid knows no tooltips without links, so parameters are not in it.

use std::fmt::Write;

use super::picture::{End, Picture};
use super::text::printable;
use crate::plan::Decision;

pub(super) fn write(picture: &Picture<'_>) -> String {
    let mut mermaid = String::from("flowchart TD\n");
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a text cannot fail.
        let _ = writeln!(mermaid, "  {text}");
    };
    for (index, source) in picture.sources.iter().enumerate() {
        line(format_args!(
            "{}[/\"{}\"/]:::source",
            End::Source(index).id(),
            escaped(&source.label())
        ));
    }
    let mut used = Vec::new();
    for (index, stage) in picture.stages.iter().enumerate() {
        let label: Vec<String> = stage.lines().iter().map(|line| escaped(line)).collect();
        let label = label.join("<br/>");
        let (open, close) = match (stage.decision(), stage.outputs.is_empty()) {
            (Some(Decision::Blocked), _) => ("{{", "}}"),
            (_, false) => ("[[", "]]"),
            (_, true) => ("(", ")"),
        };
        let class = stage.decision().map_or_else(String::new, |decision| {
            if !used.contains(&decision) {
                used.push(decision);
            }
            format!(":::{}", decision.as_str())
        });
        line(format_args!(
            "{}{open}\"{label}\"{close}{class}",
            End::Stage(index).id()
        ));
    }
    for edge in &picture.edges {
        let arrow = if edge.condition { "-.->" } else { "-->" };
        let label = edge
            .label()
            .map_or_else(String::new, |label| format!("|\"{}\"|", escaped(&label)));
        line(format_args!(
            "{} {arrow}{label} {}",
            edge.from.id(),
            End::Stage(edge.to).id()
        ));
    }
    if !picture.sources.is_empty() {
        line(format_args!(
            "classDef source fill:#f3f4f6,stroke:#6b7280,color:#1f2430"
        ));
    }
    for decision in used {
        line(format_args!(
            "classDef {} {}",
            decision.as_str(),
            look(decision)
        ));
    }
    mermaid
}

/// The colours are those of the SVG; the line's style tells as well, for those who do not see the colour.
fn look(decision: Decision) -> &'static str {
    match decision {
        Decision::Reuse => "fill:#e3f4e8,stroke:#1a7f37,color:#1f2430",
        Decision::Run => "fill:#dfecfd,stroke:#0b5cd5,color:#1f2430,stroke-width:3px",
        Decision::Depends => "fill:#fdf0cf,stroke:#8f5b00,color:#1f2430,stroke-dasharray:6 4",
        Decision::Blocked => "fill:#fde3e1,stroke:#c1271d,color:#1f2430,stroke-width:3px",
        Decision::Skip => "fill:#f0f1f3,stroke:#6b7280,color:#1f2430,stroke-dasharray:2 3",
    }
}

/// Mermaid has no escapes but numbered entities, and reads HTML and Markdown in labels: so everything that could mean
/// something to it is numbered. Brackets may stay, as labels are quoted; the names stay readable in the source.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text) {
        match character {
            '"' | '#' | '&' | '<' | '>' | '\\' | '`' | '*' | ';' | '%' | '{' | '}' | '$' => {
                escaped.push_str(&format!("#{};", u32::from(character)));
            }
            '\n' | '\t' => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

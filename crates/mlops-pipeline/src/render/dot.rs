//! The graph for Graphviz.

use std::fmt::Write;

use super::picture::{End, Picture};
use super::text::printable;
use crate::plan::Decision;

pub(super) fn write(picture: &Picture<'_>) -> String {
    let mut dot = String::from("digraph pipeline {\n");
    let heading = quoted(&picture.heading());
    let mut line = |text: std::fmt::Arguments<'_>| {
        // Writing to a text cannot fail.
        let _ = writeln!(dot, "{text}");
    };
    line(format_args!(
        "  graph [rankdir=TB, tooltip={heading}, fontname=\"Helvetica\"];"
    ));
    line(format_args!(
        "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", fontname=\"Helvetica\", fontsize=12];"
    ));
    line(format_args!(
        "  edge [fontname=\"Helvetica\", fontsize=10];"
    ));
    for (index, source) in picture.sources.iter().enumerate() {
        line(format_args!(
            "  {} [label={}, tooltip={}, shape=note, style=filled, fillcolor=\"#f3f4f6\", fontsize=10, height=0.3];",
            End::Source(index).id(),
            quoted(&source.label()),
            quoted(&source.tooltip()),
        ));
    }
    for (index, stage) in picture.stages.iter().enumerate() {
        let mut attributes = stage.decision().map_or("", look).to_owned();
        if !stage.outputs.is_empty() {
            attributes.push_str(", peripheries=2");
        }
        line(format_args!(
            "  {} [label={}, tooltip={}{attributes}];",
            End::Stage(index).id(),
            quoted(&stage.lines().join("\n")),
            quoted(&stage.tooltip()),
        ));
    }
    for edge in &picture.edges {
        let mut attributes = Vec::new();
        if edge.condition {
            attributes.push("style=dashed".to_owned());
        }
        if let Some(label) = edge.label() {
            attributes.push(format!("label={}", quoted(&label)));
        }
        let attributes = if attributes.is_empty() {
            String::new()
        } else {
            format!(" [{}]", attributes.join(", "))
        };
        line(format_args!(
            "  {} -> {}{attributes};",
            edge.from.id(),
            End::Stage(edge.to).id(),
        ));
    }
    dot.push_str("}\n");
    dot
}

/// The colours are those of the SVG; the line's style tells as well, for those who do not see the colour.
fn look(decision: Decision) -> &'static str {
    match decision {
        Decision::Reuse => ", fillcolor=\"#e3f4e8\", color=\"#1a7f37\"",
        Decision::Run => ", fillcolor=\"#dfecfd\", color=\"#0b5cd5\", penwidth=2",
        Decision::Depends => {
            ", fillcolor=\"#fdf0cf\", color=\"#8f5b00\", style=\"rounded,filled,dashed\""
        }
        Decision::Blocked => {
            ", fillcolor=\"#fde3e1\", color=\"#c1271d\", shape=octagon, style=filled"
        }
        Decision::Skip => {
            ", fillcolor=\"#f0f1f3\", color=\"#6b7280\", style=\"rounded,filled,dotted\""
        }
    }
}

/// A quoted text. A backslash would begin an escape such as `\N`, and an ampersand an entity; Graphviz reads both in labels.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in printable(text) {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '&' => quoted.push_str("&amp;"),
            '<' => quoted.push_str("&lt;"),
            '>' => quoted.push_str("&gt;"),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

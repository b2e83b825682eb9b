//! Pictures of a pipeline's graph: DOT, Mermaid, JSON and SVG, each a pure function of the graph and its plan.
//!
//! All four are made from one [`Picture`](picture::Picture), which settles what is a node, what an edge, and in which words;
//! a format only writes it down. The same graph and plan give the same bytes, so that a picture can be committed and compared.

mod dot;
mod json;
mod layout;
mod mermaid;
mod picture;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::str::FromStr;

use crate::graph::Graph;
use crate::plan::Plan;

/// The formats in which a graph can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphFormat {
    /// For Graphviz.
    Dot,
    /// For Markdown: GitHub and GitLab draw it.
    Mermaid,
    /// For browsers, reports and printers; needs no other program.
    Svg,
    /// For programs.
    Json,
}

impl GraphFormat {
    /// All formats, in the order in which the command line lists them.
    pub const ALL: [Self; 4] = [Self::Dot, Self::Mermaid, Self::Svg, Self::Json];

    /// The name as it is written on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::Svg => "svg",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for GraphFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for GraphFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| {
                format!("`{text}` is no graph format: expected dot, mermaid, svg or json")
            })
    }
}

/// Draws a graph; with a plan, what is to be done about each stage, in colour and in words.
///
/// Sources are small nodes of their own. Parameters are listed in a stage's tooltip, and in full in the JSON. A dashed edge
/// `when` leads from a flag to where its condition begins: what rests on a skipped stage is skipped with it.
pub fn render(graph: &Graph, plan: Option<&Plan>, format: GraphFormat) -> String {
    let picture = picture::Picture::new(graph, plan);
    match format {
        GraphFormat::Dot => dot::write(&picture),
        GraphFormat::Mermaid => mermaid::write(&picture),
        GraphFormat::Svg => svg::write(&picture),
        GraphFormat::Json => json::write(&picture),
    }
}

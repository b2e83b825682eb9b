//! The graph as SVG, without another program: classes and a small style for light and dark, a `<title>` for each node.
//!
//! All class names begin with `mlops-`, as a style inside a page holds for the whole page. Text takes its colour from
//! `currentColor`, so that a page may choose; nothing is told by colour alone.

use std::fmt::Write;

use super::layout::{Layout, Link, Rect, Route, Size, lay_out};
use super::picture::{End, Picture, PictureEdge, SourceNode, StageNode};
use super::text::{shorten, width, xml};

const STYLE: &str = include_str!("graph.css");

const NAME_SIZE: f64 = 13.0;
const SMALL_SIZE: f64 = 11.0;
const LINE: f64 = 16.0;
const PADDING: f64 = 14.0;
/// The longest label at an edge, in characters.
const LONGEST_LABEL: usize = 28;

pub(super) fn write(picture: &Picture<'_>) -> String {
    let layout = lay_out(&sizes(picture), &links(picture));
    let mut svg = String::new();
    // Writing to a text cannot fail; the result is dropped once, here.
    let _ = document(picture, &layout, &mut svg);
    svg
}

fn document(picture: &Picture<'_>, layout: &Layout, svg: &mut String) -> std::fmt::Result {
    let (width, height) = (layout.width, layout.height);
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"mlops-graph\" role=\"graphics-document\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
    )?;
    writeln!(svg, "<title>{}</title>", xml(&picture.heading()))?;
    writeln!(svg, "<desc>{}</desc>", xml(&picture.summary()))?;
    writeln!(svg, "<style>\n{}</style>", STYLE)?;
    // Lines first: whatever happens, boxes stand above them.
    for (edge, route) in picture.edges.iter().zip(&layout.routes) {
        write_edge(svg, edge, route)?;
    }
    let mut boxes = layout.boxes.iter();
    for (source, place) in picture.sources.iter().zip(&mut boxes) {
        write_source(svg, source, place)?;
    }
    for (stage, place) in picture.stages.iter().zip(&mut boxes) {
        write_stage(svg, stage, place)?;
    }
    svg.push_str("</svg>\n");
    Ok(())
}

/// The sizes of all boxes: sources, then stages.
fn sizes(picture: &Picture<'_>) -> Vec<Size> {
    let sources = picture.sources.iter().map(|source| Size {
        width: even(width(&source.label(), SMALL_SIZE, false) + 2.0 * PADDING),
        height: 26.0,
    });
    let stages = picture.stages.iter().map(|stage| {
        let lines = stage.lines();
        let widest = lines
            .iter()
            .enumerate()
            .map(|(number, line)| match number {
                0 => width(line, NAME_SIZE, true),
                _ => width(line, SMALL_SIZE, false),
            })
            .fold(72.0, f64::max);
        Size {
            width: even(widest + 2.0 * PADDING + 4.0),
            height: 18.0 + LINE * lines.len() as f64,
        }
    });
    sources.chain(stages).collect()
}

/// Whole and even, so that the centre of a box is a whole number too.
fn even(length: f64) -> f64 {
    (length / 2.0).ceil() * 2.0
}

fn links(picture: &Picture<'_>) -> Vec<Link> {
    let sources = picture.sources.len();
    let links = picture.edges.iter().map(|edge| Link {
        from: match edge.from {
            End::Source(index) => index,
            End::Stage(index) => sources + index,
        },
        to: sources + edge.to,
        label: label(edge).map(|label| Size {
            width: even(width(&label, SMALL_SIZE, false) + 4.0),
            height: 14.0,
        }),
    });
    links.collect()
}

fn label(edge: &PictureEdge) -> Option<String> {
    edge.label().map(|label| shorten(&label, LONGEST_LABEL))
}

fn write_edge(svg: &mut String, edge: &PictureEdge, route: &Route) -> std::fmt::Result {
    let class = if edge.condition {
        "mlops-edge mlops-when"
    } else {
        "mlops-edge"
    };
    write!(svg, "<path class=\"{class}\" d=\"")?;
    let mut end = (0.0, 0.0);
    for stroke in &route.strokes {
        for (number, &(x, y)) in stroke.iter().enumerate() {
            if number == 0 {
                write!(svg, "M{x} {y}")?;
            } else if x == end.0 {
                write!(svg, "V{y}")?;
            } else {
                let middle = (end.1 + y) / 2.0;
                write!(svg, "C{} {middle} {x} {middle} {x} {y}", end.0)?;
            }
            end = (x, y);
        }
    }
    // A head of its own rather than a marker: markers need an id, which would be used twice in a page with two graphs.
    writeln!(
        svg,
        "\"/><path class=\"mlops-head\" d=\"M{} {}l-4 -8h8z\"/>",
        end.0, end.1
    )?;
    if let (Some(label), Some(place)) = (label(edge), &route.label) {
        let class = "mlops-small";
        write_text(svg, &label, class, (place, place.y + 11.0, place.width))?;
    }
    Ok(())
}

fn write_source(svg: &mut String, source: &SourceNode, place: &Rect) -> std::fmt::Result {
    let tooltip = xml(&source.tooltip());
    writeln!(
        svg,
        "<g class=\"mlops-source\" role=\"img\"><title>{tooltip}</title>"
    )?;
    let fold = 8.0;
    // A sheet of paper with a dog-ear.
    writeln!(
        svg,
        "<path class=\"mlops-box\" d=\"M{} {}h{}l{fold} {fold}v{}h-{}z\"/>",
        place.x,
        place.y,
        place.width - fold,
        place.height - fold,
        place.width,
    )?;
    let room = place.width - PADDING;
    let class = "mlops-small";
    write_text(svg, &source.label(), class, (place, place.y + 17.0, room))?;
    writeln!(svg, "</g>")
}

fn write_stage(svg: &mut String, stage: &StageNode<'_>, place: &Rect) -> std::fmt::Result {
    let mut class = "mlops-stage".to_owned();
    if let Some(decision) = stage.decision() {
        write!(class, " mlops-{}", decision.as_str())?;
    }
    let tooltip = xml(&stage.tooltip());
    writeln!(
        svg,
        "<g class=\"{class}\" role=\"img\"><title>{tooltip}</title>"
    )?;
    let Rect {
        x,
        y,
        width,
        height,
    } = *place;
    writeln!(
        svg,
        "<rect class=\"mlops-box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"7\"/>"
    )?;
    if !stage.outputs.is_empty() {
        let (x, y, width, height) = (x + 3.5, y + 3.5, width - 7.0, height - 7.0);
        writeln!(
            svg,
            "<rect class=\"mlops-output\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>"
        )?;
    }
    for (number, line) in stage.lines().iter().enumerate() {
        let class = if number == 0 {
            "mlops-name"
        } else {
            "mlops-small"
        };
        let baseline = y + 20.0 + LINE * number as f64;
        write_text(svg, line, class, (place, baseline, width - PADDING))?;
    }
    writeln!(svg, "</g>")
}

/// A text in the middle of a place. What is not ASCII may come from any font, so its width is forced to the estimate.
fn write_text(
    svg: &mut String,
    text: &str,
    class: &str,
    (place, baseline, room): (&Rect, f64, f64),
) -> std::fmt::Result {
    let size = if class == "mlops-name" {
        NAME_SIZE
    } else {
        SMALL_SIZE
    };
    let estimate = width(text, size, class == "mlops-name").min(room).floor();
    let unusual = text
        .chars()
        .any(|character| !character.is_ascii() && !"·…".contains(character));
    let fit = if unusual {
        format!(" textLength=\"{estimate}\" lengthAdjust=\"spacingAndGlyphs\"")
    } else {
        String::new()
    };
    writeln!(
        svg,
        "<text class=\"{class}\" x=\"{}\" y=\"{baseline}\"{fit}>{}</text>",
        place.centre(),
        xml(text),
    )
}

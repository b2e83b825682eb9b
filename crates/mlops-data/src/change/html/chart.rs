//! Two distributions as a drawing: hollow bars for the reference, solid ones for the current table.

use std::fmt::Write;

use super::escaped;
use crate::change::Picture;
use crate::change::picture::percent;

/// In units of the drawing, which is as wide as its card.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 110.0;
const ROW: f64 = 36.0;
/// More bins than this are a histogram; fewer have a line of text each.
const MOST_ROWS: usize = 13;
/// So many characters of a name fit beside two percentages.
const LONGEST_NAME: usize = 26;

/// The picture as an SVG element.
pub(super) fn drawn(picture: &Picture, column: &str) -> String {
    if picture.ordered && picture.labels.len() > MOST_ROWS {
        histogram(picture, column)
    } else {
        rows(picture, column)
    }
}

fn open(height: f64, column: &str) -> String {
    let name = escaped(column);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{name}: reference beside current\">\n"
    )
}

fn bar(class: &str, x: f64, y: f64, width: f64, height: f64) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
    )
}

fn histogram(picture: &Picture, column: &str) -> String {
    let mut svg = open(HEIGHT + 18.0, column);
    let most = picture
        .shares
        .iter()
        .flatten()
        .fold(1e-9_f64, |most, share| most.max(*share));
    let step = WIDTH / picture.labels.len() as f64;
    for (place, (label, shares)) in picture.labels.iter().zip(&picture.shares).enumerate() {
        let [before, after] = shares.map(percent);
        let label = escaped(label);
        let _ = write!(
            svg,
            "<g><title>{label}: reference {before}, current {after}</title>"
        );
        for (side, (class, share)) in ["was", "is"].into_iter().zip(shares).enumerate() {
            let height = share / most * (HEIGHT - 6.0);
            let x = (place as f64 + 0.08 + 0.43 * side as f64) * step;
            svg += &bar(class, x, HEIGHT - height, 0.38 * step, height);
        }
        svg += "</g>\n";
    }
    let _ = writeln!(
        svg,
        "<line class=\"axis\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{HEIGHT}\" y2=\"{HEIGHT}\"/>"
    );
    let ends = [
        (0.0, "start", picture.labels.first()),
        (WIDTH, "end", picture.labels.last()),
    ];
    for (x, anchor, label) in ends {
        let label = escaped(label.map_or("", String::as_str));
        let y = HEIGHT + 14.0;
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{label}</text>"
        );
    }
    svg + "</svg>\n"
}

fn rows(picture: &Picture, column: &str) -> String {
    let mut svg = open(ROW * picture.labels.len() as f64, column);
    let most = picture
        .shares
        .iter()
        .flatten()
        .fold(1e-9_f64, |most, share| most.max(*share));
    for (place, (label, shares)) in picture.labels.iter().zip(&picture.shares).enumerate() {
        let y = place as f64 * ROW;
        let [before, after] = shares.map(percent);
        let name = shortened(label);
        let full = escaped(label);
        let _ = write!(
            svg,
            "<g><title>{full}: reference {before}, current {after}</title><text x=\"0\" y=\"{:.1}\">{}</text>\
             <text x=\"{WIDTH}\" y=\"{:.1}\" text-anchor=\"end\">{before} → {after}</text>",
            y + 11.0,
            escaped(&name),
            y + 11.0,
        );
        for (side, (class, share)) in ["was", "is"].into_iter().zip(shares).enumerate() {
            let top = y + 15.0 + 8.0 * side as f64;
            svg += &bar(class, 0.5, top, share / most * (WIDTH - 1.0), 6.0);
        }
        svg += "</g>\n";
    }
    svg + "</svg>\n"
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LONGEST_NAME {
        return label.to_owned();
    }
    let start: String = label.chars().take(LONGEST_NAME - 1).collect();
    start + "…"
}

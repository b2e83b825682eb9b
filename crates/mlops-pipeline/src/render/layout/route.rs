//! The vertical places, and the lines: from port to port, through the bends, around the labels.

use super::place::{MARGIN, NARROW_GAP, settle};
use super::{ItemKind, Layered, Layout, Link, Rect, Route};

/// The least height between two layers.
const GAP: f64 = 34.0;
/// The height between a layer and the labels above it, or below.
const LABEL_GAP: f64 = 20.0;
/// The greatest height that is added where lines lead far to the side.
const STEEPEST: f64 = 70.0;
/// The distance between ports.
const PORT_GAP: f64 = 14.0;
/// The distance of ports from a box's corners.
const CORNER: f64 = 14.0;
/// The upright end of a line, so that its head points the way it goes.
const HEAD: f64 = 9.0;
/// A step to the side that is smaller than this looks like a mistake; it is taken out where there is room.
const STEP: f64 = 14.0;

/// The upper and lower edge of a layer.
type Band = (f64, f64);

/// Finishes the layout.
pub(super) fn route(graph: &Layered, links: &[Link], centres: &[f64], nodes: usize) -> Layout {
    let bands = bands(graph, centres);
    let mut rects: Vec<Rect> = graph
        .items
        .iter()
        .zip(centres)
        .map(|(item, centre)| {
            let (top, bottom) = bands[item.layer];
            Rect {
                x: centre - item.size.width / 2.0,
                y: ((top + bottom - item.size.height) / 2.0).round(),
                width: item.size.width,
                height: item.size.height,
            }
        })
        .collect();
    let starts = ports(graph, links, &rects, true);
    straighten(graph, &starts, &mut rects);
    let ends = ports(graph, links, &rects, false);
    let routes: Vec<Route> = links
        .iter()
        .enumerate()
        .map(|(number, link)| Route {
            strokes: strokes(
                graph,
                link,
                &graph.ways[number],
                (starts[number], ends[number]),
                (&rects, &bands),
            ),
            label: graph.ways[number]
                .iter()
                .find(|item| graph.items[**item].kind == ItemKind::Label)
                .map(|item| rects[*item]),
        })
        .collect();
    let right = rects
        .iter()
        .map(|rect| rect.x + rect.width)
        .fold(0.0, f64::max);
    let bottom = bands.last().map_or(MARGIN, |band| band.1);
    Layout {
        width: (right + MARGIN).ceil(),
        height: (bottom + MARGIN).ceil(),
        boxes: rects.into_iter().take(nodes).collect(),
        routes,
    }
}

fn bands(graph: &Layered, centres: &[f64]) -> Vec<Band> {
    let mut bands = Vec::with_capacity(graph.layers.len());
    let mut top = MARGIN;
    for (number, layer) in graph.layers.iter().enumerate() {
        let height = layer
            .iter()
            .map(|item| graph.items[*item].size.height)
            .fold(0.0, f64::max);
        bands.push((top, top + height));
        let has_labels = |layer: &[usize]| {
            layer
                .iter()
                .any(|item| graph.items[*item].kind == ItemKind::Label)
        };
        let labels = has_labels(layer)
            || graph
                .layers
                .get(number + 1)
                .is_some_and(|next| has_labels(next));
        let farthest = layer
            .iter()
            .flat_map(|item| {
                let below = graph.below[*item].iter();
                below.map(|other| (centres[*item] - centres[*other]).abs())
            })
            .fold(0.0, f64::max);
        let gap = if labels { LABEL_GAP } else { GAP };
        top += height + gap + (farthest * 0.08).min(STEEPEST).floor();
    }
    bands
}

/// Where each edge leaves its box (or enters it): as nearly straight towards its next place as the box and the other
/// edges allow, and in the order of those places, so that edges do not cross at the box.
fn ports(graph: &Layered, links: &[Link], rects: &[Rect], leaving: bool) -> Vec<f64> {
    let mut at: Vec<Vec<(f64, f64, usize)>> = vec![Vec::new(); rects.len()];
    for (number, link) in links.iter().enumerate() {
        let way = &graph.ways[number];
        let (node, towards) = if leaving {
            (link.from, way.first().copied().unwrap_or(link.to))
        } else {
            (link.to, way.last().copied().unwrap_or(link.from))
        };
        let port = wish(&rects[node], &rects[towards], way.is_empty());
        at[node].push((rects[towards].centre(), port, number));
    }
    let mut ports = vec![0.0; links.len()];
    for (rect, mut edges) in rects.iter().zip(at) {
        if edges.is_empty() {
            continue;
        }
        edges.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.2.cmp(&right.2)));
        let (left, right) = (rect.x + CORNER, rect.x + rect.width - CORNER);
        let gaps = edges.len() - 1;
        let gap = if gaps == 0 {
            0.0
        } else {
            PORT_GAP.min((right - left).max(0.0) / gaps as f64)
        };
        let wishes: Vec<(f64, f64)> = edges.iter().map(|edge| (edge.1, 1.0)).collect();
        let settled = settle(&wishes, &vec![gap; gaps]);
        for (place, (port, (_, _, number))) in settled.into_iter().zip(edges).enumerate() {
            let least = left + gap * place as f64;
            let most = right - gap * (gaps - place) as f64;
            ports[number] = port.max(least).min(most).round();
        }
    }
    ports
}

/// Where an edge would leave its box if it were the only one.
fn wish(rect: &Rect, towards: &Rect, direct: bool) -> f64 {
    let (left, right) = (rect.x + CORNER, rect.x + rect.width - CORNER);
    let (centre, other) = (rect.centre(), towards.centre());
    if direct {
        // Both ends wish for the same place, if the boxes have one in common.
        let left = left.max(towards.x + CORNER);
        let right = right.min(towards.x + towards.width - CORNER);
        if left <= right {
            return f64::midpoint(centre, other).clamp(left, right);
        }
    } else if left <= other && other <= right {
        return other;
    }
    // A line that leads aside leaves near the middle, so that a fan looks like one.
    centre + (other - centre).clamp(-24.0, 24.0)
}

/// Moves bends and labels below the place that their edge comes from, if that is near and nothing stands there.
fn straighten(graph: &Layered, starts: &[f64], rects: &mut [Rect]) {
    let mut position = vec![0; rects.len()];
    for layer in &graph.layers {
        for (place, item) in layer.iter().enumerate() {
            position[*item] = place;
        }
    }
    for (way, start) in graph.ways.iter().zip(starts) {
        for &item in way {
            let half = rects[item].width / 2.0;
            let layer = &graph.layers[graph.items[item].layer];
            let before = position[item].checked_sub(1).map(|place| layer[place]);
            let after = layer.get(position[item] + 1);
            let room_left = before.is_none_or(|other| {
                rects[other].x + rects[other].width + NARROW_GAP / 2.0 <= start - half
            });
            let room_right =
                after.is_none_or(|other| start + half + NARROW_GAP / 2.0 <= rects[*other].x);
            let near = (rects[item].centre() - start).abs() <= STEP;
            if !(near && room_left && room_right && start - half >= MARGIN) {
                break;
            }
            rects[item].x = start - half;
        }
    }
}

fn strokes(
    graph: &Layered,
    link: &Link,
    way: &[usize],
    (start, end): (f64, f64),
    (rects, bands): (&[Rect], &[Band]),
) -> Vec<Vec<(f64, f64)>> {
    let (from, to) = (&rects[link.from], &rects[link.to]);
    let mut strokes = Vec::new();
    let mut stroke = vec![
        (start, from.bottom()),
        (start, bands[graph.items[link.from].layer].1),
    ];
    for &item in way {
        let rect = &rects[item];
        let centre = rect.centre();
        let (top, bottom) = bands[graph.items[item].layer];
        if graph.items[item].kind == ItemKind::Label {
            stroke.push((centre, rect.y));
            strokes.push(std::mem::take(&mut stroke));
            stroke.push((centre, rect.bottom()));
        } else {
            stroke.push((centre, top));
        }
        stroke.push((centre, bottom));
    }
    stroke.push((end, bands[graph.items[link.to].layer].0 - HEAD));
    stroke.push((end, to.y));
    strokes.push(stroke);
    strokes.into_iter().map(without_needless_points).collect()
}

/// What lies on the straight way between its neighbours says nothing.
fn without_needless_points(stroke: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::with_capacity(stroke.len());
    for point in stroke {
        if let [.., (before, _), (last, _)] = kept[..]
            && before == last
            && last == point.0
        {
            kept.pop();
        }
        if kept.last() != Some(&point) {
            kept.push(point);
        }
    }
    kept
}

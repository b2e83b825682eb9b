//! Where the boxes and lines of a graph go: layers from top to bottom, after Sugiyama, Tagawa and Toda (1981).
//!
//! Each node gets the layer below the last that it needs; long edges and labels get places of their own in the layers that
//! they cross, so that nothing lies on anything else. `order` sorts each layer, `place` finds positions, `route` draws lines.
//!
//! Not `rust-sugiyama`: it descends by recursion, so that a long chain overflows the stack, and has no room for labels.

mod order;
mod place;
mod route;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// At most this many places for edges that cross layers; beyond, the longest edges are drawn straight across. A stage that
/// reads all of a chain of 10,000 would need fifty million.
const MOST_BENDS: usize = 40_000;

/// How large something is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// An edge to be drawn, between nodes by number.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Option<Size>,
}

/// A placed box; `x` and `y` are its left upper corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height
    }

    pub(super) fn centre(&self) -> f64 {
        self.x + self.width / 2.0
    }
}

/// The way of an edge: strokes of points, downwards. Points below each other are joined by a line, others by a curve that
/// leaves and arrives upright. Where the label stands, one stroke ends and the next begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    pub(super) strokes: Vec<Vec<(f64, f64)>>,
    pub(super) label: Option<Rect>,
}

/// A graph with places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) boxes: Vec<Rect>,
    pub(super) routes: Vec<Route>,
}

/// Everything that takes room in a layer: first the nodes by number, then bends and labels of edges.
struct Item {
    layer: usize,
    size: Size,
    kind: ItemKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    Node,
    Bend,
    Label,
}

/// The graph in layers: each link joins items of neighbouring layers.
struct Layered {
    items: Vec<Item>,
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    /// The items of each layer, from left to right.
    layers: Vec<Vec<usize>>,
    /// For each edge, the bends and the label between its ends.
    ways: Vec<Vec<usize>>,
}

/// Lays a graph out. The same input gives the same layout to the bit: there is no chance in it, and no hash order.
pub(super) fn lay_out(nodes: &[Size], links: &[Link]) -> Layout {
    let layers = layers(nodes.len(), links);
    let mut layered = Layered::new(nodes, links, layers);
    order::sort_layers(&mut layered);
    let centres = place::place(&layered);
    route::route(&layered, links, &centres, nodes.len())
}

/// The layer of each node: the longest way from above; then what nothing needs to be so high sinks towards its readers.
fn layers(nodes: usize, links: &[Link]) -> Vec<usize> {
    let mut above = vec![Vec::new(); nodes];
    let mut below = vec![Vec::new(); nodes];
    for link in links {
        above[link.to].push(link.from);
        below[link.from].push(link.to);
    }
    let sorted = sorted(&above, &below);
    let mut position = vec![0; nodes];
    for (place, node) in sorted.iter().enumerate() {
        position[*node] = place;
    }
    let mut layer = vec![0; nodes];
    for &node in &sorted {
        let needed = above[node]
            .iter()
            .filter(|from| position[**from] < position[node]);
        layer[node] = needed.map(|from| layer[*from] + 1).max().unwrap_or(0);
    }
    for &node in sorted.iter().rev() {
        if below[node].len() <= above[node].len() {
            continue;
        }
        let readers = below[node]
            .iter()
            .filter(|to| position[**to] > position[node]);
        if let Some(first) = readers.map(|to| layer[*to]).min() {
            layer[node] = first - 1;
        }
    }
    layer
}

/// The nodes, each after what it needs; among those that may come next, the lowest number first. Should there be a cycle, it
/// is cut at its lowest number: a wrong picture of a wrong graph is better than none.
fn sorted(above: &[Vec<usize>], below: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = above.iter().map(Vec::len).collect();
    let mut done = vec![false; above.len()];
    let mut ready: BinaryHeap<Reverse<usize>> = (0..above.len())
        .filter(|node| waiting[*node] == 0)
        .map(Reverse)
        .collect();
    let mut sorted = Vec::with_capacity(above.len());
    let mut lowest = 0;
    while sorted.len() < above.len() {
        let Some(Reverse(node)) = ready.pop() else {
            while done[lowest] {
                lowest += 1;
            }
            ready.push(Reverse(lowest));
            continue;
        };
        if std::mem::replace(&mut done[node], true) {
            continue;
        }
        sorted.push(node);
        for &to in &below[node] {
            waiting[to] = waiting[to].saturating_sub(1);
            if waiting[to] == 0 && !done[to] {
                ready.push(Reverse(to));
            }
        }
    }
    sorted
}

impl Layered {
    fn new(nodes: &[Size], links: &[Link], mut layer: Vec<usize>) -> Self {
        make_room_for_labels(links, &mut layer);
        let mut layered = Self {
            items: Vec::with_capacity(nodes.len()),
            above: Vec::new(),
            below: Vec::new(),
            layers: vec![Vec::new(); layer.iter().max().map_or(0, |last| last + 1)],
            ways: Vec::with_capacity(links.len()),
        };
        for (size, layer) in nodes.iter().zip(&layer) {
            layered.add(*layer, *size, ItemKind::Node);
        }
        let longest = longest_with_bends(links, &layer);
        for link in links {
            let (from, to) = (layer[link.from], layer[link.to]);
            let mut way = Vec::new();
            if to > from && to - from <= longest {
                for between in from + 1..to {
                    way.push(match link.label {
                        Some(size) if between + 1 == to => {
                            layered.add(between, size, ItemKind::Label)
                        }
                        _ => layered.add(between, BEND, ItemKind::Bend),
                    });
                }
                layered.join(link, &way);
            } else if let Some(size) = link.label.filter(|_| to > 0) {
                let label = layered.add(to - 1, size, ItemKind::Label);
                layered.above[link.to].push(label);
                layered.below[label].push(link.to);
                way.push(label);
            }
            layered.ways.push(way);
        }
        layered
    }

    fn add(&mut self, layer: usize, size: Size, kind: ItemKind) -> usize {
        self.items.push(Item { layer, size, kind });
        self.above.push(Vec::new());
        self.below.push(Vec::new());
        let item = self.items.len() - 1;
        self.layers[layer].push(item);
        item
    }

    fn join(&mut self, link: &Link, way: &[usize]) {
        let mut last = link.from;
        for &next in way.iter().chain(std::iter::once(&link.to)) {
            self.below[last].push(next);
            self.above[next].push(last);
            last = next;
        }
    }
}

/// An edge that passes takes hardly any room, but what stands beside it keeps its distance.
const BEND: Size = Size {
    width: 4.0,
    height: 0.0,
};

/// Puts a layer for labels above each layer into which a labelled edge leads.
fn make_room_for_labels(links: &[Link], layer: &mut [usize]) {
    let mut labelled = vec![0; layer.iter().max().map_or(0, |last| last + 1)];
    for link in links.iter().filter(|link| link.label.is_some()) {
        labelled[layer[link.to]] = 1;
    }
    let mut moved = 0;
    for gap in &mut labelled {
        moved += *gap;
        *gap = moved;
    }
    for layer in layer {
        *layer += labelled[*layer];
    }
}

/// The greatest number of layers that an edge may cross and still get its bends.
fn longest_with_bends(links: &[Link], layer: &[usize]) -> usize {
    let mut spans: Vec<usize> = links
        .iter()
        .map(|link| layer[link.to].saturating_sub(layer[link.from]))
        .collect();
    spans.sort_unstable();
    let mut bends = 0;
    let mut longest = usize::MAX;
    for span in spans {
        bends += span.saturating_sub(1);
        if bends > MOST_BENDS.max(links.len() * 2) {
            longest = span - 1;
            break;
        }
    }
    longest.max(1)
}

#[cfg(test)]
mod tests;

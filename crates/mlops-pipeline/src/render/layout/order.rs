//! The order within each layer: few crossings, by sorting each layer after the mean position of its neighbours.

use super::Layered;

/// Finding the fewest crossings is NP-hard even for two layers; more sweeps than this rarely find fewer.
const SWEEPS: usize = 24;
/// For large graphs a few sweeps must do.
const LARGE: usize = 8_000;

/// Sorts every layer.
pub(super) fn sort_layers(graph: &mut Layered) {
    start(graph);
    let mut position = vec![0; graph.items.len()];
    note_positions(&graph.layers, &mut position);
    let mut best = graph.layers.clone();
    let mut fewest = crossings(graph, &position);
    let sweeps = if graph.items.len() > LARGE { 6 } else { SWEEPS };
    let mut fruitless = 0;
    for sweep in 0..sweeps {
        if fewest == 0 || fruitless == 6 {
            break;
        }
        let layers = graph.layers.len();
        for step in 0..layers {
            let downwards = sweep % 2 == 0;
            let layer = if downwards { step } else { layers - 1 - step };
            sort_layer(graph, layer, downwards, &mut position);
        }
        let found = crossings(graph, &position);
        if found < fewest {
            fewest = found;
            best.clone_from(&graph.layers);
            fruitless = 0;
        } else {
            fruitless += 1;
        }
    }
    graph.layers = best;
}

/// The first order: depth first from the top, so that what belongs together stands together.
fn start(graph: &mut Layered) {
    let mut seen = vec![false; graph.items.len()];
    for layer in &mut graph.layers {
        layer.clear();
    }
    let mut stack: Vec<usize> = (0..graph.items.len())
        .rev()
        .filter(|item| graph.above[*item].is_empty())
        .collect();
    while let Some(item) = stack.pop() {
        if std::mem::replace(&mut seen[item], true) {
            continue;
        }
        graph.layers[graph.items[item].layer].push(item);
        stack.extend(graph.below[item].iter().rev().filter(|next| !seen[**next]));
    }
}

fn note_positions(layers: &[Vec<usize>], position: &mut [usize]) {
    for layer in layers {
        for (place, item) in layer.iter().enumerate() {
            position[*item] = place;
        }
    }
}

fn sort_layer(graph: &mut Layered, layer: usize, downwards: bool, position: &mut [usize]) {
    let neighbours = if downwards {
        &graph.above
    } else {
        &graph.below
    };
    let mut keyed: Vec<(f64, usize)> = graph.layers[layer]
        .iter()
        .map(|&item| {
            let linked = &neighbours[item];
            let key = if linked.is_empty() {
                position[item] as f64
            } else {
                let sum: usize = linked.iter().map(|other| position[*other]).sum();
                sum as f64 / linked.len() as f64
            };
            (key, item)
        })
        .collect();
    // Stable, so that equal ones keep their order.
    keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
    for (place, (_, item)) in keyed.into_iter().enumerate() {
        graph.layers[layer][place] = item;
        position[item] = place;
    }
}

/// How many pairs of links cross: inversions, counted with a Fenwick tree (Barth, Jünger and Mutzel 2002).
fn crossings(graph: &Layered, position: &[usize]) -> u64 {
    let mut total = 0;
    let mut ends = Vec::new();
    for (layer, items) in graph.layers.iter().enumerate() {
        let width = graph.layers.get(layer + 1).map_or(0, Vec::len);
        let mut tree = vec![0_u64; width + 1];
        let mut seen = 0;
        for &item in items {
            ends.clear();
            ends.extend(graph.below[item].iter().map(|other| position[*other]));
            ends.sort_unstable();
            for &end in &ends {
                let mut not_crossed = 0;
                let mut place = end + 1;
                while place > 0 {
                    not_crossed += tree[place];
                    place &= place - 1;
                }
                total += seen - not_crossed;
            }
            for &end in &ends {
                let mut place = end + 1;
                while place <= width {
                    tree[place] += 1;
                    place += place & place.wrapping_neg();
                }
                seen += 1;
            }
        }
    }
    total
}

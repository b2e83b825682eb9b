//! The horizontal places: each item as near to the middle of its neighbours as the order and the distances allow.
//!
//! For one layer this is a least-squares problem with an exact solution in linear time: isotonic regression by pooling
//! adjacent violators. Sweeping over the layers, down and up, brings all of them into agreement.

use super::{ItemKind, Layered};

/// The distance between boxes.
const GAP: f64 = 28.0;
/// The distance from and between passing edges and labels.
pub(super) const NARROW_GAP: f64 = 16.0;
/// The empty margin around the picture.
pub(super) const MARGIN: f64 = 16.0;

/// The centre of each item.
pub(super) fn place(graph: &Layered) -> Vec<f64> {
    let mut centres = vec![0.0; graph.items.len()];
    let separations: Vec<Vec<f64>> = graph
        .layers
        .iter()
        .map(|layer| separations(graph, layer))
        .collect();
    for (layer, separations) in graph.layers.iter().zip(&separations) {
        let whole: f64 = separations.iter().sum();
        let mut at = -whole / 2.0;
        for (position, item) in layer.iter().enumerate() {
            centres[*item] = at;
            at += separations.get(position).copied().unwrap_or(0.0);
        }
    }
    let rounds = if graph.items.len() > 8_000 { 6 } else { 24 };
    let last = graph.layers.len();
    for round in 0..rounds {
        // At first one direction at a time, so that layers follow each other; at the end both, so that they agree.
        let both = round * 3 >= rounds * 2;
        for step in 0..last {
            let downwards = round % 2 == 0;
            let layer = if downwards { step } else { last - 1 - step };
            settle_layer(
                graph,
                &graph.layers[layer],
                &separations[layer],
                (both || downwards, both || !downwards),
                &mut centres,
            );
        }
    }
    straighten(graph, &separations, &mut centres);
    let left = graph
        .items
        .iter()
        .zip(&centres)
        .map(|(item, centre)| centre - item.size.width / 2.0)
        .fold(f64::INFINITY, f64::min);
    for centre in &mut centres {
        *centre = (*centre - left + MARGIN).round();
    }
    centres
}

/// The least distances between the centres of neighbours in a layer.
fn separations(graph: &Layered, layer: &[usize]) -> Vec<f64> {
    layer
        .windows(2)
        .map(|pair| {
            let (left, right) = (&graph.items[pair[0]], &graph.items[pair[1]]);
            let boxes = left.kind == ItemKind::Node && right.kind == ItemKind::Node;
            let gap = if boxes { GAP } else { NARROW_GAP };
            // One more than needed, as centres are rounded at the end.
            (left.size.width + right.size.width) / 2.0 + gap + 1.0
        })
        .collect()
}

fn settle_layer(
    graph: &Layered,
    layer: &[usize],
    separations: &[f64],
    (look_up, look_down): (bool, bool),
    centres: &mut [f64],
) {
    let mut desired = Vec::with_capacity(layer.len());
    for &item in layer {
        let up = look_up.then_some(&graph.above[item]);
        let down = look_down.then_some(&graph.below[item]);
        let mut sum = 0.0;
        let mut weight = 0.0;
        for &other in up.into_iter().chain(down).flatten() {
            let pull = pull(graph, item, other);
            sum += pull * centres[other];
            weight += pull;
        }
        desired.push(if weight > 0.0 {
            (sum / weight, weight)
        } else {
            // Nothing pulls it there, so it makes way for whatever is pulled.
            (centres[item], 0.01)
        });
    }
    for (item, centre) in layer.iter().zip(settle(&desired, separations)) {
        centres[*item] = centre;
    }
}

/// How strongly a link pulls its ends together: long edges should be straight where they pass (after Gansner 1993).
fn pull(graph: &Layered, one: usize, other: usize) -> f64 {
    let bends = [one, other]
        .iter()
        .filter(|item| graph.items[**item].kind != ItemKind::Node)
        .count();
    [1.0, 2.0, 8.0][bends]
}

/// The places nearest to the desired ones, in weighted least squares, that keep the order and the separations.
pub(super) fn settle(desired: &[(f64, f64)], separations: &[f64]) -> Vec<f64> {
    // Without the separations the places only have to ascend; neighbours that do not are pooled at their mean.
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(desired.len());
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(desired.len());
    for (position, (place, weight)) in desired.iter().enumerate() {
        offsets.push(offset);
        let mut pool = (place - offset, *weight, 1);
        while let Some(before) = pools.pop_if(|before| before.0 >= pool.0) {
            let weight = before.1 + pool.1;
            let mean = (before.0 * before.1 + pool.0 * pool.1) / weight;
            pool = (mean, weight, before.2 + pool.2);
        }
        pools.push(pool);
        offset += separations.get(position).copied().unwrap_or(0.0);
    }
    pools
        .iter()
        .flat_map(|(place, _, count)| std::iter::repeat_n(*place, *count))
        .zip(offsets)
        .map(|(place, offset)| place + offset)
        .collect()
}

/// Takes out steps that the sweeps left: what is nearly below its only neighbour moves right below it, and the bends of an
/// edge move to one place, both as far as what stands beside them allows.
fn straighten(graph: &Layered, separations: &[Vec<f64>], centres: &mut [f64]) {
    let mut position = vec![0; graph.items.len()];
    for layer in &graph.layers {
        for (place, item) in layer.iter().enumerate() {
            position[*item] = place;
        }
    }
    // Between which places an item may stand, as its neighbours in the layer stand now.
    let room = |item: usize, centres: &[f64]| {
        let number = graph.items[item].layer;
        let (layer, separations) = (&graph.layers[number], &separations[number]);
        let place = position[item];
        let before = place.checked_sub(1).map(|before| (before, before));
        let after = (place + 1 < layer.len()).then_some((place + 1, place));
        let least = before.map(|(other, gap)| centres[layer[other]] + separations[gap]);
        let most = after.map(|(other, gap)| centres[layer[other]] - separations[gap]);
        (
            least.unwrap_or(f64::NEG_INFINITY),
            most.unwrap_or(f64::INFINITY),
        )
    };
    for &item in graph.layers.iter().flatten() {
        if let [above] = graph.above[item][..] {
            let (least, most) = room(item, centres);
            let target = centres[above];
            if (target - centres[item]).abs() < 6.0 && least <= target && target <= most {
                centres[item] = target;
            }
        }
    }
    // Several times, as an edge that moved may have made room for others.
    for _ in 0..3 {
        for way in &graph.ways {
            let mut from = 0;
            while from < way.len() {
                let (mut least, mut most) = room(way[from], centres);
                let mut sum = centres[way[from]];
                let mut to = from + 1;
                while let Some(&next) = way.get(to) {
                    let (next_least, next_most) = room(next, centres);
                    if next_least.max(least) > next_most.min(most) {
                        break;
                    }
                    (least, most) = (next_least.max(least), next_most.min(most));
                    sum += centres[next];
                    to += 1;
                }
                // Rounding may leave an item a hair outside its own room; then it stays.
                if least <= most {
                    let place = (sum / (to - from) as f64).max(least).min(most);
                    way[from..to].iter().for_each(|item| centres[*item] = place);
                }
                from = to;
            }
        }
    }
}

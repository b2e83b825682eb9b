//! What is asked of `petgraph`.

use mlops::prelude::*;
use petgraph::algo::{dijkstra, kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

/// From each node to the next two.
fn ladder(nodes: u32) -> DiGraph<(), f64> {
    let edges = (0..nodes).flat_map(|node| [(node, node + 1, 1.0), (node, node + 2, 1.5)]);
    DiGraph::from_edges(edges)
}

/// The cost of the way to each node.
#[stage]
pub fn shortest_paths(nodes: u32) -> Vec<f64> {
    let found = dijkstra(&ladder(nodes), NodeIndex::new(0), None, |edge| *edge.weight());
    let mut costs: Vec<f64> = found.into_values().collect();
    costs.sort_by(f64::total_cmp);
    costs
}

/// The nodes, each before those that it leads to.
#[stage]
pub fn order(nodes: u32) -> Vec<u32> {
    let sorted = toposort(&ladder(nodes), None).unwrap_or_default();
    sorted.into_iter().map(|node| node.index() as u32).collect()
}

/// How many parts have ways from each of their nodes to each.
#[stage]
pub fn components(nodes: u32) -> u32 {
    kosaraju_scc(&ladder(nodes)).len() as u32
}

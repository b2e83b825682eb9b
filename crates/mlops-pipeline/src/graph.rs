//! From the handles that a pipeline returned to a graph of stage calls: merged where equal, in a deterministic order.

mod build;
mod name;
mod order;

use std::panic::Location;
use std::sync::Arc;

use mlops_core::{Digest, Live, Source, Stage, Value};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use crate::PipelineError;

/// The calls that a pipeline's handles reach.
///
/// Calls are numbered in an order in which each comes after all that it needs.
#[derive(Debug)]
pub struct Graph {
    graph: DiGraph<Call, Edge>,
    outputs: Vec<GraphOutput>,
}

/// One call of a stage.
#[derive(Debug)]
pub struct Call {
    /// The stage.
    pub stage: &'static Stage,
    /// What each of its inputs is wired to.
    pub inputs: Vec<CallInput>,
    /// Flags (call, output) that must be true, its own and those of everything that needs it.
    pub conditions: Vec<(usize, usize)>,
    /// The shortest name that is unique in this graph: `train`, `churn::train`, `train[3]`.
    pub name: String,
    /// Which of several calls of one stage it is: `train[3]`; stays the same while the pipeline's shape does.
    pub label: String,
    /// Where in the pipeline's code it was wired.
    pub wired_at: &'static Location<'static>,
    /// Identity of the call: equal calls have equal ones.
    pub(crate) identity: Digest,
}

/// What one input of a call is wired to.
#[derive(Debug, Clone)]
pub enum CallInput {
    /// Another call's output.
    Output {
        /// The call.
        call: usize,
        /// Which of its outputs.
        output: usize,
    },
    /// A plain value.
    Parameter(Arc<CallParameter>),
    /// A list.
    Many(Vec<Self>),
}

/// A plain value, as it was wired.
pub struct CallParameter {
    /// The value that the stage gets.
    pub live: Live,
    /// Its canonical form.
    pub value: Value,
    /// The sources in it.
    pub sources: Vec<Arc<dyn Source>>,
    /// Whether it is exactly one source, whose location is then not part of the key.
    pub is_source: bool,
}

impl std::fmt::Debug for CallParameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.value)
    }
}

/// Why one call comes before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The later one reads the earlier one's output.
    Data {
        /// Which input reads.
        input: usize,
        /// Which output is read.
        output: usize,
    },
    /// The later one runs only if the earlier one's output is true.
    Condition,
}

/// A handle that the pipeline returned.
#[derive(Debug, Clone)]
pub struct GraphOutput {
    /// Its name.
    pub name: String,
    /// The call that makes it.
    pub call: usize,
    /// Which of its outputs.
    pub output: usize,
}

impl Graph {
    /// Builds the graph that these handles reach.
    ///
    /// # Errors
    /// Two stages have one name; or a parameter cannot be written.
    pub fn new(outputs: Vec<mlops_core::NamedOutput>) -> Result<Self, PipelineError> {
        build::build(outputs)
    }

    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One call.
    pub fn call(&self, index: usize) -> &Call {
        &self.graph[NodeIndex::new(index)]
    }

    /// All calls, each after what it needs.
    pub fn calls(&self) -> impl Iterator<Item = (usize, &Call)> {
        self.graph.node_weights().enumerate()
    }

    /// What the pipeline returned.
    pub fn outputs(&self) -> &[GraphOutput] {
        &self.outputs
    }

    /// The calls that need this one, each once.
    pub fn dependents(&self, index: usize) -> Vec<usize> {
        self.neighbours(index, Direction::Outgoing)
    }

    /// The calls that this one needs, each once.
    pub fn dependencies(&self, index: usize) -> Vec<usize> {
        self.neighbours(index, Direction::Incoming)
    }

    fn neighbours(&self, index: usize, direction: Direction) -> Vec<usize> {
        let mut found: Vec<usize> = self
            .graph
            .neighbors_directed(NodeIndex::new(index), direction)
            .map(NodeIndex::index)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// All edges: from, to, why; in the order in which they were wired.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, Edge)> + '_ {
        self.graph
            .edge_references()
            .map(|edge| (edge.source().index(), edge.target().index(), *edge.weight()))
    }

    /// The calls whose name, label, path or stage name is `name`.
    ///
    /// # Errors
    /// There is none: the error lists what there is.
    pub fn find(&self, name: &str) -> Result<Vec<usize>, PipelineError> {
        let exact: Vec<usize> = self
            .calls()
            .filter(|(_, call)| call.name == name || call.stage.path == name)
            .map(|(index, _)| index)
            .collect();
        let found = if exact.is_empty() {
            self.calls()
                .filter(|(_, call)| {
                    call.stage.name == name || call.stage.path.ends_with(&format!("::{name}"))
                })
                .map(|(index, _)| index)
                .collect()
        } else {
            exact
        };
        if found.is_empty() {
            let mut known: Vec<String> = self.calls().map(|(_, call)| call.name.clone()).collect();
            known.sort();
            known.dedup();
            return Err(PipelineError::UnknownStage {
                name: name.to_owned(),
                suggestion: mlops_core::nearest(name, known.iter().map(String::as_str))
                    .map(str::to_owned),
                known,
            });
        }
        Ok(found)
    }

    /// For each call, the number of calls on the longest way from it to an end: what to start first.
    pub fn longest_paths(&self) -> Vec<u32> {
        let mut longest = vec![1; self.len()];
        for index in (0..self.len()).rev() {
            for dependent in self
                .graph
                .neighbors_directed(NodeIndex::new(index), Direction::Outgoing)
            {
                longest[index] = longest[index].max(longest[dependent.index()] + 1);
            }
        }
        longest
    }
}

impl CallInput {
    /// Visits every output that is read, lists included.
    pub fn outputs(&self, visit: &mut impl FnMut(usize, usize)) {
        match self {
            Self::Output { call, output } => visit(*call, *output),
            Self::Parameter(_) => {}
            Self::Many(items) => items.iter().for_each(|item| item.outputs(visit)),
        }
    }

    /// Visits every plain value, lists included.
    pub fn parameters<'a>(&'a self, visit: &mut impl FnMut(&'a CallParameter)) {
        match self {
            Self::Output { .. } => {}
            Self::Parameter(parameter) => visit(parameter),
            Self::Many(items) => items.iter().for_each(|item| item.parameters(visit)),
        }
    }
}

impl Call {
    /// Every source that the call reads.
    pub fn sources(&self) -> Vec<Arc<dyn Source>> {
        let mut sources = Vec::new();
        for input in &self.inputs {
            input.parameters(&mut |parameter| sources.extend(parameter.sources.iter().cloned()));
        }
        sources
    }
}

//! What is drawn, whatever the format: nodes, edges and their words.

use std::collections::HashMap;

use mlops_core::Value;

use super::text::shorten;
use crate::graph::{Call, CallInput, Edge, Graph, GraphOutput};
use crate::plan::{Decision, Plan, PlannedCall};

/// Longer lists of parameters are cut in tooltips.
const MOST_PARAMETERS: usize = 20;

/// A graph as it is drawn.
pub(super) struct Picture<'a> {
    pub(super) plan: Option<&'a Plan>,
    /// What stages read from outside, each place once.
    pub(super) sources: Vec<SourceNode>,
    /// The stage calls, in the graph's order.
    pub(super) stages: Vec<StageNode<'a>>,
    pub(super) edges: Vec<PictureEdge>,
    pub(super) outputs: &'a [GraphOutput],
}

/// Something that stages read from outside the store.
#[derive(PartialEq, Eq, Hash, Clone)]
pub(super) struct SourceNode {
    pub(super) kind: &'static str,
    pub(super) location: String,
}

/// One stage call.
pub(super) struct StageNode<'a> {
    pub(super) call: &'a Call,
    pub(super) planned: Option<&'a PlannedCall>,
    /// The names under which the pipeline returns its outputs.
    pub(super) outputs: Vec<&'a str>,
    /// Its plain values by input name; those that are exactly one source are drawn instead.
    pub(super) parameters: Vec<(String, &'a Value)>,
    /// The names of the flags that must be true.
    pub(super) conditions: Vec<&'a str>,
}

/// One end of an edge.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum End {
    Source(usize),
    Stage(usize),
}

impl End {
    /// The node's name in the file: `n3`, `s0`.
    pub(super) fn id(self) -> String {
        match self {
            Self::Source(index) => format!("s{index}"),
            Self::Stage(index) => format!("n{index}"),
        }
    }
}

/// An edge.
pub(super) struct PictureEdge {
    pub(super) from: End,
    /// A stage's number.
    pub(super) to: usize,
    /// Whether it is a flag rather than data.
    pub(super) condition: bool,
    /// The inputs that read, each once; none for a flag.
    pub(super) inputs: Vec<&'static str>,
    /// Whether `to` has other inputs, so that this one should be named.
    pub(super) named: bool,
}

impl PictureEdge {
    /// What is written at the edge.
    pub(super) fn label(&self) -> Option<String> {
        if self.condition {
            Some("when".to_owned())
        } else {
            self.named.then(|| self.inputs.join(", "))
        }
    }
}

impl<'a> Picture<'a> {
    pub(super) fn new(graph: &'a Graph, plan: Option<&'a Plan>) -> Self {
        let mut planned = vec![None; graph.len()];
        for call in plan.into_iter().flat_map(|plan| &plan.calls) {
            if let Some(place) = planned.get_mut(call.call) {
                *place = Some(call);
            }
        }
        let mut stages: Vec<StageNode<'a>> = graph
            .calls()
            .map(|(index, call)| StageNode {
                call,
                planned: planned[index],
                outputs: Vec::new(),
                parameters: parameters(call),
                conditions: call
                    .conditions
                    .iter()
                    .map(|(flag, _)| graph.call(*flag).name.as_str())
                    .collect(),
            })
            .collect();
        for output in graph.outputs() {
            stages[output.call].outputs.push(&output.name);
        }
        let mut edges = Edges::default();
        for (index, call) in graph.calls() {
            for (position, input) in call.inputs.iter().enumerate() {
                let name = call.stage.inputs.get(position).map_or("", |slot| slot.name);
                input.parameters(&mut |parameter| {
                    for source in &parameter.sources {
                        let source = End::Source(edges.source(SourceNode {
                            kind: source.kind(),
                            location: source.location(),
                        }));
                        edges.data(source, index, name);
                    }
                });
                input.outputs(&mut |from, _| edges.data(End::Stage(from), index, name));
            }
        }
        for (from, to, edge) in graph.edges() {
            if edge == Edge::Condition && begins_at(graph, from, to) {
                edges.condition(from, to);
            }
        }
        let (sources, edges) = edges.finish(graph.len());
        Self {
            plan,
            sources,
            stages,
            edges,
            outputs: graph.outputs(),
        }
    }

    /// One line that says what the picture shows.
    pub(super) fn heading(&self) -> String {
        self.plan.map_or_else(
            || "Pipeline graph".to_owned(),
            |plan| format!("Pipeline {}, profile {}", plan.pipeline, plan.profile),
        )
    }

    /// How many stages there are, and what is to be done about them.
    pub(super) fn summary(&self) -> String {
        let mut summary = match self.stages.len() {
            1 => "1 stage".to_owned(),
            number => format!("{number} stages"),
        };
        let decisions = [
            Decision::Reuse,
            Decision::Run,
            Decision::Depends,
            Decision::Blocked,
            Decision::Skip,
        ];
        let mut separator = ": ";
        for decision in decisions {
            let count = self.plan.map_or(0, |plan| plan.count(decision));
            if count > 0 {
                summary.push_str(&format!("{separator}{count} {}", decision.as_str()));
                separator = ", ";
            }
        }
        summary
    }
}

/// Whether the condition begins at `to`: nothing that it reads is under the same flag. The other dashed edges would say
/// again, for each stage of a conditional part, what its first stages say.
fn begins_at(graph: &Graph, flag: usize, to: usize) -> bool {
    let call = graph.call(to);
    let mut begins = false;
    for condition in call.conditions.iter().filter(|(from, _)| *from == flag) {
        let mut inherited = false;
        for input in &call.inputs {
            input.outputs(&mut |from, _| {
                inherited |= graph.call(from).conditions.contains(condition);
            });
        }
        begins |= !inherited;
    }
    begins
}

/// Gathers edges; several between the same two nodes become one.
#[derive(Default)]
struct Edges {
    sources: Vec<SourceNode>,
    source_numbers: HashMap<SourceNode, usize>,
    edges: Vec<PictureEdge>,
    numbers: HashMap<(End, usize, bool), usize>,
}

impl Edges {
    fn source(&mut self, source: SourceNode) -> usize {
        let next = self.sources.len();
        *self
            .source_numbers
            .entry(source)
            .or_insert_with_key(|source| {
                self.sources.push(source.clone());
                next
            })
    }

    fn data(&mut self, from: End, to: usize, input: &'static str) {
        let edge = self.edge(from, to, false);
        if !edge.inputs.contains(&input) {
            edge.inputs.push(input);
        }
    }

    fn condition(&mut self, from: usize, to: usize) {
        self.edge(End::Stage(from), to, true);
    }

    fn edge(&mut self, from: End, to: usize, condition: bool) -> &mut PictureEdge {
        let number = *self
            .numbers
            .entry((from, to, condition))
            .or_insert_with(|| {
                self.edges.push(PictureEdge {
                    from,
                    to,
                    condition,
                    inputs: Vec::new(),
                    named: false,
                });
                self.edges.len() - 1
            });
        &mut self.edges[number]
    }

    fn finish(mut self, stages: usize) -> (Vec<SourceNode>, Vec<PictureEdge>) {
        let mut names: Vec<Vec<&str>> = vec![Vec::new(); stages];
        for edge in &self.edges {
            for input in &edge.inputs {
                if !names[edge.to].contains(input) {
                    names[edge.to].push(input);
                }
            }
        }
        for edge in &mut self.edges {
            edge.named = names[edge.to].len() > 1;
        }
        (self.sources, self.edges)
    }
}

fn parameters(call: &Call) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (position, input) in call.inputs.iter().enumerate() {
        let name = call.stage.inputs.get(position).map_or("", |slot| slot.name);
        collect(name.to_owned(), input, &mut found);
    }
    found
}

fn collect<'a>(name: String, input: &'a CallInput, found: &mut Vec<(String, &'a Value)>) {
    match input {
        CallInput::Output { .. } => {}
        CallInput::Parameter(parameter) if parameter.is_source => {}
        CallInput::Parameter(parameter) => found.push((name, &parameter.value)),
        CallInput::Many(items) => {
            for (position, item) in items.iter().enumerate() {
                collect(format!("{name}[{position}]"), item, found);
            }
        }
    }
}

impl SourceNode {
    /// What it is called in its box: the last part of the path.
    pub(super) fn label(&self) -> String {
        let last = self
            .location
            .trim_end_matches(['/', '\\'])
            .rsplit(['/', '\\'])
            .next()
            .filter(|last| !last.is_empty())
            .unwrap_or(&self.location);
        shorten(last, 32)
    }

    pub(super) fn tooltip(&self) -> String {
        format!("{} {}", self.kind, self.location)
    }
}

impl StageNode<'_> {
    pub(super) fn decision(&self) -> Option<Decision> {
        self.planned.map(|planned| planned.decision)
    }

    /// The lines in its box: the name; the kind and the decision; what of it the pipeline returns.
    pub(super) fn lines(&self) -> Vec<String> {
        let kind = self.call.stage.kind.as_str();
        let mut lines = vec![
            shorten(&self.call.name, 40),
            match self.decision() {
                Some(decision) => format!("{kind} · {}", decision.as_str()),
                None => kind.to_owned(),
            },
        ];
        match self.outputs.as_slice() {
            [] => {}
            [name] if *name == self.call.stage.name => lines.push("output".to_owned()),
            names => lines.push(shorten(&format!("output {}", names.join(", ")), 40)),
        }
        lines
    }

    pub(super) fn tooltip(&self) -> String {
        let stage = self.call.stage;
        let mut lines = vec![format!("{} ({})", self.call.name, stage.kind.as_str())];
        if !stage.description.trim().is_empty() {
            lines.push(stage.description.trim().to_owned());
        }
        if let Some(planned) = self.planned {
            let reasons: Vec<String> = planned.reasons.iter().map(ToString::to_string).collect();
            let mut line = format!("decision: {}", planned.decision.as_str());
            if !reasons.is_empty() {
                line.push_str(&format!(" — {}", reasons.join("; ")));
            }
            lines.push(line);
        }
        if !self.conditions.is_empty() {
            lines.push(format!("only when: {}", self.conditions.join(", ")));
        }
        let leaves: Vec<String> = self
            .parameters
            .iter()
            .flat_map(|(name, value)| {
                value.leaves().into_iter().map(move |(path, leaf)| {
                    let dot = if path.is_empty() { "" } else { "." };
                    format!("{name}{dot}{path} = {}", shorten(&leaf.to_string(), 60))
                })
            })
            .collect();
        lines.extend(leaves.iter().take(MOST_PARAMETERS).cloned());
        if leaves.len() > MOST_PARAMETERS {
            lines.push(format!("… and {} more", leaves.len() - MOST_PARAMETERS));
        }
        if !self.outputs.is_empty() {
            lines.push(format!("output: {}", self.outputs.join(", ")));
        }
        if let Some(owner) = stage.owner {
            lines.push(format!("owner: {owner}"));
        }
        lines.push(format!("{} at {}", stage.path, stage.place()));
        lines.join("\n")
    }
}

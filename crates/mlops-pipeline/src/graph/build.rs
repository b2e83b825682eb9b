//! Walks the handles, merges equal calls, and settles what each call is conditional on.

use std::collections::HashMap;
use std::sync::Arc;

use mlops_core::{
    Encoder, ITEMS_MEDIA_TYPE, InputSource, MemoryOutput, NamedOutput, Node, Output, Parameter,
    SERDE_MEDIA_TYPE, SOURCE_MEDIA_TYPE, Value, collect_sources,
};
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Call, CallInput, CallParameter, Edge, Graph, GraphOutput, name, order};
use crate::PipelineError;

/// Up to this size a list is recorded item by item; a longer one by its digest, because nobody reads it in an explanation.
const SHOWN: usize = 16 * 1024;

pub(super) fn build(outputs: Vec<NamedOutput>) -> Result<Graph, PipelineError> {
    let mut builder = Builder::default();
    for named in &outputs {
        builder.visit(&named.output.node)?;
    }
    let mut outputs: Vec<GraphOutput> = outputs
        .iter()
        .map(|named| GraphOutput {
            name: named.name.clone(),
            call: builder.index_of(&named.output),
            output: named.output.index,
        })
        .collect();
    let mut calls = builder.calls;
    inherit_conditions(&mut calls, &outputs);
    let mut calls = order::after_what_it_needs(calls, &mut outputs);
    name::name_calls(&mut calls)?;
    let mut graph = DiGraph::with_capacity(calls.len(), calls.len());
    let mut edges = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        for (position, input) in call.inputs.iter().enumerate() {
            input.outputs(&mut |from, output| {
                edges.push((
                    from,
                    index,
                    Edge::Data {
                        input: position,
                        output,
                    },
                ));
            });
        }
        for (from, _) in &call.conditions {
            edges.push((*from, index, Edge::Condition));
        }
    }
    for call in calls {
        graph.add_node(call);
    }
    for (from, to, edge) in edges {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), edge);
    }
    Ok(Graph { graph, outputs })
}

#[derive(Default)]
struct Builder {
    calls: Vec<Call>,
    /// By the node's address: the handles keep every node alive while we walk.
    by_node: HashMap<*const Node, usize>,
    by_identity: HashMap<mlops_core::Digest, usize>,
}

impl Builder {
    fn index_of(&self, output: &Output) -> usize {
        self.by_node[&Arc::as_ptr(&output.node)]
    }

    /// Visits a node after all it needs, without recursion: a chain of 100,000 must not overflow the stack.
    fn visit(&mut self, root: &Arc<Node>) -> Result<(), PipelineError> {
        let mut stack = vec![(Arc::clone(root), false)];
        while let Some((node, expanded)) = stack.pop() {
            if self.by_node.contains_key(&Arc::as_ptr(&node)) {
                continue;
            }
            if expanded {
                self.add(&node)?;
                continue;
            }
            let mut needed = Vec::new();
            for source in node.inputs() {
                needs(source, &mut needed);
            }
            needed.extend(
                node.conditions()
                    .iter()
                    .map(|output| Arc::clone(&output.node)),
            );
            stack.push((node, true));
            // Reversed, so that what was wired first comes first.
            stack.extend(needed.into_iter().rev().map(|node| (node, false)));
        }
        Ok(())
    }

    fn add(&mut self, node: &Arc<Node>) -> Result<(), PipelineError> {
        let stage = node.stage();
        let mut identity = Encoder::new();
        identity
            .text(stage.package)
            .text(stage.path)
            .text(stage.file);
        identity.integer(i128::from(stage.line));
        let mut inputs = Vec::with_capacity(node.inputs().len());
        for (position, source) in node.inputs().iter().enumerate() {
            let input = self.input(stage, position, source)?;
            self.identify(&input, &mut identity);
            inputs.push(input);
        }
        identity.list(node.conditions().len());
        let mut conditions = Vec::new();
        for flag in node.conditions() {
            let call = self.index_of(flag);
            identity.digest(&self.calls[call].identity);
            identity.integer(flag.index as i128);
            conditions.push((call, flag.index));
        }
        let identity = identity.digest_of_all();
        let index = *self.by_identity.entry(identity).or_insert_with(|| {
            self.calls.push(Call {
                stage,
                inputs,
                conditions,
                name: String::new(),
                label: String::new(),
                wired_at: node.wired_at(),
                identity,
            });
            self.calls.len() - 1
        });
        self.by_node.insert(Arc::as_ptr(node), index);
        Ok(())
    }

    fn input(
        &self,
        stage: &'static mlops_core::Stage,
        position: usize,
        source: &InputSource,
    ) -> Result<CallInput, PipelineError> {
        Ok(match source {
            InputSource::Output(output) => CallInput::Output {
                call: self.index_of(output),
                output: output.index,
            },
            InputSource::Parameter(parameter) => {
                let name = stage.inputs.get(position).map_or("", |slot| slot.name);
                CallInput::Parameter(Arc::new(encode(parameter).map_err(|cause| {
                    PipelineError::Parameter {
                        stage: stage.path.to_owned(),
                        parameter: name.to_owned(),
                        cause,
                    }
                })?))
            }
            InputSource::Many(items) => CallInput::Many(
                items
                    .iter()
                    .map(|item| self.input(stage, position, item))
                    .collect::<Result<_, _>>()?,
            ),
        })
    }

    fn identify(&self, input: &CallInput, identity: &mut Encoder) {
        match input {
            CallInput::Output { call, output } => {
                identity
                    .digest(&self.calls[*call].identity)
                    .integer(*output as i128);
            }
            CallInput::Parameter(parameter) => parameter.value.encode(identity),
            CallInput::Many(items) => {
                identity.list(items.len());
                for item in items {
                    self.identify(item, identity);
                }
            }
        }
    }
}

fn needs(source: &InputSource, needed: &mut Vec<Arc<Node>>) {
    match source {
        InputSource::Output(output) => needed.push(Arc::clone(&output.node)),
        InputSource::Parameter(_) => {}
        InputSource::Many(items) => items.iter().for_each(|item| needs(item, needed)),
    }
}

fn encode(parameter: &Parameter) -> Result<CallParameter, mlops_core::ArtifactError> {
    let mut output = MemoryOutput::default();
    let (written, sources) =
        collect_sources(|| parameter.artifact.write(&parameter.value, &mut output));
    written?;
    let media_type = parameter.artifact.media_type;
    let bytes = output.as_bytes();
    let value = match media_type {
        SERDE_MEDIA_TYPE | SOURCE_MEDIA_TYPE => Value::from_messagepack(bytes).ok(),
        ITEMS_MEDIA_TYPE if bytes.len() <= SHOWN => {
            Value::from_items(&bytes::Bytes::copy_from_slice(bytes)).ok()
        }
        _ => None,
    };
    let value = value.unwrap_or_else(|| Value::Opaque {
        media_type: media_type.to_owned(),
        digest: mlops_core::Digest::of(bytes),
    });
    Ok(CallParameter {
        live: Arc::clone(&parameter.value),
        value,
        is_source: media_type == SOURCE_MEDIA_TYPE && sources.len() == 1,
        sources,
    })
}

/// What only a conditional call needs is conditional too: a call inherits the conditions that all its dependents share.
fn inherit_conditions(calls: &mut [Call], outputs: &[GraphOutput]) {
    let mut shared: Vec<Option<Vec<(usize, usize)>>> = vec![None; calls.len()];
    for output in outputs {
        shared[output.call] = Some(Vec::new());
    }
    for index in (0..calls.len()).rev() {
        let inherited = shared[index].take().unwrap_or_default();
        let flags = calls[index].conditions.clone();
        for flag in &inherited {
            if !calls[index].conditions.contains(flag) {
                calls[index].conditions.push(*flag);
            }
        }
        let all = calls[index].conditions.clone();
        let mut data = Vec::new();
        for input in &calls[index].inputs {
            input.outputs(&mut |call, _| data.push(call));
        }
        for call in data {
            narrow(&mut shared[call], &all);
        }
        // A flag must be known before it can forbid anything, so what makes it inherits only from further down.
        for (call, _) in flags {
            narrow(&mut shared[call], &inherited);
        }
    }
}

fn narrow(shared: &mut Option<Vec<(usize, usize)>>, conditions: &[(usize, usize)]) {
    match shared {
        Some(present) => present.retain(|flag| conditions.contains(flag)),
        None => *shared = Some(conditions.to_vec()),
    }
}

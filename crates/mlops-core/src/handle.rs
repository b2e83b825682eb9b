//! Handles, and what can be wired to a stage: the edges of the graph.
//!
//! A handle is an [`Arc`] to an immutable node, so the graph is whatever the returned handles reach. There is no builder to
//! carry around, no hidden global, and a cycle cannot be written.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use crate::{Artifact, ArtifactType, Live, Stage};

/// A typed promise of an artifact.
///
/// Wire it to further stages by value or by reference; return it from the pipeline to have it made.
#[must_use = "a stage whose handle is dropped is not part of the pipeline"]
pub struct Handle<T: ?Sized> {
    output: Output,
    artifact: PhantomData<fn() -> Box<T>>,
}

// Nothing about handles asks for `T: Artifact`: a type that is none is reported where its stage is defined, and only there.
impl<T> Handle<T> {
    /// The untyped edge.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// A handle to one output of a node: for what the macro writes.
    #[doc(hidden)]
    pub fn to_output(node: &Arc<Node>, index: usize) -> Self {
        Self::new(Output {
            node: Arc::clone(node),
            index,
        })
    }

    fn new(output: Output) -> Self {
        Self {
            output,
            artifact: PhantomData,
        }
    }
}

impl<T: ?Sized> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.output.node.stage.path)
    }
}

/// One call of a stage in a pipeline.
#[derive(Debug)]
pub struct Node {
    stage: &'static Stage,
    inputs: Vec<InputSource>,
    conditions: Vec<Output>,
    wired_at: &'static Location<'static>,
}

impl Node {
    /// Wires a stage.
    #[track_caller]
    pub fn wire(stage: &'static Stage, inputs: Vec<InputSource>) -> Arc<Self> {
        Arc::new(Self {
            stage,
            inputs,
            conditions: Vec::new(),
            wired_at: Location::caller(),
        })
    }

    /// The stage that is called.
    pub fn stage(&self) -> &'static Stage {
        self.stage
    }

    /// What is wired to its inputs, in order.
    pub fn inputs(&self) -> &[InputSource] {
        &self.inputs
    }

    /// The flags that must be true for it to run.
    pub fn conditions(&self) -> &[Output] {
        &self.conditions
    }

    /// Where in the pipeline's code it was wired.
    pub fn wired_at(&self) -> &'static Location<'static> {
        self.wired_at
    }
}

/// Dropping a long chain is iterative: recursion would overflow the stack at some thousands of stages.
impl Drop for Node {
    fn drop(&mut self) {
        let mut pending = Vec::new();
        release(self, &mut pending);
        while let Some(output) = pending.pop() {
            if let Some(mut node) = Arc::into_inner(output.node) {
                release(&mut node, &mut pending);
            }
        }
    }
}

fn release(node: &mut Node, pending: &mut Vec<Output>) {
    pending.append(&mut node.conditions);
    let mut sources = std::mem::take(&mut node.inputs);
    while let Some(source) = sources.pop() {
        match source {
            InputSource::Output(output) => pending.push(output),
            InputSource::Parameter(_) => {}
            InputSource::Many(items) => sources.extend(items),
        }
    }
}

/// One output of one call of a stage.
#[derive(Debug, Clone)]
pub struct Output {
    /// The call.
    pub node: Arc<Node>,
    /// Which of the stage's outputs.
    pub index: usize,
}

/// What is wired to one input.
#[derive(Debug, Clone)]
pub enum InputSource {
    /// Another stage's output.
    Output(Output),
    /// A plain value: a recorded parameter.
    Parameter(Parameter),
    /// A list of sources (fan-in).
    Many(Vec<Self>),
}

/// A plain value that was wired to an input.
#[derive(Clone)]
pub struct Parameter {
    /// The value.
    pub value: Live,
    /// Its type.
    pub artifact: ArtifactType,
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({:?})", self.artifact)
    }
}

/// What can be wired to an input `T` of a stage: a handle, a reference to one, or a plain value, which becomes a parameter.
#[diagnostic::on_unimplemented(
    message = "this stage input expects `{T}`, but it is wired to `{Self}`",
    label = "expected a `Handle<{T}>` or a `{T}`",
    note = "inside a pipeline a stage takes handles and plain values; to run a stage on values, call `<stage>::run(..)`"
)]
pub trait Input<T> {
    /// The untyped source.
    fn into_source(self) -> InputSource;
}

#[diagnostic::do_not_recommend]
impl<T> Input<T> for Handle<T> {
    fn into_source(self) -> InputSource {
        InputSource::Output(self.output)
    }
}

#[diagnostic::do_not_recommend]
impl<T> Input<T> for &Handle<T> {
    fn into_source(self) -> InputSource {
        InputSource::Output(self.output.clone())
    }
}

// The next two are recommended: that `T` is no artifact, or not `Clone`, says more than that it is no input.
impl<T: Artifact> Input<T> for T {
    fn into_source(self) -> InputSource {
        InputSource::Parameter(Parameter {
            value: Arc::new(self),
            artifact: ArtifactType::of::<T>(),
        })
    }
}

impl<T: Artifact + Clone> Input<T> for &T {
    fn into_source(self) -> InputSource {
        self.clone().into_source()
    }
}

/// `String`. As a bound, because the compiler would otherwise tell whoever wires a text to a number that texts fit strings.
pub trait Text: Artifact {
    /// The owned text.
    fn owned(text: &str) -> Self;
}

impl Text for String {
    fn owned(text: &str) -> Self {
        text.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Text> Input<T> for &str {
    fn into_source(self) -> InputSource {
        T::owned(self).into_source()
    }
}

/// What can be wired to an input `&[T]` of a stage: a list of what [`Input`] takes, or a handle to a kept list.
#[diagnostic::on_unimplemented(
    message = "this stage input expects a list of `{T}`, but it is wired to `{Self}`",
    label = "expected a `Vec`, array or slice of `Handle<{T}>` or `{T}`, or a `Handle<Vec<{T}>>`",
    note = "inside a pipeline a stage takes handles and plain values; to run a stage on values, call `<stage>::run(..)`"
)]
pub trait InputList<T> {
    /// The untyped source.
    fn into_source(self) -> InputSource;
}

fn many<T, I: Input<T>>(items: impl IntoIterator<Item = I>) -> InputSource {
    InputSource::Many(items.into_iter().map(Input::into_source).collect())
}

#[diagnostic::do_not_recommend]
impl<T, I: Input<T>> InputList<T> for Vec<I> {
    fn into_source(self) -> InputSource {
        many(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, I: Input<T>, const N: usize> InputList<T> for [I; N] {
    fn into_source(self) -> InputSource {
        many(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T, I> InputList<T> for &'a Vec<I>
where
    &'a I: Input<T>,
{
    fn into_source(self) -> InputSource {
        many(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T, I> InputList<T> for &'a [I]
where
    &'a I: Input<T>,
{
    fn into_source(self) -> InputSource {
        many(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T, I, const N: usize> InputList<T> for &'a [I; N]
where
    &'a I: Input<T>,
{
    fn into_source(self) -> InputSource {
        many(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T> InputList<T> for Handle<Vec<T>> {
    fn into_source(self) -> InputSource {
        InputSource::Output(self.output)
    }
}

#[diagnostic::do_not_recommend]
impl<T> InputList<T> for &Handle<Vec<T>> {
    fn into_source(self) -> InputSource {
        InputSource::Output(self.output.clone())
    }
}

/// References to handles inside a list: `vec![&a, &b]`, and slices of such.
#[diagnostic::do_not_recommend]
impl<T> Input<T> for &&Handle<T> {
    fn into_source(self) -> InputSource {
        InputSource::Output(self.output.clone())
    }
}

/// What a pipeline returns: a handle, a tuple or `Vec` of them, or a struct with `#[derive(Outputs)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a pipeline can return",
    label = "expected handles",
    note = "return a `Handle`, a tuple or `Vec` of handles, or a struct of them with `#[derive(Outputs)]`"
)]
pub trait Outputs {
    /// Hands over each handle.
    fn collect(self, outputs: &mut OutputCollector);
}

/// A handle that a pipeline returned, by name.
#[derive(Debug, Clone)]
pub struct NamedOutput {
    /// The field's name, or the stage's.
    pub name: String,
    /// The untyped edge.
    pub output: Output,
}

/// Gathers what a pipeline returns.
#[derive(Debug, Default)]
pub struct OutputCollector {
    outputs: Vec<NamedOutput>,
    prefix: Option<String>,
}

impl OutputCollector {
    /// Collects `value` under a name: the field of a struct.
    pub fn field(&mut self, name: &str, value: impl Outputs) {
        let prefix = match &self.prefix {
            Some(prefix) => format!("{prefix}.{name}"),
            None => name.to_owned(),
        };
        let outer = self.prefix.replace(prefix);
        value.collect(self);
        self.prefix = outer;
    }

    /// The gathered outputs, in order, each with a name of its own.
    pub fn into_outputs(mut self) -> Vec<NamedOutput> {
        let mut taken = std::collections::BTreeSet::new();
        for output in &mut self.outputs {
            if !taken.insert(output.name.clone()) {
                let free = (2..)
                    .map(|number| format!("{}_{number}", output.name))
                    .find(|name| !taken.contains(name));
                output.name = free.unwrap_or_default();
                taken.insert(output.name.clone());
            }
        }
        self.outputs
    }

    fn push(&mut self, output: Output) {
        let name = match &self.prefix {
            Some(prefix) => prefix.clone(),
            None => output.node.stage.name.to_owned(),
        };
        self.outputs.push(NamedOutput { name, output });
    }
}

impl<T> Outputs for Handle<T> {
    fn collect(self, outputs: &mut OutputCollector) {
        outputs.push(self.output);
    }
}

impl<T: Outputs> Outputs for Vec<T> {
    fn collect(self, outputs: &mut OutputCollector) {
        for item in self {
            item.collect(outputs);
        }
    }
}

impl<T: Outputs> Outputs for Option<T> {
    fn collect(self, outputs: &mut OutputCollector) {
        if let Some(value) = self {
            value.collect(outputs);
        }
    }
}

/// What [`when`] can make conditional: a handle, or a tuple or `Vec` of them.
pub trait Conditional: Sized {
    /// The same, run only if the flag is true.
    fn under(self, flag: &Output) -> Self;
}

impl<T> Conditional for Handle<T> {
    fn under(self, flag: &Output) -> Self {
        let node = &self.output.node;
        let mut conditions = node.conditions.clone();
        conditions.push(flag.clone());
        let node = Node {
            stage: node.stage,
            inputs: node.inputs.clone(),
            conditions,
            wired_at: node.wired_at,
        };
        Self::new(Output {
            node: Arc::new(node),
            index: self.output.index,
        })
    }
}

impl<T: Conditional> Conditional for Vec<T> {
    fn under(self, flag: &Output) -> Self {
        self.into_iter().map(|item| item.under(flag)).collect()
    }
}

/// Runs what `then` promises only if `flag` turns out true.
///
/// Otherwise it is skipped, with everything that rests on it and everything that only it needs, and recorded as skipped.
///
/// ```ignore
/// let published = when(&good_enough, publish(&model));
/// ```
pub fn when<C: Conditional>(flag: &Handle<bool>, then: C) -> C {
    then.under(&flag.output)
}

macro_rules! tuples {
    ($(($($name:ident),+)),* $(,)?) => {$(
        #[expect(non_snake_case, reason = "type names serve as variables here")]
        impl<$($name: Outputs),+> Outputs for ($($name,)+) {
            fn collect(self, outputs: &mut OutputCollector) {
                let ($($name,)+) = self;
                $($name.collect(outputs);)+
            }
        }

        #[expect(non_snake_case, reason = "type names serve as variables here")]
        impl<$($name: Conditional),+> Conditional for ($($name,)+) {
            fn under(self, flag: &Output) -> Self {
                let ($($name,)+) = self;
                ($($name.under(flag),)+)
            }
        }
    )*};
}

tuples!(
    (A),
    (A, B),
    (A, B, C),
    (A, B, C, D),
    (A, B, C, D, E),
    (A, B, C, D, E, F),
    (A, B, C, D, E, F, G),
    (A, B, C, D, E, F, G, H),
);

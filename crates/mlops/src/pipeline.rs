//! A pipeline behind its name: an ordinary function from configuration to handles.

use mlops_core::{NamedOutput, OutputCollector, Outputs};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::settings::{Change, apply};

/// What a pipeline function made of a configuration.
pub(crate) struct Built {
    pub(crate) outputs: Vec<NamedOutput>,
    /// The configuration after all changes; null for a pipeline without one.
    pub(crate) parameters: Json,
}

/// A function that can be a pipeline: `fn() -> Outputs` or `fn(&Config) -> Outputs`, where
/// `Config: Default + Serialize + DeserializeOwned`.
#[diagnostic::on_unimplemented(
    message = "this function is not a pipeline",
    label = "expected `fn() -> Outputs` or `fn(&Config) -> Outputs`",
    note = "`Outputs` is a handle, a tuple or `Vec` of handles, or a struct with `#[derive(Outputs)]`; `Config` derives `Default, Serialize, Deserialize`"
)]
pub trait PipelineFunction<Marker>: sealed::Build<Marker> + Send + Sync + 'static {}

/// What the trait does is nobody's business outside.
mod sealed {
    use super::{Built, Change, Failure, Json};

    #[expect(
        private_interfaces,
        reason = "a sealed supertrait: it must be nameable, not usable"
    )]
    pub trait Build<Marker> {
        fn build(&self, base: Option<&Json>, changes: &[Change]) -> Result<Built, Failure>;
    }
}

pub(crate) use sealed::Build;

fn collect(outputs: impl Outputs) -> Vec<NamedOutput> {
    let mut collector = OutputCollector::default();
    outputs.collect(&mut collector);
    collector.into_outputs()
}

#[expect(private_interfaces, reason = "as its trait")]
impl<F, O> Build<()> for F
where
    F: Fn() -> O,
    O: Outputs,
{
    fn build(&self, _base: Option<&Json>, changes: &[Change]) -> Result<Built, Failure> {
        if let Some(change) = changes.first() {
            return Err(Failure::usage(
                "settings::none",
                format!(
                    "the setting `{}` was given, but the pipeline has no configuration",
                    change.key()
                ),
            )
            .help("let the pipeline take `&Config`, or leave the setting out"));
        }
        Ok(Built {
            outputs: collect(self()),
            parameters: Json::Null,
        })
    }
}

impl<F, O> PipelineFunction<()> for F
where
    F: Fn() -> O + Send + Sync + 'static,
    O: Outputs,
{
}

/// Marks pipelines that take a configuration.
#[derive(Debug)]
pub struct Configured<C>(std::marker::PhantomData<C>);

#[expect(private_interfaces, reason = "as its trait")]
impl<F, C, O> Build<Configured<C>> for F
where
    F: Fn(&C) -> O,
    C: Default + Serialize + DeserializeOwned,
    O: Outputs,
{
    fn build(&self, base: Option<&Json>, changes: &[Change]) -> Result<Built, Failure> {
        let (configuration, parameters) = apply::<C>(base, changes)?;
        Ok(Built {
            outputs: collect(self(&configuration)),
            parameters,
        })
    }
}

impl<F, C, O> PipelineFunction<Configured<C>> for F
where
    F: Fn(&C) -> O + Send + Sync + 'static,
    C: Default + Serialize + DeserializeOwned,
    O: Outputs,
{
}

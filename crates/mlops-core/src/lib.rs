//! The words of mlops: digests, artifacts, handles, stages, profiles, events, the clock.
//!
//! Every other crate of the project speaks in these types; this one does no I/O and knows no async runtime. Users reach it
//! through the `mlops` crate; authors of extensions may depend on it directly.
//!
//! ```
//! use mlops_core::{Artifact, Digest, MemoryOutput};
//! let mut output = MemoryOutput::default();
//! vec![1.5, f64::NAN].write(&mut output).unwrap();
//! println!("{}", Digest::of(output.as_bytes()));
//! ```

mod artifact;
mod clock;
mod context;
mod credentials;
mod digest;
mod encoding;
mod expansion;
mod handle;
mod level;
mod permanent;
mod profile;
mod report;
mod source;
mod stage;
mod suggestion;
mod value;

pub use artifact::{
    Artifact, ArtifactError, ArtifactInput, ArtifactOutput, ArtifactType, BoxError, Column,
    Description, ITEMS_MEDIA_TYPE, ItemReader, Items, Live, MemoryOutput, SERDE_MEDIA_TYPE,
    preview, read_items, read_serde, write_items, write_serde,
};
pub use clock::{Clock, FixedClock, SystemClock};
pub use context::{StageContext, StageServices};
pub use credentials::{HIDDEN, without_credentials};
pub use digest::{Digest, ParseDigestError};
pub use encoding::Encoder;
pub use handle::{
    Conditional, Handle, Input, InputList, InputSource, NamedOutput, Node, Output, OutputCollector,
    Outputs, Parameter, when,
};
pub use level::Level;
pub use permanent::{is_permanent, permanent};
pub use profile::{
    ByteSize, Configuration, ConfigurationError, ConfigurationText, DEFAULT_PROFILES, Durability,
    Lineage, Location, Origin, Override, ParseByteSizeError, Profile, Secret, SecretError,
    SecretValue, Setting, ShownSetting, toml_kind,
};
pub use report::{Assertion, StageReport, collect_reports, note_report};
pub use source::{
    SOURCE_MEDIA_TYPE, Source, SourceError, SourceState, Trust, collect_sources, note_source,
};
pub use stage::{
    Argument, Arguments, Body, BodyFuture, BodyResult, Code, InputSlot, List, Policy, Stage,
    StageKind,
};
pub use suggestion::nearest;
pub use value::{FloatBits, Value, ValueError};

/// What the macros write refers to this module; nothing here is covered by any promise.
#[doc(hidden)]
pub mod __private {
    pub use serde::Serialize;
    pub use serde::de::DeserializeOwned;

    pub use crate::expansion::{Form, SerdeArtifact, StageError};
    pub use crate::{
        Arguments, Artifact, ArtifactError, ArtifactInput, ArtifactOutput, Body, BodyResult, Code,
        Handle, Input, InputList, InputSlot, Node, OutputCollector, Outputs, Policy,
        SERDE_MEDIA_TYPE, Stage, StageContext, StageKind,
    };
}

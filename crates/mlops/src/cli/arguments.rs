//! Every command and option, declared once.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::features::over_time::OverTimeCommand;

/// What every command takes.
#[derive(Debug, Args, Clone)]
pub(crate) struct CommonArguments {
    /// The profile: experiment, staging, production, or one of mlops.toml.
    #[arg(long, global = true, env = "MLOPS_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The store's folder, instead of the profile's.
    #[arg(long, global = true, env = "MLOPS_STORE", value_name = "FOLDER")]
    pub(crate) store: Option<PathBuf>,
    /// One JSON object a line on standard output, and nothing else there.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// Runs pipelines; says what ran and why, and what each result came from.
#[derive(Debug, Parser)]
#[command(disable_help_subcommand = true)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) common: CommonArguments,
    #[command(flatten)]
    pub(crate) run: RunArguments,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// A command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a pipeline: reuse what is kept, run the rest (the command without a name).
    Run(RunArguments),
    /// Show what would run, and why.
    Plan(PlanArguments),
    /// Draw the pipeline.
    Graph(GraphArguments),
    /// List what ran.
    Runs(RunsArguments),
    /// Show a run, an artifact or a stage of a run.
    Show(ShowArguments),
    /// Make kept results again elsewhere, and compare them to the bit.
    Verify(VerifyArguments),
    /// Say that a change of code alters nothing, so that the kept result counts for the new code, too.
    Accept(AcceptArguments),
    /// Carry out an order of `verify` in a process of its own.
    #[command(hide = true)]
    VerifyExec(VerifyExecArguments),
    /// Compare two runs: parameters, metrics, inputs, code, environment.
    Diff(DiffArguments),
    /// Look at keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Where something came from, or what rests on it.
    Lineage(LineageArguments),
    /// Whether data is fit to use, and whether it changed.
    #[command(subcommand)]
    Data(DataCommand),
    /// The features of this program, what was known of entities at a moment, and what is known now.
    #[command(subcommand)]
    Features(FeaturesCommand),
    /// Look after the store.
    #[command(subcommand)]
    Store(StoreCommand),
    /// Get what a stage made.
    #[command(subcommand)]
    Artifact(ArtifactCommand),
    /// What a profile means, and where each value comes from.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Which pipeline, with which configuration.
#[derive(Debug, Args, Clone, Default, PartialEq)]
pub(crate) struct PipelineArguments {
    /// The pipeline; the default or only one without it.
    #[arg(value_name = "PIPELINE")]
    pub(crate) pipeline: Option<String>,
    /// Change a setting of the pipeline's configuration, such as train.rate=0.1.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) settings: Vec<String>,
    /// Take parameters and profile of an earlier run: what succeeded there is reused.
    #[arg(long, value_name = "RUN")]
    pub(crate) from: Option<String>,
    /// Run nothing but this stage (may be given more than once).
    #[arg(long, value_name = "STAGE")]
    pub(crate) only: Vec<String>,
    /// Run this stage whatever is kept (may be given more than once).
    #[arg(long, value_name = "STAGE")]
    pub(crate) force: Vec<String>,
    /// Read the content of each source, whatever its size, times or entity tag say.
    #[arg(long)]
    pub(crate) paranoid: bool,
}

/// How to run.
#[derive(Debug, Args, Clone, Default, PartialEq)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArguments,
    /// After a failure, go on with what does not depend on it.
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// How many cores the stages may use together.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
    /// Say why each stage runs.
    #[arg(long)]
    pub(crate) explain: bool,
}

/// How to plan.
#[derive(Debug, Args, Clone)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArguments,
    /// Name the causes, of every stage or of one.
    #[arg(long, value_name = "STAGE", num_args = 0..=1, default_missing_value = "")]
    pub(crate) explain: Option<String>,
    /// With `--explain STAGE`: everything that the stage reaches in the code, as a tree.
    #[arg(long, requires = "explain")]
    pub(crate) full: bool,
    /// With `--explain STAGE`: how the changed code differs from the commit of the last run, by git.
    #[arg(long, requires = "explain")]
    pub(crate) diff: bool,
}

/// How to draw.
#[derive(Debug, Args, Clone)]
pub(crate) struct GraphArguments {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArguments,
    /// dot, mermaid, svg or json.
    #[arg(long, default_value = "mermaid")]
    pub(crate) format: String,
    /// Colour each stage by what the plan says of it.
    #[arg(long)]
    pub(crate) plan: bool,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

/// Which pipeline, where the first argument is something else.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct WhichPipeline {
    /// The pipeline; the default or only one without it.
    #[arg(long, value_name = "PIPELINE")]
    pub(crate) pipeline: Option<String>,
    /// Change a setting of the pipeline's configuration, such as train.rate=0.1.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) settings: Vec<String>,
    /// Take parameters and profile of an earlier run.
    #[arg(long, value_name = "RUN")]
    pub(crate) from: Option<String>,
}

impl WhichPipeline {
    pub(crate) fn pipeline_arguments(&self) -> PipelineArguments {
        PipelineArguments {
            pipeline: self.pipeline.clone(),
            settings: self.settings.clone(),
            from: self.from.clone(),
            ..PipelineArguments::default()
        }
    }
}

/// What to verify, and how.
#[derive(Debug, Args, Clone)]
pub(crate) struct VerifyArguments {
    /// The stage; every one without it.
    #[arg(value_name = "STAGE")]
    pub(crate) stage: Option<String>,
    /// At most this many, chosen evenly over the pipeline.
    #[arg(long, value_name = "N")]
    pub(crate) sample: Option<usize>,
    /// Run each twice afresh, and compare the two with each other, too; also where nothing is kept.
    #[arg(long)]
    pub(crate) twice: bool,
    /// Shut each in, so that it can open only what it declares, and name what else it tries (Linux).
    #[arg(long)]
    pub(crate) hermetic: bool,
    #[command(flatten)]
    pub(crate) which: WhichPipeline,
}

/// What to accept.
#[derive(Debug, Args, Clone)]
pub(crate) struct AcceptArguments {
    /// The stage whose code changed without altering its result.
    #[arg(long, value_name = "STAGE")]
    pub(crate) unchanged: String,
    /// Why the result is not altered; it stands in the audit log.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) which: WhichPipeline,
}

/// An order.
#[derive(Debug, Args, Clone)]
pub(crate) struct VerifyExecArguments {
    /// The file of the order.
    pub(crate) order: PathBuf,
    /// Whether the process has begun anew under its tracer.
    #[arg(long)]
    pub(crate) traced: bool,
}

/// Which runs.
#[derive(Debug, Args, Clone)]
pub(crate) struct RunsArguments {
    /// Only runs of this pipeline.
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// Only runs that ended so: succeeded, failed or cancelled.
    #[arg(long, value_name = "OUTCOME")]
    pub(crate) outcome: Option<String>,
    /// At most this many, the newest first.
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: usize,
}

/// What to show.
#[derive(Debug, Args, Clone)]
pub(crate) struct ShowArguments {
    /// A run (latest, latest~1, a short id) or an artifact's digest.
    #[arg(value_name = "X", default_value = "latest")]
    pub(crate) what: String,
    /// The log lines that the stages wrote.
    #[arg(long)]
    pub(crate) logs: bool,
}

/// What to compare.
#[derive(Debug, Args, Clone)]
pub(crate) struct DiffArguments {
    /// The earlier run.
    #[arg(default_value = "latest~1")]
    pub(crate) a: String,
    /// The later run.
    #[arg(default_value = "latest")]
    pub(crate) b: String,
    /// As Markdown, for a pull request.
    #[arg(long)]
    pub(crate) markdown: bool,
}

/// Commands on keys.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum KeyCommand {
    /// Compare two recorded keys: RUN/STAGE each.
    Diff {
        /// The earlier one, such as latest~1/train.
        a: String,
        /// The later one, such as latest/train.
        b: String,
    },
}

/// Where from, where to.
#[derive(Debug, Args, Clone)]
pub(crate) struct LineageArguments {
    /// A run, RUN/STAGE, or an artifact's digest.
    #[arg(value_name = "X", default_value = "latest")]
    pub(crate) what: String,
    /// What it came from (the default).
    #[arg(long, conflicts_with = "down")]
    pub(crate) up: bool,
    /// What rests on it.
    #[arg(long)]
    pub(crate) down: bool,
}

/// Which tables to compare, and what counts.
#[derive(Debug, Args, Clone)]
pub(crate) struct DataDiffArguments {
    /// The reference: a CSV, Parquet or Arrow file; or a version of a data set, `name@digest`, or a profile that
    /// `data describe` wrote as JSON. Of the last two no row is read.
    #[arg(value_name = "A")]
    pub(crate) reference: PathBuf,
    /// The current table.
    #[arg(value_name = "B")]
    pub(crate) current: PathBuf,
    /// Also write the report as an HTML page.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The share of false alarms that is accepted, over all columns together.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) level: f64,
    /// From which shift of the values on it matters, in spreads of the reference.
    #[arg(long, value_name = "SPREADS", default_value_t = 0.1)]
    pub(crate) least_shift: f64,
    /// Which share of rows must have changed category, or become missing, to matter.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) least_share: f64,
    /// Do not look at this column (may be given more than once).
    #[arg(long, value_name = "COLUMN")]
    pub(crate) ignore: Vec<String>,
    /// Let this column have no evidence (may be given more than once).
    #[arg(long, value_name = "COLUMN")]
    pub(crate) allow_no_evidence: Vec<String>,
    /// Also ask a classifier whether several columns together tell the tables apart.
    #[arg(long)]
    pub(crate) classifier: bool,
    /// What the classifier's choice of rows is drawn from.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "classifier")]
    pub(crate) seed: u64,
}

/// Commands on the store.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum StoreCommand {
    /// Verify what is kept.
    Check {
        /// Verify this many artifacts, chosen evenly, instead of all.
        #[arg(long, value_name = "N")]
        sample: Option<usize>,
    },
    /// What is kept, in numbers.
    Stats,
}

/// Commands on artifacts.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum ArtifactCommand {
    /// Write what a stage made to a file, or show it.
    Get {
        /// RUN/STAGE, RUN/STAGE/1 for the second output, or a digest.
        what: String,
        /// The file; its extension names the format (json, csv, parquet, arrow, html, md, txt).
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

/// Commands on profiles.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum ProfileCommand {
    /// The profiles there are.
    List,
    /// Every value of a profile, with the file and line that it comes from.
    Show {
        /// The profile; the present one without it.
        name: Option<String>,
    },
}

/// Commands on the audit log.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum AuditCommand {
    /// What was done, by whom, on which evidence.
    Log {
        /// At most this many, the newest last.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Check the chain: nothing changed, nothing removed.
    Verify,
}

/// Commands on features.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum FeaturesCommand {
    /// The features there are, with their versions, and whether these are declared.
    List,
    /// Everything about one feature.
    Show {
        /// The feature.
        name: String,
    },
    /// Declare the present versions in features.lock; with `--check`, 1 if one is not declared.
    Lock {
        /// Write nothing; say what is not declared.
        #[arg(long)]
        check: bool,
        /// Also forget features that this program does not define.
        #[arg(long, conflicts_with = "check")]
        prune: bool,
    },
    /// What differs between two versions of a definition.
    Diff {
        /// The feature.
        name: String,
        /// The earlier version; without it, the declared one.
        #[arg(value_name = "A")]
        from: Option<String>,
        /// The later version; without it, the present one of the program.
        #[arg(value_name = "B")]
        to: Option<String>,
    },
    /// All features as a page: definition, owner, statistics of the latest data, who uses them.
    Catalogue {
        /// Write to this file instead of standard output.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// Take the statistics of this file, instead of the training set that was made last.
        #[arg(long, value_name = "FILE")]
        data: Option<PathBuf>,
    },
    #[command(flatten)]
    OverTime(Box<OverTimeCommand>),
}

/// Commands on tables.
#[derive(Debug, Subcommand, Clone)]
pub(crate) enum DataCommand {
    /// Compare two tables column by column: what changed, by how much, and whether chance explains it.
    Diff(DataDiffArguments),
    /// Judge a file by a contract; 1 if it is refused.
    Check(DataCheckArguments),
    /// Say what a file holds, column by column, and with `--quality` how good it is.
    Describe(DataDescribeArguments),
    /// Say how reliable sources were, from what runs have kept of them; 1 if one is overdue.
    Sources(DataSourcesArguments),
    /// Propose a contract for files like this one, with the evidence as comments.
    InferContract {
        /// The file.
        file: PathBuf,
        /// Write to this file instead of standard output.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Cut a file into parts, such as training and test; keep them as versions of a data set; 1 if something leaks.
    Split(DataSplitArguments),
    /// List the versions of data sets that are kept.
    Versions {
        /// Only of this data set.
        name: Option<String>,
    },
}

/// What to split, how, and where to.
#[derive(Debug, Args, Clone)]
pub(crate) struct DataSplitArguments {
    /// The file: csv, tsv, parquet, arrow, …
    pub(crate) file: PathBuf,
    /// How rows are told apart: fraction, time, group or stratified.
    #[arg(long, value_name = "METHOD")]
    pub(crate) by: String,
    /// The column of the time, the groups or the strata.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) column: Option<String>,
    /// A part: its role (training, validation, test, reference) and its share, `rest`, or the moment before which its rows lie.
    /// Without any, training=0.8 and test=rest.
    #[arg(long = "part", value_name = "ROLE=SHARE")]
    pub(crate) parts: Vec<String>,
    /// What chance is drawn from.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Decide each row or group by itself, so that what is added later moves nobody.
    #[arg(long)]
    pub(crate) lasting: bool,
    /// The folder for the parts.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: PathBuf,
    /// How they are written: parquet or csv.
    #[arg(long, value_name = "FORMAT", default_value = "parquet")]
    pub(crate) format: String,
    /// The name of the data set; without it, that of the file.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Also record from when to when the rows of each part are, by this column.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) times: Option<String>,
    /// Also look for columns that are this label in disguise.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) label: Option<String>,
    /// Do not look at this column when looking for leaks (may be given more than once).
    #[arg(long, value_name = "COLUMN")]
    pub(crate) ignore: Vec<String>,
    /// The share of a later part's rows that may also be in an earlier one: in few columns different things have equal rows.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub(crate) tolerating: f64,
}

/// What to describe, and how far.
#[derive(Debug, Args, Clone)]
pub(crate) struct DataDescribeArguments {
    /// The file: csv, tsv, parquet, arrow, …
    pub(crate) file: PathBuf,
    /// Write the profile to this file as JSON: `data diff` takes it as a reference.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Also tell what is missing, repeated, far out or labelled doubtfully.
    #[arg(long)]
    pub(crate) quality: bool,
    /// The column that a model is to learn.
    #[arg(long, value_name = "COLUMN", requires = "quality")]
    pub(crate) label: Option<String>,
    /// A column of the key that names a row (may be given more than once).
    #[arg(long, value_name = "COLUMN", requires = "quality")]
    pub(crate) key: Vec<String>,
    /// Not an input: tell neither rows nor labels apart by this column (may be given more than once).
    #[arg(long, value_name = "COLUMN", requires = "quality")]
    pub(crate) ignore: Vec<String>,
    /// A file of out-of-sample probabilities, a column for each label, to find rows that are likely mislabelled.
    #[arg(long, value_name = "FILE", requires = "label")]
    pub(crate) probabilities: Option<PathBuf>,
    /// What rows are drawn by where there are too many to hold each against each.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "quality")]
    pub(crate) seed: u64,
}

/// Which sources, and what they promise.
#[derive(Debug, Args, Clone)]
pub(crate) struct DataSourcesArguments {
    /// Only sources whose location contains this (may be given more than once).
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: Vec<String>,
    /// How often something new is promised: `24h`, `7d`. Without it nothing is late.
    #[arg(long, value_name = "DURATION")]
    pub(crate) every: Option<String>,
    /// How much later is still on time.
    #[arg(long, value_name = "DURATION", requires = "every")]
    pub(crate) grace: Option<String>,
    /// Write every delivery to this file, as comma-separated values.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

/// What to judge, and by what.
#[derive(Debug, Args, Clone)]
pub(crate) struct DataCheckArguments {
    /// The file: csv, tsv, parquet, arrow, …
    pub(crate) file: PathBuf,
    /// The contract, as TOML.
    #[arg(long, value_name = "FILE")]
    pub(crate) contract: PathBuf,
    /// Another table, by the name by which rules speak of it (may be given more than once).
    #[arg(long = "reference", value_name = "NAME=FILE")]
    pub(crate) references: Vec<String>,
    /// Show what passed, too.
    #[arg(long)]
    pub(crate) all: bool,
}

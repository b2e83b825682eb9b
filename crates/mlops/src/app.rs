//! `mlops::app()`: pipelines by name, and the command line over them.

use std::process::ExitCode;

use clap::{Arg, CommandFactory, FromArgMatches};
use mlops_core::Profile;
use mlops_features::FeatureSet;
use mlops_pipeline::Graph;

use crate::cli::arguments::{CommandLine, RunArguments};
use crate::cli::{Command, carry_out};
use crate::failure::{Exit, Failure};
use crate::pipeline::{Built, PipelineFunction};
use crate::report;
use crate::settings::Change;

type Builder =
    Box<dyn Fn(Option<&serde_json::Value>, &[Change]) -> Result<Built, Failure> + Send + Sync>;

/// The pipelines of a program, and the command line over them.
pub struct App {
    pipelines: Vec<(String, Builder)>,
    short_settings: Vec<ShortSetting>,
    features: FeatureSet,
}

/// A short name for a setting.
struct ShortSetting {
    name: String,
    path: String,
}

/// Starts a program that runs pipelines.
///
/// ```no_run
/// use mlops::prelude::*;
///
/// /// Says how many.
/// #[stage]
/// fn count() -> u64 {
///     3
/// }
///
/// fn main() -> ExitCode {
///     mlops::app().pipeline("counting", || count()).main()
/// }
/// ```
pub fn app() -> App {
    App {
        pipelines: Vec::new(),
        short_settings: Vec::new(),
        features: FeatureSet::default(),
    }
}

impl App {
    /// Adds a pipeline. Its name is an identity in the store: renaming it starts a new history.
    #[must_use]
    pub fn pipeline<Marker>(
        mut self,
        name: impl Into<String>,
        function: impl PipelineFunction<Marker>,
    ) -> Self {
        let builder: Builder = Box::new(move |base, changes| function.build(base, changes));
        self.pipelines.push((name.into(), builder));
        self
    }

    /// Gives a setting a short name: `.short("data", "customers")` makes `--data FILE` mean `--set customers=FILE`.
    #[must_use]
    pub fn short(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.short_settings.push(ShortSetting {
            name: name.into(),
            path: path.into(),
        });
        self
    }

    /// Says which features this program defines: those that `features lock` declares, and that the catalogue shows.
    ///
    /// ```ignore
    /// mlops::app().features(features![tenure_years, refund_share]).pipeline("churn", churn).main()
    /// ```
    #[must_use]
    pub fn features(mut self, features: FeatureSet) -> Self {
        let known = self.features.definitions().iter();
        self.features = FeatureSet::of(known.chain(features.definitions()).copied());
        self
    }

    /// The graph of each pipeline under a profile, as a run without settings of its own would have it.
    pub(crate) fn graphs<'a>(
        &'a self,
        profile: &'a Profile,
    ) -> impl Iterator<Item = Result<Graph, Failure>> + 'a {
        self.pipelines.iter().map(move |(name, build)| {
            let built = build(None, &Change::of_profile(profile, name))?;
            Ok(Graph::new(built.outputs)?)
        })
    }

    /// The features that this program defines, and those that they use.
    pub(crate) fn defined_features(&self) -> &FeatureSet {
        &self.features
    }

    /// Carries out the command line and returns the exit code: 0 done, 1 a stage, check or comparison failed, 2 wrong usage
    /// or configuration, 3 refused, 4 the store is damaged.
    pub fn main(self) -> ExitCode {
        self.main_from(std::env::args_os())
    }

    /// The same with given arguments, the program's name first.
    pub fn main_from<I, T>(self, arguments: I) -> ExitCode
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString>,
    {
        ExitCode::from(self.exit_code(arguments))
    }

    fn exit_code<I, T>(&self, arguments: I) -> u8
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString>,
    {
        let arguments: Vec<std::ffi::OsString> = arguments.into_iter().map(Into::into).collect();
        let program = program_name(arguments.first());
        let wrong = self.features.check().err().map(Failure::from);
        if let Some(failure) = self.declared_twice().or(wrong) {
            report::failure(&failure, false);
            return failure.exit as u8;
        }
        let matches = match self.command(&program).try_get_matches_from(arguments) {
            Ok(matches) => matches,
            Err(error) => {
                // Help and version are no mistakes; clap prints both kinds where they belong.
                let _ = error.print();
                return if error.use_stderr() {
                    Exit::Usage as u8
                } else {
                    0
                };
            }
        };
        let line = match CommandLine::from_arg_matches(&matches) {
            Ok(line) => line,
            Err(error) => {
                let _ = error.print();
                return Exit::Usage as u8;
            }
        };
        let short = self.short_values(&matches);
        let CommandLine {
            common,
            run,
            command,
        } = line;
        if let (Some((name, _)), true) =
            (matches.subcommand(), self.says_how_to_run(&matches, &run))
        {
            let message = format!("what stands before `{name}` is for `run` alone");
            let failure = Failure::usage("command::order", message)
                .help(format!("write it after the command: `{program} {name} …`"));
            report::failure(&failure, common.json);
            return failure.exit as u8;
        }
        let mut command = command.unwrap_or(Command::Run(run));
        if let Command::Run(arguments) = &mut command {
            arguments.pipeline.settings.splice(0..0, short);
        } else if let Command::Plan(arguments) = &mut command {
            arguments.pipeline.settings.splice(0..0, short);
        } else if let Command::Graph(arguments) = &mut command {
            arguments.pipeline.settings.splice(0..0, short);
        } else if let Command::Verify(arguments) = &mut command {
            arguments.which.settings.splice(0..0, short);
        } else if let Command::Accept(arguments) = &mut command {
            arguments.which.settings.splice(0..0, short);
        }
        let json = common.json;
        match carry_out(self, &program, &common, command) {
            Ok(code) => code,
            Err(failure) => {
                report::failure(&failure, json);
                failure.exit as u8
            }
        }
    }

    /// A name that stands for two things: the second would never be reached.
    fn declared_twice(&self) -> Option<Failure> {
        let pipelines = self.pipelines.iter().map(|(name, _)| name.as_str());
        if let Some(name) = first_repeated(pipelines) {
            let message = format!("two pipelines of this program are called `{name}`");
            let help = "give one of them another name in `.pipeline(…)`";
            return Some(Failure::usage("command::declared_twice", message).help(help));
        }
        let command = CommandLine::command();
        let run = command.find_subcommand("run");
        let own = command
            .get_arguments()
            .chain(run.into_iter().flat_map(clap::Command::get_arguments));
        let mut options: Vec<&str> = own.filter_map(Arg::get_long).chain(["help"]).collect();
        options.sort_unstable();
        options.dedup();
        let short = self
            .short_settings
            .iter()
            .map(|setting| setting.name.as_str());
        first_repeated(options.into_iter().chain(short)).map(|name| {
            let message = format!("two options of this program are called `--{name}`");
            let help = "give the setting another name in `.short(…)`";
            Failure::usage("command::declared_twice", message).help(help)
        })
    }

    /// The command line of the program of that name, with the short settings in it.
    pub(crate) fn command(&self, program: &str) -> clap::Command {
        let add = |mut command: clap::Command| {
            for setting in &self.short_settings {
                command = command.arg(
                    Arg::new(setting.name.clone())
                        .long(setting.name.clone())
                        .value_name("VALUE")
                        .help(format!("Short for --set {}=VALUE", setting.path)),
                );
            }
            command
        };
        let mut command = add(CommandLine::command().name(program.to_owned()));
        for name in ["run", "plan", "graph", "verify", "accept"] {
            command = command.mut_subcommand(name, add);
        }
        command
    }

    /// Whether a pipeline or an option of `run` was given where a command could follow. Those that every command takes, such
    /// as `--profile` and `--json`, may stand there.
    fn says_how_to_run(&self, matches: &clap::ArgMatches, run: &RunArguments) -> bool {
        let short = |setting: &ShortSetting| matches.contains_id(&setting.name);
        *run != RunArguments::default() || self.short_settings.iter().any(short)
    }

    fn short_values(&self, matches: &clap::ArgMatches) -> Vec<String> {
        let matches = match matches.subcommand() {
            Some(("run" | "plan" | "graph" | "verify" | "accept", below)) => below,
            Some(_) => return Vec::new(),
            None => matches,
        };
        self.short_settings
            .iter()
            .filter_map(|setting| {
                let value = matches.get_one::<String>(&setting.name)?;
                Some(format!("{}={value}", setting.path))
            })
            .collect()
    }

    /// Whether there is a pipeline of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.pipelines.iter().any(|(known, _)| known == name)
    }

    /// The pipeline of that name, or the default, or the only one.
    pub(crate) fn find<'a>(
        &'a self,
        name: Option<&str>,
        default: Option<&str>,
    ) -> Result<(&'a str, &'a Builder), Failure> {
        let known: Vec<&str> = self
            .pipelines
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let wanted = match name.or(default) {
            Some(name) => name,
            None if known.len() == 1 => known[0],
            None if known.is_empty() => {
                return Err(
                    Failure::usage("command::no_pipeline", "this program has no pipeline")
                        .help("add one: `mlops::app().pipeline(\"name\", function).main()`"),
                );
            }
            None => {
                return Err(Failure::usage(
                    "command::which_pipeline",
                    "this program has more than one pipeline, and none was named",
                )
                .help(format!(
                    "name one of {}, or set default_pipeline in mlops.toml",
                    known.join(", ")
                )));
            }
        };
        self.pipelines
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(name, builder)| (name.as_str(), builder))
            .ok_or_else(|| {
                let failure = Failure::usage(
                    "command::unknown_pipeline",
                    format!("no pipeline is called `{wanted}`"),
                );
                let all = known.join(", ");
                match mlops_core::nearest(wanted, known.iter().copied()) {
                    Some(near) => failure.help(format!("did you mean `{near}`? there are: {all}")),
                    None => failure.help(format!("there are: {all}")),
                }
            })
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self
            .pipelines
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        f.debug_struct("App").field("pipelines", &names).finish()
    }
}

fn first_repeated<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

/// What the program is called by whoever calls it: completions belong to that name.
fn program_name(first: Option<&std::ffi::OsString>) -> String {
    let path = std::path::Path::new(first.map_or("mlops".as_ref(), |first| first.as_os_str()));
    let name = path.file_stem().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Vec<mlops_core::Handle<u64>> {
        Vec::new()
    }

    fn said(app: &App) -> String {
        app.declared_twice()
            .map_or_else(String::new, |failure| failure.message)
    }

    #[test]
    fn a_name_for_two_things_is_refused_before_anything_runs() {
        let one = || app().pipeline("churn", nothing);
        assert_eq!(
            said(&one().pipeline("price", nothing).short("data", "customers")),
            ""
        );
        assert!(
            said(&one().pipeline("churn", nothing))
                .contains("pipelines of this program are called `churn`")
        );
        assert!(said(&one().short("json", "output")).contains("`--json`"));
        assert!(said(&one().short("only", "output")).contains("`--only`"));
        assert!(said(&one().short("data", "a").short("data", "b")).contains("`--data`"));
    }
}

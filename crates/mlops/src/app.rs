//! `mlops::app()`: pipelines by name, and the command line over them.

use std::process::ExitCode;

use clap::{Arg, CommandFactory, FromArgMatches};

use crate::cli::arguments::CommandLine;
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

    /// Carries out the command line and returns the exit code: 0 done, 1 a stage, check or comparison failed, 2 wrong usage
    /// or configuration, 3 refused, 4 the store is damaged.
    pub fn main(self) -> ExitCode {
        self.main_from(std::env::args_os())
    }

    /// The same with given arguments, the program's name first.
    pub fn main_from<I, T>(self, arguments: I) -> ExitCode
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString> + Clone,
    {
        ExitCode::from(self.exit_code(arguments))
    }

    fn exit_code<I, T>(&self, arguments: I) -> u8
    where
        I: IntoIterator<Item = T>,
        T: Into<std::ffi::OsString> + Clone,
    {
        let matches = match self.command().try_get_matches_from(arguments) {
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
        match carry_out(self, &common, command) {
            Ok(code) => code,
            Err(failure) if is_broken_pipe(&failure) => 0,
            Err(failure) => {
                report::failure(&failure, json);
                failure.exit as u8
            }
        }
    }

    /// The command line with the short settings in it.
    pub(crate) fn command(&self) -> clap::Command {
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
        let mut command = add(CommandLine::command());
        for name in ["run", "plan", "graph", "verify", "accept"] {
            command = command.mut_subcommand(name, add);
        }
        command
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

/// A reader that went away, as `| head` does, is no failure of ours.
fn is_broken_pipe(failure: &Failure) -> bool {
    failure.code == "command::output" && failure.message.contains("Broken pipe")
}

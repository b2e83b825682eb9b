//! The command line of every pipeline binary: one list from which help and completions are made.

mod accept;
pub(crate) mod arguments;
mod columns;
mod data;
mod diff;
mod explain;
mod features;
mod keep;
mod look;
mod profile;
mod run;
mod subject;
pub(crate) mod tell;
mod verify;

pub(crate) use arguments::{Command, CommonArguments};

use self::subject::look_into_store;
use crate::app::App;
use crate::failure::Failure;

/// Carries out a command; returns the exit code of one that ended as it should.
pub(crate) fn carry_out(
    app: &App,
    program: &str,
    common: &CommonArguments,
    command: Command,
) -> Result<u8, Failure> {
    use arguments::KeyCommand::Diff;
    match command {
        Command::Run(arguments) => run::run(app, common, &arguments),
        Command::Plan(arguments) => run::plan(app, common, &arguments),
        Command::Graph(arguments) => run::graph(app, common, &arguments),
        Command::Verify(arguments) => verify::verify(app, common, &arguments),
        Command::VerifyExec(arguments) => verify::verify_exec(app, &arguments),
        Command::Accept(arguments) => accept::accept(app, common, &arguments),
        Command::Runs(arguments) => {
            look_into_store(common, |store| look::runs(store, common, &arguments))
        }
        Command::Show(arguments) => {
            look_into_store(common, |store| look::show(store, common, &arguments))
        }
        Command::Diff(arguments) => {
            look_into_store(common, |store| diff::diff(store, common, &arguments))
        }
        Command::Key(Diff { a, b }) => {
            look_into_store(common, |store| diff::keys(store, common, &a, &b))
        }
        Command::Lineage(arguments) => {
            look_into_store(common, |store| keep::lineage(store, common, &arguments))
        }
        Command::Data(command) => data::data(common, &command),
        Command::Features(command) => features::features(common, &command),
        Command::Store(command) => keep::store(common, &command),
        Command::Artifact(command) => keep::artifact(common, &command),
        Command::Audit(command) => keep::audit(common, &command),
        Command::Profile(command) => profile::profile(common, &command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut app.command(program), program, &mut script);
            tell::text(&String::from_utf8_lossy(&script))?;
            Ok(0)
        }
    }
}

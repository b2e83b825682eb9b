//! Pipelines that look at the outside world in each declared way, as a program of its own.

use std::time::Duration;

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct World {
    days: Glob,
    region: EnvVar,
    as_of: Now,
}

/// The configuration of all these pipelines.
#[derive(Serialize, Deserialize)]
struct Config {
    world: World,
    page: Url,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            world: World {
                days: Glob::new("days/*.txt"),
                region: EnvVar::new("REGION").or("nowhere"),
                as_of: Now::day(),
            },
            page: Url::default(),
        }
    }
}

/// Names and sizes of the days.
#[stage(ingest)]
fn list(days: &Glob) -> Result<Vec<String>> {
    let describe = |file: File| -> Result<String> {
        let name = file.path().file_name().unwrap_or_default().to_owned();
        Ok(format!("{} {}", name.display(), file.read()?.len()))
    };
    days.files()?.map(describe).collect()
}

/// How long the region's name is: the name itself may be a secret.
#[stage(ingest)]
fn measure(region: &EnvVar) -> Result<u64> {
    Ok(region.value()?.len() as u64)
}

/// What the clock says.
#[stage(ingest)]
fn tell(as_of: &Now) -> String {
    as_of.instant().to_string()
}

/// The lines of the page.
#[stage(ingest)]
fn fetch(page: &Url) -> Result<Vec<String>> {
    Ok(page.read_text()?.lines().map(str::to_owned).collect())
}

/// All of it at once: sources are found wherever they are nested.
#[stage(ingest)]
fn survey(world: &World) -> Result<String> {
    let (days, region) = (world.days.files()?.count(), world.region.value()?.len());
    Ok(format!(
        "{days} days, {region} letters, {}",
        world.as_of.instant()
    ))
}

/// Reads the days twice, with time in between for them to change.
#[stage(ingest)]
fn dawdle(days: &Glob) -> Result<u64> {
    let before = days.files()?.count();
    std::thread::sleep(Duration::from_secs(3));
    Ok((before + days.files()?.count()) as u64)
}

fn listing(config: &Config) -> Handle<Vec<String>> {
    list(&config.world.days)
}

fn measuring(config: &Config) -> Handle<u64> {
    measure(&config.world.region)
}

fn telling(config: &Config) -> Handle<String> {
    tell(&config.world.as_of)
}

fn fetching(config: &Config) -> Handle<Vec<String>> {
    fetch(&config.page)
}

fn surveying(config: &Config) -> Handle<String> {
    survey(&config.world)
}

fn dawdling(config: &Config) -> Handle<u64> {
    dawdle(&config.world.days)
}

fn main() -> ExitCode {
    mlops::app()
        .pipeline("listing", listing)
        .pipeline("measuring", measuring)
        .pipeline("telling", telling)
        .pipeline("fetching", fetching)
        .pipeline("surveying", surveying)
        .pipeline("dawdling", dawdling)
        .short("as_of", "world.as_of")
        .main()
}

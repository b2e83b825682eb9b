//! The pipeline that the tests run as a program of its own. Each stage writes its name to the file `EXECUTION_LOG` when it is
//! executed, so that what ran is known from the stages themselves. What a test wants of a stage without changing its key is
//! in the environment: `FAIL`, `PANIC` and `SLOW` name a stage, `KILL_AT` a checkpoint of `train`.

use std::io::Write;
use std::time::Duration;

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Config {
    data: File,
    rate: f64,
    threshold: f64,
    labels: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: File::new("customers.txt"),
            rate: 0.5,
            threshold: 0.0,
            labels: vec!["a".to_owned()],
        }
    }
}

/// Says that a stage is executed, and does what the test asks of it.
fn executed(cx: &StageContext, stage: &str) -> Result<()> {
    if let Some(path) = std::env::var_os("EXECUTION_LOG") {
        let mut log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)?;
        log.write_all(format!("{stage}\n").as_bytes())?;
    }
    let is_asked = |what: &str| std::env::var(what).is_ok_and(|name| name == stage);
    if is_asked("SLOW") {
        for _ in 0..200 {
            if cx.cancelled() {
                return Err("stopped in the middle".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    if is_asked("DEAF") {
        std::thread::sleep(Duration::from_secs(20));
    }
    assert!(!is_asked("PANIC"), "asked to panic");
    if is_asked("FAIL") {
        return Err("asked to fail".into());
    }
    if is_asked("FAIL_FOR_GOOD") {
        return Err(mlops::permanent("asked to fail for good"));
    }
    Ok(())
}

/// Reads one number a line.
#[stage(
    ingest,
    retries = 0,
    reads(nothing),
    reason = "what it looks at are the wishes of a test"
)]
fn load(cx: &StageContext, data: &File) -> Result<Vec<f64>> {
    executed(cx, "load")?;
    let lines = data.read_text()?;
    Ok(lines.lines().map(str::parse).collect::<Result<_, _>>()?)
}

/// Leaves out what is below zero.
#[stage(
    validate,
    reads(nothing),
    reason = "what it looks at are the wishes of a test"
)]
fn clean(cx: &StageContext, raw: &[f64]) -> Result<Vec<f64>> {
    executed(cx, "clean")?;
    tracing::info!(rows = raw.len(), "cleaning");
    Ok(raw.iter().copied().filter(|value| *value >= 0.0).collect())
}

/// Every third row is for the test.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn split(cx: &StageContext, clean: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
    executed(cx, "split")?;
    let of = |is_test: bool| {
        let rows = clean.iter().enumerate();
        let wanted = rows.filter(|(row, _)| (row % 3 == 2) == is_test);
        wanted.map(|(_, value)| *value).collect::<Vec<f64>>()
    };
    Ok((of(false), of(true)))
}

/// Sums in five steps, and keeps its state after each.
#[stage(
    train,
    retries = 1,
    backoff = "1ms",
    reads(nothing),
    reason = "what it looks at are the wishes of a test"
)]
fn train(cx: &StageContext, training: &[f64], rate: f64) -> Result<f64> {
    executed(cx, "train")?;
    let (first, mut sum): (u32, f64) = cx.restore()?.unwrap_or_default();
    for step in first..5 {
        sum += rate * training.iter().sum::<f64>();
        cx.checkpoint(&(step + 1, sum))?;
        cx.progress(u64::from(step) + 1, 5);
        let log = std::env::var_os("STEP_LOG");
        if let Some(path) = log {
            let mut log = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)?;
            writeln!(log, "{step}")?;
        }
        if std::env::var("KILL_AT").is_ok_and(|at| at == (step + 1).to_string()) {
            // As the system would, in the middle of things.
            let kill = std::process::Command::new("kill")
                .args(["-9", &std::process::id().to_string()])
                .status()?;
            assert!(kill.success());
            std::thread::sleep(Duration::from_secs(60));
        }
    }
    cx.metric("train/sum", sum);
    Ok(sum)
}

/// How far the model is from the test.
#[stage(
    evaluate,
    reads(nothing),
    reason = "what it looks at are the wishes of a test"
)]
async fn evaluate(cx: &StageContext, model: f64, test: &[f64]) -> Result<f64> {
    executed(cx, "evaluate")?;
    let score = model - test.iter().sum::<f64>();
    cx.metric("score", score);
    cx.note("scored");
    Ok(score)
}

/// What anybody would guess.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn baseline(cx: &StageContext, test: &[f64], labels: &[String]) -> Result<f64> {
    executed(cx, "baseline")?;
    Ok(test.len() as f64 + labels.len() as f64)
}

/// The best of several scores.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn best(cx: &StageContext, scores: &[f64]) -> Result<f64> {
    executed(cx, "best")?;
    Ok(scores.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// Whether the best is good enough.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn is_good(cx: &StageContext, best: f64, threshold: f64) -> Result<bool> {
    executed(cx, "is_good")?;
    Ok(best > threshold)
}

/// Words for the best.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn announce(cx: &StageContext, best: f64) -> Result<String> {
    executed(cx, "announce")?;
    Ok(format!("the best is {best}"))
}

#[derive(Outputs)]
struct Churn {
    score: Handle<f64>,
    best: Handle<f64>,
    announcement: Handle<String>,
}

fn churn(config: &Config) -> Churn {
    let raw = load(&config.data);
    let clean = clean(raw);
    let (training, test) = split(clean);
    let model = train(training, config.rate);
    let score = evaluate(model, &test);
    // Two equal calls are one.
    let scores = [
        baseline(&test, &config.labels),
        baseline(&test, &config.labels),
    ];
    let best = best([&score, &scores[0], &scores[1]]);
    let is_good = is_good(&best, config.threshold);
    let announcement = when(&is_good, announce(&best));
    Churn {
        score,
        best,
        announcement,
    }
}

/// A number without a source.
#[stage(reads(nothing), reason = "what it looks at are the wishes of a test")]
fn three(cx: &StageContext) -> Result<f64> {
    executed(cx, "three")?;
    Ok(3.0)
}

fn small() -> Handle<f64> {
    three()
}

fn main() -> ExitCode {
    mlops::app()
        .pipeline("churn", churn)
        .pipeline("small", small)
        .short("data", "data")
        .main()
}

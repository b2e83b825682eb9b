//! Features of crates of registries: who asks for them, and who does not matter.

use super::Sample;

const LOCK: &str = "version = 4
[[package]]
name = \"app\"
version = \"0.1.0\"
dependencies = [\"idle\", \"units\", \"words\"]
[[package]]
name = \"units\"
version = \"0.1.0\"
dependencies = [\"words\"]
[[package]]
name = \"other\"
version = \"0.1.0\"
dependencies = [\"words\"]
[[package]]
name = \"idle\"
version = \"1.0.0\"
source = \"registry+https://example.org\"
checksum = \"aa\"
dependencies = [\"words\"]
[[package]]
name = \"words\"
version = \"1.2.0\"
source = \"registry+https://example.org\"
checksum = \"bb\"
";

/// The crates that count for a stage of `app`, which uses `words`; each manifest is what it says of dependencies.
fn crates(app: &str, units: &str, other: &str, idle: &str) -> (String, String) {
    crates_with(app, units, other, idle, |sample| sample)
}

fn crates_with(
    app: &str,
    units: &str,
    other: &str,
    idle: &str,
    change: fn(Sample) -> Sample,
) -> (String, String) {
    let manifest = |name: &str, version: &str, rest: &str| {
        format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n{rest}\n"
        )
    };
    let root = format!(
        "[workspace]\nmembers = [\"o*\"]\n{}",
        manifest("app", "0.1.0", app)
    );
    let sample = Sample::new(&[
        ("Cargo.toml", &root),
        ("Cargo.lock", LOCK),
        (
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = \"registry\"\n",
        ),
        ("units/Cargo.toml", &manifest("units", "0.1.0", units)),
        ("units/src/lib.rs", ""),
        ("other/Cargo.toml", &manifest("other", "0.1.0", other)),
        (
            "registry/idle-1.0.0/Cargo.toml",
            &manifest("idle", "1.0.0", idle),
        ),
        ("src/main.rs", "fn stage() { words::plural() }"),
    ]);
    let reach = change(sample).reach();
    let lines = reach.items.lines().filter(|line| line.starts_with("crate"));
    let lines = lines.map(|line| line.replace('\t', " "));
    (lines.collect::<Vec<_>>().join(", "), reach.digest)
}

const APP: &str = "[dependencies]\nwords = { version = \"1\", default-features = false }\nidle = \"1\"\nunits = { path = \"units\" }";
const PLAIN: &str = "[dependencies]\nwords = { version = \"1\", default-features = false }";
const LOUD: &str =
    "[dependencies]\nwords = { version = \"1\", default-features = false, features = [\"loud\"] }";

#[test]
fn a_feature_counts_whoever_asks_for_it() {
    let (plain, before) = crates(APP, PLAIN, PLAIN, PLAIN);
    assert_eq!(plain, "crate words 1.2.0 ");
    let app = APP.replace("false }", "false, features = [\"loud\"] }");
    for (who, (found, after)) in [
        ("the package", crates(&app, PLAIN, PLAIN, PLAIN)),
        ("a path dependency", crates(APP, LOUD, PLAIN, PLAIN)),
        ("a crate of the registry", crates(APP, PLAIN, PLAIN, LOUD)),
    ] {
        assert_eq!(found, "crate words 1.2.0 loud", "{who}");
        assert_ne!(before, after, "{who}");
    }
    // Whether another member is compiled with it depends on the command.
    let (found, after) = crates(APP, PLAIN, LOUD, PLAIN);
    assert_eq!(found, "crate words 1.2.0  (loud)");
    assert_ne!(before, after);
}

#[test]
fn a_feature_that_another_feature_passes_on_counts_once_that_one_is_asked_for() {
    let idle = format!("{PLAIN}\n[features]\nchatty = [\"more\"]\nmore = [\"words/loud\"]");
    let (silent, _) = crates(APP, PLAIN, PLAIN, &idle);
    assert_eq!(silent, "crate words 1.2.0 ");
    let app = APP.replace(
        "idle = \"1\"",
        "idle = { version = \"1\", features = [\"chatty\"] }",
    );
    let (asked, _) = crates(&app, PLAIN, PLAIN, &idle);
    assert_eq!(asked, "crate words 1.2.0 loud");
}

#[test]
fn what_changes_no_feature_does_not_count() {
    let (_, before) = crates(APP, LOUD, PLAIN, PLAIN);
    let (_, after) = crates(APP, LOUD, PLAIN, LOUD);
    assert_eq!(before, after);
}

#[test]
fn a_feature_that_is_asked_for_on_the_command_line_is_followed_through_other_packages() {
    let app = format!("{APP}\n[features]\nlouder = [\"units/loud\"]");
    let units = format!("{PLAIN}\n[features]\nloud = [\"words/loud\"]");
    let (without, _) = crates(&app, &units, PLAIN, PLAIN);
    assert_eq!(without, "crate words 1.2.0 ");
    let (with, _) = crates_with(&app, &units, PLAIN, PLAIN, |sample| {
        sample.feature("louder")
    });
    assert_eq!(with, "crate words 1.2.0 loud");
}

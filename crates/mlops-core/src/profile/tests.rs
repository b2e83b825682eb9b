//! Claims about profiles, most of them as tables of texts and what must come of them.

use super::{Configuration, ConfigurationError, ConfigurationText, Durability};
use crate::{Level, Value};

fn parse(text: &str) -> Result<Configuration, ConfigurationError> {
    Configuration::parse(&[ConfigurationText {
        name: "mlops.toml",
        text,
    }])
}

/// Where the embedded file says this first: a comment added there must not break a test here.
fn default_line(text: &str) -> String {
    let lines: Vec<_> = super::DEFAULT_PROFILES.lines().collect();
    let number = lines.iter().position(|line| *line == text).unwrap() + 1;
    format!("default-profiles.toml:{number}")
}

/// The message with its place, and the help below it.
fn refusal(text: &str) -> String {
    let error = parse(text).unwrap_err();
    match error.help() {
        Some(help) => format!("{error}\nhelp: {help}"),
        None => error.to_string(),
    }
}

#[test]
fn the_embedded_profiles_stand_on_their_own() {
    let configuration = Configuration::parse(&[]).unwrap();
    assert_eq!(
        configuration.profiles(),
        ["experiment", "staging", "production"]
    );
    let rules = |name: &str| {
        let profile = configuration.profile(name).unwrap();
        (
            profile.level.value,
            profile.allow_dirty.value,
            profile.allow_settings.value,
            profile.require_pinned_sources.value,
            profile.durability.value,
        )
    };
    assert_eq!(
        rules("experiment"),
        (Level::Experiment, true, true, false, Durability::Process)
    );
    assert_eq!(
        rules("staging"),
        (Level::Staging, false, false, false, Durability::Process)
    );
    assert_eq!(
        rules("production"),
        (Level::Production, false, false, true, Durability::Power)
    );
}

#[test]
fn each_value_knows_where_it_comes_from() {
    let configuration = Configuration::parse(&[
        ConfigurationText {
            name: "mlops.toml",
            text: "[profile.team]\ninherits = 'staging'\njobs = 8\nmemory = '16GiB'\nresources.gpu = 2\nstore = 'team'",
        },
        ConfigurationText {
            name: "mlops.local.toml",
            text: "[profile.team]\njobs = 2",
        },
    ])
    .unwrap();
    let profile = configuration.profile("team").unwrap();
    let shown: Vec<_> = profile
        .settings()
        .into_iter()
        .filter(|line| line.origin.file() != "default-profiles.toml")
        .map(|line| format!("{} = {} ({})", line.key, line.value, line.origin))
        .collect();
    assert_eq!(
        shown,
        [
            "inherits = staging (mlops.toml:2)",
            "store = team (mlops.toml:6)",
            "jobs = 2 (mlops.local.toml:2)",
            "memory = 16GiB (mlops.toml:4)",
            "resources.gpu = 2 (mlops.toml:5)",
        ]
    );
    assert_eq!(profile.level.value, Level::Staging);
    assert_eq!(profile.level.origin.file(), "default-profiles.toml");
}

#[test]
fn a_profile_without_inherits_rests_on_the_one_called_like_its_level() {
    let configuration = parse("[profile.live]\nlevel = 'production'").unwrap();
    let live = configuration.profile("live").unwrap();
    assert!(live.require_pinned_sources.value);
    assert_eq!(live.durability.value, Durability::Power);
}

#[test]
fn the_order_of_inheritance_is_nearest_first_whatever_the_order_in_the_file() {
    let configuration = parse(
        "[profile.c]\ninherits = 'b'\n[profile.a]\nlevel = 'experiment'\njobs = 1\nkeep_going = true\nstore = 'a'\n\
         [profile.b]\ninherits = 'a'\njobs = 2\nstore = 'b'",
    )
    .unwrap();
    let c = configuration.profile("c").unwrap();
    assert_eq!(c.jobs.value.map(usize::from), Some(2));
    assert_eq!(c.store.value.to_str(), Some("b"));
    assert!(c.keep_going.value);
}

#[test]
fn changes_of_parameters_are_merged_leaf_by_leaf() {
    let configuration = parse(
        "[profile.experiment.parameters.churn]\nseed = 1\ntrain = { rate = 0.5, depth = 3 }\nsplit.test = 0.2\n\
         [profile.team]\ninherits = 'experiment'\n\
         [profile.team.parameters.churn]\ntrain.rate = 0.1\nsplit = 'none'\nsince = 2026-01-31\nnames = ['a', 'b']",
    )
    .unwrap();
    let shown: Vec<_> = configuration
        .profile("team")
        .unwrap()
        .overrides("churn")
        .iter()
        .map(|change| {
            format!(
                "{} = {} ({})",
                change.key(),
                change.setting.value,
                change.setting.origin
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "names = [\"a\",\"b\"] (mlops.toml:11)",
            "seed = 1 (mlops.toml:2)",
            "since = \"2026-01-31\" (mlops.toml:10)",
            "split = \"none\" (mlops.toml:9)",
            "train.depth = 3 (mlops.toml:3)",
            "train.rate = 0.1 (mlops.toml:8)",
        ]
    );
    assert!(
        configuration
            .profile("team")
            .unwrap()
            .overrides("other")
            .is_empty()
    );
}

#[test]
fn numbers_keep_every_bit() {
    let configuration = parse(
        "[profile.experiment.parameters.p]\na = 18446744073709551615\nb = -9223372036854775808\nc = -0.0\nd = nan\ne = 0x_ff",
    );
    // `0x_ff` is no TOML; the rest is.
    assert!(configuration.is_err());
    let configuration = parse(
        "[profile.experiment.parameters.p]\na = 18446744073709551615\nb = -9223372036854775808\nc = -0.0\nd = inf\ne = 0xff",
    )
    .unwrap();
    let values: Vec<_> = configuration
        .profile("experiment")
        .unwrap()
        .overrides("p")
        .iter()
        .map(|change| change.setting.value.clone())
        .collect();
    assert_eq!(
        values,
        [
            Value::Integer(i128::from(u64::MAX)),
            Value::Integer(i128::from(i64::MIN)),
            Value::Float((-0.0).into()),
            Value::Float(f64::INFINITY.into()),
            Value::Integer(255),
        ]
    );
}

#[test]
fn what_is_wrong_is_refused_with_its_place_and_the_next_step() {
    for (text, expected) in [
        (
            "[profile.experiment]\njob = 4",
            "mlops.toml:2:1: unknown key `job` in `profile.experiment`\nhelp: did you mean `jobs`?",
        ),
        (
            "[profil.x]\nlevel = 'staging'",
            "mlops.toml:1:2: unknown key `profil`\nhelp: did you mean `profile`?",
        ),
        (
            "[project]\ntitle = 'x'",
            "mlops.toml:2:1: unknown key `title` in `project`\nhelp: known: name",
        ),
        (
            "[profile.experiment.lineage]\n\nulr = 'http://x'",
            "mlops.toml:3:1: unknown key `ulr` in `profile.experiment.lineage`\nhelp: did you mean `url`?",
        ),
        (
            "[profile.x]\nlevel = 'prodution'",
            "mlops.toml:2:9: `prodution` is no level: expected experiment, staging or production\nhelp: did you mean `production`?",
        ),
        (
            "[profile.x]\nlevel = 3",
            "mlops.toml:2:9: `profile.x.level` is a whole number: expected a level",
        ),
        (
            "[profile.x]\njobs = 2",
            "mlops.toml:1:10: profile `x` says neither its `level` nor what it `inherits`\nhelp: for example `inherits = \"staging\"`",
        ),
        (
            "[profile.x]\ninherits = 'stagin'",
            "mlops.toml:2:12: no profile is called `stagin`\nhelp: did you mean `staging`?",
        ),
        (
            "[profile.experiment]\njobs = 0",
            "mlops.toml:2:8: `profile.experiment.jobs` is 0: expected a whole number above 0, or \"cores\"",
        ),
        (
            "[profile.experiment]\njobs = 'all'",
            "mlops.toml:2:8: `profile.experiment.jobs` is a text: expected a whole number above 0, or \"cores\"",
        ),
        (
            "[profile.experiment]\nmemory = '8G'",
            "mlops.toml:2:10: `8G` is no size: expected a number above 0 and a unit, such as `512MiB` or `1.5GB`\nhelp: or `machine`, for all that there is",
        ),
        (
            "[profile.experiment]\nallow_dirty = 'yes'",
            "mlops.toml:2:15: `profile.experiment.allow_dirty` is a text: expected true or false",
        ),
        (
            "[profile.experiment]\ndurability = 'powr'",
            "mlops.toml:2:14: `powr` is no durability: expected process or power\nhelp: did you mean `power`?",
        ),
        (
            "[profile.experiment.resources]\ngpu = -1",
            "mlops.toml:2:7: `profile.experiment.resources.gpu` is -1: expected a number above 0",
        ),
        (
            "[profile.experiment]\nstore = ' '",
            "mlops.toml:2:9: `profile.experiment.store` is an empty text: expected the path of a folder",
        ),
        (
            "[profile.experiment]\nresources = 1",
            "mlops.toml:2:13: `profile.experiment.resources` is a whole number: expected a table",
        ),
        (
            "[profile.experiment.parameters.p]\na = 1e999",
            "mlops.toml:2:5: `profile.experiment.parameters.p.a` holds a number that does not fit into 64 bits",
        ),
        (
            "[profile.'a b']\nlevel = 'staging'",
            "mlops.toml:1:10: \"a b\" cannot be the name of a profile\nhelp: use letters, digits, `-` and `_`",
        ),
        (
            "default_pipeline = ''",
            "mlops.toml:1:20: `default_pipeline` is an empty text: expected a name",
        ),
        (
            "é = 1\nprofile = 2",
            "mlops.toml:1:1: invalid unquoted key, expected letters, numbers, `-`, `_`",
        ),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn a_level_is_never_lowered() {
    for (text, expected) in [
        (
            "[profile.x]\ninherits = 'production'\nlevel = 'staging'",
            "mlops.toml:3:9: profile `x` lowers the level from production (PRODUCTION) to staging\n\
             help: remove the line, or inherit a profile of level staging",
        ),
        (
            "[profile.a]\ninherits = 'staging'\n[profile.b]\ninherits = 'a'\nlevel = 'experiment'",
            "mlops.toml:5:9: profile `b` lowers the level from staging (STAGING) to experiment\n\
             help: remove the line, or inherit a profile of level experiment",
        ),
        (
            "[profile.production]\nlevel = 'experiment'",
            "mlops.toml:2:9: profile `production` lowers the level from production (PRODUCTION) to experiment\n\
             help: remove the line, or inherit a profile of level experiment",
        ),
    ] {
        let expected = expected
            .replace("PRODUCTION", &default_line("level = \"production\""))
            .replace("STAGING", &default_line("level = \"staging\""));
        assert_eq!(refusal(text), expected, "{text}");
    }
    assert!(parse("[profile.x]\ninherits = 'experiment'\nlevel = 'staging'").is_ok());
}

#[test]
fn a_cycle_is_named() {
    for (text, expected) in [
        (
            "[profile.x]\ninherits = 'x'",
            "mlops.toml:2:12: profile `x` inherits itself: x → x",
        ),
        (
            "[profile.a]\ninherits = 'b'\n[profile.b]\ninherits = 'c'\n[profile.c]\ninherits = 'a'",
            "mlops.toml:6:12: profile `a` inherits itself: a → b → c → a",
        ),
        (
            "[profile.experiment]\ninherits = 'team'\n[profile.team]\nlevel = 'experiment'",
            "mlops.toml:2:12: profile `experiment` inherits itself: experiment → team → experiment",
        ),
    ] {
        assert!(refusal(text).starts_with(expected), "{}", refusal(text));
    }
}

#[test]
fn production_cannot_be_hollowed_out() {
    for (line, strict) in [
        ("allow_dirty = true", "allow_dirty = false"),
        ("allow_settings = true", "allow_settings = false"),
        (
            "require_pinned_sources = false",
            "require_pinned_sources = true",
        ),
        (
            "require_locked_features = false",
            "require_locked_features = true",
        ),
        ("durability = \"process\"", "durability = \"power\""),
    ] {
        let help = format!("help: write `{strict}`, or use a profile of level staging");
        assert_eq!(
            refusal(&format!("[profile.production]\n{line}"))
                .replace(&help, "")
                .trim_end(),
            format!(
                "mlops.toml:2:{}: profile `production` is at level production, which refuses `{line}`",
                line.find('=').unwrap() + 3
            )
        );
        let below = refusal(&format!("[profile.live]\nlevel = 'production'\n{line}"));
        assert!(
            below.contains("profile `live` is at level production, which refuses"),
            "{below}"
        );
        assert!(parse(&format!("[profile.staging]\n{strict}")).is_ok());
    }
    let inherited = refusal("[profile.live]\ninherits = 'staging'\nlevel = 'production'");
    let place = default_line("require_pinned_sources = false");
    assert_eq!(
        inherited,
        format!(
            "mlops.toml:3:9: profile `live` is at level production, but inherits `require_pinned_sources = false` ({place})\n\
             help: inherit `production`, or write `require_pinned_sources = true` in `[profile.live]`"
        )
    );
}

#[test]
fn a_secret_in_plain_sight_is_refused_and_not_repeated() {
    for text in [
        "[profile.experiment.lineage]\napi_key = 'sk-live-123'",
        "[profile.experiment.lineage]\napi_key = ['sk-live-123']",
        "[profile.experiment.lineage]\napi_key = sk-live-123",
        "[profile.experiment.lineage]\napi_key = 'sk-live-123",
        "[profile.experiment.lineage]\napi_kye = 'sk-live-123'",
        "[profile.experiment.lineage]\nurl = 'https://me:sk-live-123@host/x'",
        "[profile.experiment]\nenvironment = ['KEY=sk-live-123']",
    ] {
        let error = parse(text).unwrap_err();
        let location = error.location().unwrap();
        assert!(location.text.contains("***"), "{text}: {}", location.text);
        assert!(location.text.get(location.span.clone()).is_some(), "{text}");
        for shown in [
            format!("{error}"),
            format!("{error:?}"),
            location.text.clone(),
        ] {
            assert!(!shown.contains("sk-live"), "{text}: {shown}");
        }
    }
    assert_eq!(
        refusal("[profile.experiment.lineage]\napi_key = 'sk-live-123'"),
        "mlops.toml:2:11: `profile.experiment.lineage.api_key`: a secret must be a reference, `env:NAME` or `file:PATH`, \
         never the value itself\nhelp: put the value into an environment variable or a file, and write where it is"
    );
}

#[test]
fn a_reference_to_a_secret_is_shown_as_a_reference() {
    let configuration = parse("[profile.experiment.lineage]\napi_key = 'env:KEY'").unwrap();
    let profile = configuration.profile("experiment").unwrap();
    let shown = profile.settings().pop().unwrap();
    assert_eq!(
        (shown.key.as_str(), shown.value.as_str()),
        ("lineage.api_key", "env:KEY")
    );
    let json = serde_json::to_value(profile).unwrap();
    assert_eq!(json["lineage"]["api_key"]["value"], "env:KEY");
    assert_eq!(json["lineage"]["api_key"]["origin"]["line"], 2);
}

#[test]
fn an_unknown_profile_is_answered_with_those_there_are() {
    let configuration = parse("default_pipeline = 'churn'\n[project]\nname = 'growth'").unwrap();
    let error = configuration.profile("prodution").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no profile is called `prodution` (known: experiment, staging, production)"
    );
    assert_eq!(error.help(), Some("did you mean `production`?"));
    assert!(error.location().is_none());
    assert_eq!(
        configuration.profile("nightly").unwrap_err().help(),
        Some("add `[profile.nightly]` to mlops.toml")
    );
    assert_eq!(configuration.project().unwrap().value, "growth");
    assert_eq!(configuration.default_pipeline().unwrap().value, "churn");
}

#[test]
fn no_text_makes_it_panic() {
    let deep = format!("{}1", "a.".repeat(10_000));
    let nested = format!("a = {}", "[".repeat(10_000));
    let inline = format!("profile.x.parameters.p = {}", "{a=".repeat(10_000));
    let texts = [
        "",
        "\u{feff}",
        "[",
        "[[profile]]",
        "profile = []",
        "[profile]\nx = 1",
        "a\0",
        "\r",
        "[profile.\"\"]",
        "[profile.experiment.parameters]\np = 1",
        "[profile.experiment]\nresources.gpu = nan",
        &deep,
        &nested,
        &inline,
    ];
    for text in texts {
        if let Err(error) = parse(text) {
            assert!(!error.to_string().is_empty());
        }
    }
    // Every prefix of a real file, cut anywhere.
    let text = super::DEFAULT_PROFILES;
    for (end, _) in text.char_indices().step_by(7) {
        let _outcome = parse(&text[..end]);
    }
}

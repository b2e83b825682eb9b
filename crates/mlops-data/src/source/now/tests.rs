//! Claims about the clock.

use jiff::Timestamp;
use mlops_core::{Source, collect_sources};

use crate::Now;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_moment_at_which_the_run_began_is_rounded_down() {
    let (day, hour, exact) = (Now::day(), Now::hour(), Now::exact());
    let began = "2026-10-01T13:45:06.789012Z";
    for (now, instant) in [
        (&day, "2026-10-01T00:00:00Z"),
        (&hour, "2026-10-01T13:00:00Z"),
        (&exact, began),
    ] {
        // The engine tells its clone; the stage has another one.
        let (_, sources) = collect_sources(|| serde_json::to_string(now).unwrap());
        sources[0].run_began(moment(began));
        assert_eq!(now.instant(), moment(instant));
        assert_eq!(now.shown().unwrap(), instant);
        assert_eq!(
            now.digest().unwrap(),
            Now::at(moment(instant)).digest().unwrap()
        );
        sources[0].run_ended();
        assert_ne!(
            now.instant(),
            moment(instant),
            "nothing of it is left for the next run"
        );
        assert!(!now.grows_old() && now.pinned().is_none());
    }
    let before = Now::day();
    before.run_began(moment("1969-12-31T23:00:00Z"));
    assert_eq!(
        before.instant(),
        moment("1969-12-31T00:00:00Z"),
        "down, not towards 1970"
    );
}

#[test]
fn within_its_grain_the_clock_is_one_content_and_beyond_it_is_another() {
    let digest = |now: &Now, at: &str| {
        now.run_began(moment(at));
        (now.digest().unwrap(), now.state().unwrap().fingerprint)
    };
    let (day, hour) = (Now::day(), Now::hour());
    let (first, last) = ("2026-10-01T00:00:00Z", "2026-10-01T23:59:59.999999Z");
    assert_eq!(digest(&day, first), digest(&day, last));
    assert_ne!(digest(&day, last), digest(&day, "2026-10-02T00:00:00Z"));
    assert_ne!(digest(&hour, first), digest(&hour, last));
    assert_eq!(digest(&hour, "2026-10-01T23:00:00Z"), digest(&hour, last));
}

#[test]
fn the_clock_is_written_as_a_word_and_a_moment_as_itself() {
    for (text, written) in [
        ("day", "day"),
        ("hour", "hour"),
        (" exact ", "exact"),
        ("2026-10-01", "2026-10-01T00:00:00Z"),
        ("2026-10-01T14:00:00+02:00", "2026-10-01T12:00:00Z"),
    ] {
        let now: Now = text.parse().unwrap();
        assert_eq!(serde_json::to_value(&now).unwrap(), written);
        assert_eq!(now.location(), format!("clock:{written}"));
        let back: Now = serde_json::from_value(written.into()).unwrap();
        assert_eq!(back, now);
    }
    let map: Now = serde_json::from_str(r#"{"as_of":"hour"}"#).unwrap();
    assert_eq!(map, Now::hour());
    assert_eq!(Now::default(), Now::day());
    let error = |text: &str| text.parse::<Now>().unwrap_err();
    for text in ["", "2026", "2026-13-01", "2026-10-01T12:00:00", "tomorrow"] {
        assert!(error(text).starts_with(&format!("`{text}` is no time: write `day`, `hour`")));
    }
    assert!(error("dya").ends_with("did you mean `day`?"));
    let pinned = Now::at(moment("2026-10-01T00:00:00Z"));
    assert_eq!(pinned.pinned(), Some(pinned.digest().unwrap()));
}

#[test]
fn outside_of_a_run_the_machines_clock_says_it() {
    let before = mlops_core::Clock::now(&mlops_core::SystemClock);
    let now = Now::exact().instant();
    assert!(now >= before && now.duration_since(before).as_secs() < 60);
}

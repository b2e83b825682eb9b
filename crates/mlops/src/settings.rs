//! Changes to a pipeline's configuration: from the profile, from an earlier run, from the command line.

use mlops_core::{Profile, without_credentials};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::failure::Failure;

/// One change to a configuration.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) path: Vec<String>,
    pub(crate) value: NewValue,
    /// Who wants it: `--set`, or file and line.
    pub(crate) origin: String,
}

/// The value of a change.
#[derive(Debug, Clone)]
pub(crate) enum NewValue {
    /// Typed on the command line; its type is that of what it replaces.
    Text(String),
    /// Written in a file that has types.
    Typed(Json),
}

impl Change {
    /// Reads `train.rate=0.1`.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let (path, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(
                "settings::form",
                format!("`--set {}` has no `=`", without_credentials(text)),
            )
            .help("write it as `--set train.rate=0.1`")
        })?;
        Ok(Self::typed_by_hand(path.trim(), value.trim(), "--set"))
    }

    /// What a profile changes in a pipeline.
    pub(crate) fn of_profile(profile: &Profile, pipeline: &str) -> Vec<Self> {
        let changes = profile.overrides(pipeline).iter();
        changes
            .map(|change| Self {
                path: change.path.clone(),
                value: NewValue::Typed(change.setting.value.to_json()),
                origin: change.setting.origin.to_string(),
            })
            .collect()
    }

    pub(crate) fn typed_by_hand(path: &str, value: &str, origin: &str) -> Self {
        Self {
            path: path.split('.').map(str::to_owned).collect(),
            value: NewValue::Text(value.to_owned()),
            origin: origin.to_owned(),
        }
    }

    pub(crate) fn key(&self) -> String {
        self.path.join(".")
    }

    pub(crate) fn shown_value(&self) -> String {
        let text = match &self.value {
            NewValue::Text(text) => text.clone(),
            NewValue::Typed(value) => value.to_string(),
        };
        without_credentials(&text)
    }
}

/// The configuration after all changes, and the same as JSON for the record.
///
/// Without changes it is the default itself, untouched by any round trip.
pub(crate) fn apply<C: Default + Serialize + DeserializeOwned>(
    base: Option<&Json>,
    changes: &[Change],
) -> Result<(C, Json), Failure> {
    let default = C::default();
    let mut json = as_json(&default)?;
    if base.is_none() && changes.is_empty() {
        return Ok((default, json));
    }
    if let Some(base) = base {
        json = base.clone();
        read::<C>(&json, "the earlier run's parameters")?;
    }
    for change in changes {
        json = changed::<C>(&json, change)?;
    }
    let configuration: C = read(&json, "the configuration")?;
    // Written back, so that the record shows what the stages get.
    let json = as_json(&configuration)?;
    Ok((configuration, json))
}

fn as_json<C: Serialize>(configuration: &C) -> Result<Json, Failure> {
    serde_json::to_value(configuration).map_err(|error| {
        Failure::usage(
            "settings::write",
            format!("the configuration cannot be written: {error}"),
        )
    })
}

fn read<C: DeserializeOwned>(json: &Json, what: &str) -> Result<C, Failure> {
    C::deserialize(json).map_err(|error| {
        let error = without_credentials(&error.to_string());
        Failure::usage("settings::value", format!("{what} does not fit: {error}"))
            .help("the pipeline's configuration has changed since, or a value has the wrong type")
    })
}

/// One change, tried in each way in which its text can be understood.
fn changed<C: DeserializeOwned>(json: &Json, change: &Change) -> Result<Json, Failure> {
    let mut attempt = json.clone();
    let place = find(&mut attempt, change)?;
    let readings = match &change.value {
        NewValue::Typed(value) => vec![value.clone()],
        NewValue::Text(text) => readings(place, text),
    };
    let mut first_error = None;
    for reading in readings {
        let mut attempt = json.clone();
        *find(&mut attempt, change)? = reading;
        match C::deserialize(&attempt) {
            Ok(_) => return Ok(attempt),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    let error = first_error
        .map(|error| without_credentials(&error.to_string()))
        .unwrap_or_default();
    Err(Failure::usage(
        "settings::value",
        format!(
            "`{}` cannot be set to `{}` ({}): {error}",
            change.key(),
            change.shown_value(),
            change.origin,
        ),
    ))
}

/// How a typed text can be understood, the likeliest first: a text stays a text where a text was.
fn readings(present: &Json, text: &str) -> Vec<Json> {
    let plain = Json::String(text.to_owned());
    let parsed = toml::from_str::<toml::Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .and_then(|value| serde_json::to_value(value).ok());
    let likely_text = present.is_string() && !text.starts_with('{');
    match parsed {
        Some(parsed) if likely_text => vec![plain, parsed],
        Some(parsed) => vec![parsed, plain],
        // TOML has no word for nothing, JSON has.
        None if text == "null" => vec![plain, Json::Null],
        None => vec![plain],
    }
}

fn find<'a>(json: &'a mut Json, change: &Change) -> Result<&'a mut Json, Failure> {
    let mut place = json;
    for (depth, part) in change.path.iter().enumerate() {
        let is_list = place.is_array();
        let missing = |known: Vec<String>| unknown(change, depth, &known, is_list);
        place = match place {
            Json::Object(fields) => {
                let known: Vec<String> = fields.keys().cloned().collect();
                fields.get_mut(part).ok_or_else(|| missing(known))?
            }
            Json::Array(items) => {
                let known = (0..items.len()).map(|index| index.to_string()).collect();
                part.parse::<usize>()
                    .ok()
                    .and_then(|index| items.get_mut(index))
                    .ok_or_else(|| missing(known))?
            }
            _ => return Err(missing(Vec::new())),
        };
    }
    Ok(place)
}

fn unknown(change: &Change, depth: usize, known: &[String], is_list: bool) -> Failure {
    let part = &change.path[depth];
    let above = change.path[..depth].join(".");
    let within = |name: &str| {
        if above.is_empty() {
            name.to_owned()
        } else {
            format!("{above}.{name}")
        }
    };
    let failure = Failure::usage(
        "settings::unknown",
        format!("there is no setting `{}` ({})", change.key(), change.origin),
    );
    if known.is_empty() && is_list {
        return failure.help(format!(
            "`{above}` is an empty list: set all of it, `{above}=[…]`"
        ));
    }
    if known.is_empty() {
        return failure.help(format!("`{above}` is a single value"));
    }
    let all: Vec<String> = known.iter().map(|name| within(name)).collect();
    match mlops_core::nearest(part, known.iter().map(String::as_str)) {
        Some(near) => failure.help(format!(
            "did you mean `{}`? there are: {}",
            within(near),
            all.join(", ")
        )),
        None => failure.help(format!("there are: {}", all.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Serialize, Deserialize, PartialEq)]
    struct Config {
        limit: Option<f64>,
        name: String,
        layers: Vec<u32>,
    }

    impl Default for Config {
        fn default() -> Self {
            Self {
                limit: Some(0.5),
                name: "small".to_owned(),
                layers: Vec::new(),
            }
        }
    }

    fn set(text: &str) -> Result<Config, Failure> {
        let change = Change::parse(text)?;
        apply::<Config>(None, &[change]).map(|(config, _)| config)
    }

    #[test]
    fn what_may_be_nothing_can_be_set_to_nothing_and_a_text_stays_a_text() {
        assert_eq!(set("limit=null").unwrap().limit, None);
        assert_eq!(set("limit=2").unwrap().limit, Some(2.0));
        assert_eq!(set("name=null").unwrap().name, "null");
        assert_eq!(set("name=5").unwrap().name, "5");
    }

    #[test]
    fn an_item_of_an_empty_list_cannot_be_set_and_the_help_says_how_it_can() {
        let help = set("layers.0=4").unwrap_err().help.unwrap();
        assert!(help.contains("`layers=[…]`"), "{help}");
        assert_eq!(set("layers=[4, 5]").unwrap().layers, [4, 5]);
    }
}

//! Code that serde calls, named in text.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Form {
    #[serde(default = "usual_name")]
    name: String,
    #[serde(with = "as_text", default)]
    size: i64,
    #[serde(skip_serializing_if = "is_small")]
    crop: i64,
}

fn usual_name() -> String {
    "nameless".to_owned()
}

fn is_small(number: &i64) -> bool {
    *number < 3
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &i64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("#{number}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        let text = String::deserialize(from)?;
        Ok(text.len() as i64)
    }
}

#[derive(Serialize)]
struct Row {
    #[serde(rename = "Left")]
    left: i64,
    right: i64,
}

#[derive(Deserialize)]
#[serde(from = "RawDepth")]
struct Depth {
    metres: i64,
}

#[derive(Deserialize)]
struct RawDepth {
    feet: i64,
}

impl From<RawDepth> for Depth {
    fn from(raw: RawDepth) -> Self {
        Self {
            metres: raw.feet / 3,
        }
    }
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![read_form(), written_form(), written_row(), read_depth()]
}

#[stage]
fn read_form() -> Result<String> {
    let form: Form = serde_json::from_str(r#"{ "size": "abcd", "crop": 2 }"#)?;
    Ok(format!("{} {} {}", form.name, form.size, form.crop))
}

#[stage]
fn written_form() -> Result<String> {
    let form = Form {
        name: "south".to_owned(),
        size: 3,
        crop: 2,
    };
    Ok(serde_json::to_string(&form)?)
}

#[stage]
fn written_row() -> Result<String> {
    Ok(serde_json::to_string(&Row { left: 1, right: 2 })?)
}

#[stage]
fn read_depth() -> Result<String> {
    let depth: Depth = serde_json::from_str(r#"{ "feet": 30 }"#)?;
    Ok(depth.metres.to_string())
}

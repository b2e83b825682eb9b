//! JSON in texts: whether it is, and whether it has the stated shape.

use regex::Regex;
use serde_json::{Map, Value as Json};

use super::rule::JsonSchema;

#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    types: Vec<String>,
    required: Vec<String>,
    properties: Vec<(String, Self)>,
    items: Option<Box<Self>>,
    values: Option<Vec<Json>>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    pattern: Option<Regex>,
}

const TYPES: [&str; 7] = [
    "object", "array", "string", "number", "integer", "boolean", "null",
];

impl JsonSchema {
    /// Reads a schema.
    ///
    /// # Errors
    /// It is no JSON object, or uses a key word that is not checked.
    pub fn parse(text: &str) -> Result<Self, String> {
        let schema = serde_json::from_str(text)
            .map_err(|error| format!("the schema is no JSON: {error}"))?;
        Schema::read(&schema).map(Self)
    }

    pub(super) fn accepts(&self, text: &str) -> bool {
        serde_json::from_str(text).is_ok_and(|value| self.0.accepts(&value))
    }
}

/// Whether a text is JSON. Nothing is built for it.
pub(super) fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

impl Schema {
    fn read(schema: &Json) -> Result<Self, String> {
        let fields: &Map<String, Json> = schema.as_object().ok_or("a schema is a JSON object")?;
        let mut read = Self::default();
        for (key, value) in fields {
            match key.as_str() {
                "type" => {
                    let types = match value {
                        Json::Array(types) => types.iter().collect(),
                        one => vec![one],
                    };
                    for name in types {
                        let known = name.as_str().filter(|name| TYPES.contains(name));
                        read.types.push(
                            known
                                .ok_or_else(|| format!("{name} is no type of JSON"))?
                                .to_owned(),
                        );
                    }
                }
                "required" => read.required = texts(value)?,
                "properties" => {
                    let properties = value.as_object().ok_or("`properties` is an object")?;
                    for (name, schema) in properties {
                        read.properties.push((name.clone(), Self::read(schema)?));
                    }
                }
                "items" => read.items = Some(Box::new(Self::read(value)?)),
                "enum" => read.values = Some(value.as_array().ok_or("`enum` is a list")?.clone()),
                "minimum" => read.minimum = Some(value.as_f64().ok_or("`minimum` is a number")?),
                "maximum" => read.maximum = Some(value.as_f64().ok_or("`maximum` is a number")?),
                "pattern" => {
                    let pattern = value.as_str().ok_or("`pattern` is a text")?;
                    read.pattern = Some(Regex::new(pattern).map_err(|error| error.to_string())?);
                }
                "$schema" | "$id" | "title" | "description" | "examples" | "default" => {}
                other => return Err(format!("`{other}` of JSON Schema is not checked")),
            }
        }
        Ok(read)
    }

    fn accepts(&self, value: &Json) -> bool {
        let number = value.as_f64();
        let of_type = |name: &String| match name.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => {
                value.is_i64()
                    || value.is_u64()
                    || number.is_some_and(|number| number.fract() == 0.0)
            }
            "boolean" => value.is_boolean(),
            _ => value.is_null(),
        };
        let field = |name: &String| value.get(name.as_str());
        (self.types.is_empty() || self.types.iter().any(of_type))
            && self
                .values
                .as_ref()
                .is_none_or(|values| values.contains(value))
            && (!value.is_object() || self.required.iter().all(|name| field(name).is_some()))
            && self
                .properties
                .iter()
                .all(|(name, schema)| field(name).is_none_or(|value| schema.accepts(value)))
            && self.items.as_ref().is_none_or(|items| {
                value
                    .as_array()
                    .is_none_or(|values| values.iter().all(|value| items.accepts(value)))
            })
            && number.is_none_or(|number| self.minimum.is_none_or(|least| number >= least))
            && number.is_none_or(|number| self.maximum.is_none_or(|most| number <= most))
            && value.as_str().is_none_or(|text| {
                self.pattern
                    .as_ref()
                    .is_none_or(|pattern| pattern.is_match(text))
            })
    }
}

fn texts(value: &Json) -> Result<Vec<String>, String> {
    let items = value.as_array().ok_or("`required` is a list")?;
    items
        .iter()
        .map(|item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or_else(|| "`required` holds names".to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stated_part_of_a_schema_is_checked_and_the_rest_refused() {
        let schema = JsonSchema::parse(
            r#"{"type": "object", "required": ["id"], "properties": {
                "id": {"type": "integer", "minimum": 1}, "tags": {"type": "array", "items": {"enum": ["a", "b"]}}}}"#,
        )
        .unwrap();
        assert!(schema.accepts(r#"{"id": 3, "tags": ["a"], "more": null}"#));
        for wrong in [
            r#"{"id": 0}"#,
            r#"{"tags": []}"#,
            r#"{"id": 1, "tags": ["c"]}"#,
            "[]",
            "{",
            "3",
        ] {
            assert!(!schema.accepts(wrong), "{wrong}");
        }
        let refused = JsonSchema::parse(r#"{"oneOf": []}"#).unwrap_err();
        assert!(refused.contains("oneOf"), "{refused}");
    }
}

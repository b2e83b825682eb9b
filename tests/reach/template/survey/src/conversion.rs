//! Conversions that nobody calls by name.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use mlops::prelude::*;

struct Celsius(i64);

struct Fahrenheit(i64);

impl From<Celsius> for Fahrenheit {
    fn from(celsius: Celsius) -> Self {
        Self(celsius.0 * 9 / 5 + 32)
    }
}

/// The text is of a type that is not ours.
impl From<Fahrenheit> for String {
    fn from(fahrenheit: Fahrenheit) -> Self {
        format!("{} degrees", fahrenheit.0)
    }
}

#[derive(Debug)]
struct Trouble(String);

impl From<ParseIntError> for Trouble {
    fn from(error: ParseIntError) -> Self {
        Self(format!("no number: {error}"))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn read(text: &str) -> std::result::Result<i64, Trouble> {
    let number: i64 = text.parse()?;
    Ok(number)
}

struct Bearing(i64);

impl FromStr for Bearing {
    type Err = Trouble;

    fn from_str(text: &str) -> std::result::Result<Self, Trouble> {
        Ok(Self(read(text)? % 360))
    }
}

impl TryFrom<i64> for Bearing {
    type Error = &'static str;

    fn try_from(number: i64) -> std::result::Result<Self, Self::Error> {
        if number < 500 {
            Ok(Self(number))
        } else {
            Err("too much")
        }
    }
}

struct Parish {
    name: &'static str,
}

impl AsRef<str> for Parish {
    fn as_ref(&self) -> &str {
        self.name
    }
}

fn initial(text: impl AsRef<str>) -> String {
    text.as_ref().chars().take(2).collect()
}

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![
        converted(),
        question_mark(),
        parsed(),
        tried(),
        borrowed(),
    ]
}

#[stage]
fn converted() -> String {
    let fahrenheit: Fahrenheit = Celsius(20).into();
    fahrenheit.into()
}

#[stage]
fn question_mark() -> String {
    match read("many") {
        Ok(number) => number.to_string(),
        Err(trouble) => trouble.to_string(),
    }
}

#[stage]
fn parsed() -> String {
    let bearing: std::result::Result<Bearing, _> = "370".parse();
    bearing.map_or_else(|trouble| trouble.0, |bearing| bearing.0.to_string())
}

#[stage]
fn tried() -> String {
    let bearing: std::result::Result<Bearing, _> = 400.try_into();
    bearing.map_or_else(str::to_owned, |bearing| bearing.0.to_string())
}

#[stage]
fn borrowed() -> String {
    initial(Parish { name: "Selborne" })
}

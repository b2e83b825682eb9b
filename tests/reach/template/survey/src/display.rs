//! Texts of values.

use std::fmt;

use mlops::prelude::*;

struct Label {
    name: &'static str,
    colour: Colour,
}

struct Colour(u8);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.name, self.colour)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 > 3 { "red" } else { "blue" })
    }
}

impl fmt::LowerHex for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{}", self.0)
    }
}

#[derive(Debug)]
struct Tag {
    number: i64,
    inner: Inner,
}

struct Inner;

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<inner>")
    }
}

pub(crate) fn texts() -> [Handle<String>; 5] {
    [written(), displayed(), stringified(), hexadecimal(), debugged()]
}

struct Page(String);

impl fmt::Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push('>');
        self.0.push_str(text);
        Ok(())
    }
}

#[stage]
fn written() -> String {
    use std::fmt::Write as _;
    let mut page = Page(String::new());
    let _ = write!(page, "{}-{}", 1, 2);
    page.0
}

#[stage]
fn displayed() -> String {
    let label = Label {
        name: "gate",
        colour: Colour(5),
    };
    format!("{label}")
}

#[stage]
fn stringified() -> String {
    Colour(2).to_string()
}

#[stage]
fn hexadecimal() -> String {
    format!("{:x}", Colour(9))
}

#[stage]
fn debugged() -> String {
    let tag = Tag {
        number: 3,
        inner: Inner,
    };
    format!("{tag:?}")
}

//! Stages that reach other packages.

use mlops::prelude::*;
use shapes::{Length, Polygon};

struct Path {
    metres: i64,
}

impl units_of_shapes::Measured for Path {
    fn length(&self) -> Length {
        units_of_shapes::metres(self.metres)
    }
}

/// The crate below by the name that it has here.
use units as units_of_shapes;

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![
        perimeter(),
        feet(),
        said(),
        plurals(),
        deep_plurals(),
        plural_by_reexport(),
        blanket_of_package(),
        workspace_version(),
    ]
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        scaled_by_name(),
        across_crates(),
        lonely_number(),
        by_package_reexport(),
        by_package_glob::square(),
        shapes::stages::corners(),
        marked::stages::derived_tally(),
        marked::stages::answered(),
        oddities::stages::generated(),
        oddities::stages::linked(),
        oddities::stages::line_number(),
        oddities::stages::caller_line(),
        oddities::stages::included_by_macro(),
        oddities::stages::plain(),
        oddities::stages::by_feature_in_path(),
        marked::stages::wrapped_by_attribute(),
        marked::stages::written_beside(),
    ]
}

pub(crate) fn odd_texts() -> Vec<Handle<String>> {
    vec![
        marked::stages::derived_documentation(),
        oddities::stages::generated_variable(),
        oddities::stages::stringified_code(),
        oddities::stages::documentation_in_macro(),
    ]
}

/// Through three packages, with an operator and a `Display` of the lowest.
#[stage]
fn perimeter() -> String {
    Polygon::new(&[3, 4, 5]).perimeter().to_string()
}

#[stage]
fn feet() -> String {
    let length = units_of_shapes::from_feet(10) - Length::new(50);
    length.value().to_string()
}

/// A default method of another package's trait, on a type of this one.
#[stage]
fn said() -> String {
    use units_of_shapes::Measured as _;
    Path { metres: 2 }.said()
}

#[stage]
fn across_crates() -> i64 {
    units_of_shapes::total(&[Path { metres: 1 }, Path { metres: 2 }]).value()
}

#[stage]
fn scaled_by_name() -> i64 {
    forms::scaling::factor() * 2
}

#[stage]
fn plurals() -> String {
    tinywords::plural("box")
}

#[stage]
fn deep_plurals() -> String {
    units_of_shapes::several("metre")
}

#[stage]
fn lonely_number() -> i64 {
    lonely::number()
}

/// The crate is named by another package only.
#[stage]
fn plural_by_reexport() -> String {
    units_of_shapes::words::plural("ash")
}

#[stage]
fn blanket_of_package() -> String {
    use shapes::lengths::Short as _;
    12345.short()
}

#[stage]
fn by_package_reexport() -> i64 {
    shapes::lengths::metres(6).value()
}

mod by_package_glob {
    use mlops::prelude::*;
    use shapes::prelude::*;

    #[stage]
    pub(crate) fn square() -> i64 {
        Polygon::new(&[2, 2, 2, 2]).perimeter().value()
    }
}

#[stage]
fn workspace_version() -> String {
    units_of_shapes::version().to_owned()
}

//! Shapes, measured in the units of the crate below.

pub mod polygon;
pub mod prelude;
pub mod scaling;
pub mod stages;

pub use measures as lengths;
pub use measures::Length;
pub use polygon::Polygon;

/// So many times the present scale.
#[macro_export]
macro_rules! scale {
    ($number:expr) => {
        $crate::scaling::factor() * $number
    };
}

/// A name that half of the world has, and nobody calls here.
pub fn describe() -> &'static str {
    "shapes"
}

//! Macros.

/// A square.
macro_rules! square {
    ($number:expr) => {
        $number * $number
    };
}

/// A number to its third.
macro_rules! cube {
    ($side:expr) => {
        $side * $side * $side
    };
}
pub(crate) use cube;

/// Functions that return numbers.
macro_rules! functions {
    ($($name:ident => $value:expr),* $(,)?) => {
        $(
            pub(crate) fn $name() -> i64 {
                $value
            }
        )*
    };
}

/// Lengths of lands.
macro_rules! lands {
    ($($name:ident: $factor:expr),* $(,)?) => {
        $(
            pub(crate) struct $name(pub(crate) i64);

            impl crate::made::Land for $name {
                fn acres(&self) -> i64 {
                    self.0 * $factor
                }
            }
        )*
    };
}

/// Names a function of ours.
macro_rules! cut {
    ($number:expr) => {
        $crate::macros::halved($number)
    };
}

pub(crate) fn halved(number: i64) -> i64 {
    number / 2
}

/// A stage with one number.
macro_rules! counting_stage {
    ($name:ident, $value:expr) => {
        #[mlops::prelude::stage]
        pub(crate) fn $name() -> i64 {
            $value
        }
    };
}

/// A macro that makes a macro.
macro_rules! make_macro {
    ($name:ident, $value:expr) => {
        macro_rules! $name {
            () => {
                $value + 1
            };
        }
        pub(crate) use $name;
    };
}

/// Names a function of whoever calls it.
macro_rules! at_site {
    ($number:expr) => {
        measure($number)
    };
}

/// Not the one that is meant.
#[allow(dead_code)]
fn measure(number: i64) -> i64 {
    number - 1
}

make_macro!(hundred, 99);

pub(crate) use {at_site, counting_stage, cut, functions, lands, square};

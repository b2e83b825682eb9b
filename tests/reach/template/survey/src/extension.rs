//! Methods of our own on types of others.

use mlops::prelude::*;

pub(crate) mod titles {
    pub trait Titled {
        fn titled(&self) -> String;
    }

    impl Titled for str {
        fn titled(&self) -> String {
            format!("The {self}")
        }
    }
}

mod gentle {
    pub trait Bend {
        fn bend(&self) -> f64;
    }

    impl Bend for f64 {
        fn bend(&self) -> f64 {
            self / 4.0
        }
    }
}

mod sharp {
    pub trait Bend {
        fn bend(&self) -> f64;
    }

    impl Bend for f64 {
        fn bend(&self) -> f64 {
            self * 4.0
        }
    }
}

mod bending {
    use mlops::prelude::*;

    use super::gentle::Bend;

    #[stage]
    pub(crate) fn bent() -> String {
        6.0.bend().to_string()
    }
}

use self::titles::Titled as _;

pub(crate) fn texts() -> Vec<Handle<String>> {
    vec![titled(), titled_by_deref(), bending::bent()]
}

#[stage]
fn titled() -> String {
    "Field".titled()
}

/// The method is that of `str`, as long as `String` has none.
#[stage]
fn titled_by_deref() -> String {
    String::from("Meadow").titled()
}

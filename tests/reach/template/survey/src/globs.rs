//! Glob imports.

use mlops::prelude::*;

pub(crate) mod left {
    pub fn mix(a: i64, b: i64) -> i64 {
        a * 10 + b
    }
}

pub(crate) mod right {
    pub fn mix(a: i64, b: i64) -> i64 {
        b * 10 + a
    }

    pub fn blend(a: i64, b: i64) -> i64 {
        (a + b) / 2
    }
}

pub(crate) fn numbers() -> Vec<Handle<i64>> {
    vec![
        globbed::mixed(),
        globbed_twice::blended(),
        from_parent::parental(),
        grouped::mingled(),
    ]
}

mod globbed {
    use mlops::prelude::*;

    use super::left::*;

    #[stage]
    pub(crate) fn mixed() -> i64 {
        mix(2, 3)
    }
}

mod globbed_twice {
    use mlops::prelude::*;

    use super::collected::*;

    #[stage]
    pub(crate) fn blended() -> i64 {
        blend(2, 8)
    }
}

mod collected {
    pub(crate) use super::right::*;
}

fn parent(number: i64) -> i64 {
    number * 4
}

mod from_parent {
    use super::*;

    #[stage]
    pub(crate) fn parental() -> i64 {
        parent(3)
    }
}

mod grouped {
    use mlops::prelude::*;

    use crate::{
        arithmetic::{self as sums},
        globs::{
            left::{mix as mingle},
            right,
        },
    };

    #[stage]
    pub(crate) fn mingled() -> i64 {
        sums::raised(mingle(1, 2)) + right::blend(4, 6)
    }
}

//! Code as text.

/// A file beside the sources; its path is put together by the macro.
macro_rules! beside {
    ($name:literal) => {
        include_str!(concat!("../data/", $name))
    };
}

/// The documentation of an item as a constant.
macro_rules! explained {
    ($(#[doc = $text:literal])+ $name:ident) => {
        pub const $name: &str = concat!($($text),+);
    };
}

explained! {
    /// A ditch between two fields.
    DITCH
}

pub fn formula() -> &'static str {
    stringify!(width * height + 1)
}

pub fn north() -> &'static str {
    beside!("north.txt")
}

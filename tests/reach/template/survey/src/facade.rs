//! Names from elsewhere.

pub use self::inner::polish;

mod inner {
    pub use super::super::workshop::polish;
}

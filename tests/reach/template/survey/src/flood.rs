//! The other one.

macro_rules! tide {
    () => {
        1
    };
}

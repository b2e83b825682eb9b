//! One of two modules with a macro of the same name.

macro_rules! tide {
    () => {
        -1
    };
}

//! Modules whose files are not where one would look first.

pub(crate) mod inner {
    #[path = "deep.rs"]
    pub(crate) mod hidden;
    pub(crate) mod plain;
}

macro_rules! declared {
    ($name:ident) => {
        pub(crate) mod $name;
    };
}

declared!(byway);

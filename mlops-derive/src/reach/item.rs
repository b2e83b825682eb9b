//! What is known of one source file: its items, and what each of them mentions. Plain data, kept between compilations.

use super::signs::Signs;

/// One item of a file, or one that is hidden in a body and yet counts everywhere (an `impl`, a `macro_rules!`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// What it defines; empty for an `impl`, a `use`, or the call of a macro.
    pub(crate) name: String,
    /// As people call it: `fn normalise`, `impl Display for Label`.
    pub(crate) label: String,
    /// Digest of its tokens; of an `impl` or a trait, without the functions in it.
    pub(crate) digest: [u8; 32],
    /// First and last line.
    pub(crate) lines: (u32, u32),
    /// Conditions of `#[cfg(…)]`, each as written.
    pub(crate) conditions: Vec<String>,
    pub(crate) mentions: Mentions,
    /// Names that it may define besides its own: an enum's variants, whatever stands in the call of a macro.
    pub(crate) also: Vec<String>,
    /// Derives and attributes that are not the language's own: what they write may have any name.
    pub(crate) written_by: Vec<String>,
    /// Its tokens with all that is said of it, where such a derive or attribute is given them.
    pub(crate) kept: Option<[u8; 32]>,
    /// The name of the procedural macro that a function is.
    pub(crate) makes: String,
    /// How a macro calls what it is given, if it has one rule and is given one thing.
    pub(crate) takes: String,
    /// All that the call of a macro defines that is known to define statics only.
    pub(crate) statics: Vec<String>,
    /// How many functions and statics an `extern` block declares.
    pub(crate) declares: usize,
    pub(crate) brings: Brings,
    /// A macro that is known beyond its module, or a module whose macros are known around it.
    pub(crate) spreads: bool,
    /// Functions of an `impl`, and of a trait those that have a body.
    pub(crate) members: Vec<Member>,
    pub(crate) header: Header,
    pub(crate) imports: Vec<Import>,
    /// The items of an inline module; none for a module in a file of its own.
    pub(crate) inline: Option<Vec<Self>>,
    /// `#[path = "…"]` of a module, each with the condition under which it holds; empty for none.
    pub(crate) paths: Vec<(String, String)>,
    /// Digest of where each token stands: only for code that asks for places.
    pub(crate) layout: [u8; 32],
    /// Digest of where there is space between tokens: only for code that is shown as text.
    pub(crate) spaces: [u8; 32],
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Function,
    /// A struct, enum or union; the flag says whether it is a value, too, as `struct A(u8);` is.
    Type {
        value: bool,
    },
    Trait,
    Alias,
    /// A constant or a static.
    Constant,
    Macro,
    Module,
    Use,
    Impl,
    /// `name! { … }` where an item could stand.
    MacroCall,
    ExternCrate,
    /// `extern "C" { … }`
    ExternBlock,
}

/// What a macro, or the call of one, brings that stands nowhere in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Brings {
    /// It declares a module that has a file of its own.
    pub(crate) file: bool,
    pub(crate) imports: bool,
    /// It imports everything from somewhere.
    pub(crate) everything: bool,
    /// It may write an `impl` for a type that it is not given.
    pub(crate) others: bool,
    /// It may put a path, or a module, around what it is given.
    pub(crate) paths: bool,
}

impl Brings {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            file: self.file || other.file,
            imports: self.imports || other.imports,
            everything: self.everything || other.everything,
            others: self.others || other.others,
            paths: self.paths || other.paths,
        }
    }
}

/// A function of an `impl` or of a trait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) digest: [u8; 32],
    pub(crate) lines: (u32, u32),
    pub(crate) layout: [u8; 32],
    pub(crate) spaces: [u8; 32],
    pub(crate) conditions: Vec<String>,
    pub(crate) mentions: Mentions,
    /// It takes a value, so that it can be called behind one.
    pub(crate) takes_self: bool,
    /// Attributes of it, or of what it stands in, may write others beside it.
    pub(crate) writes: bool,
}

/// What an `impl` is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// What names every value of its self type; none for a generic parameter, and where it cannot be told. Of an alias, of
    /// the type that it stands for.
    pub(crate) self_type: Option<Path>,
    /// What names every value of the types that the trait is given, as far as it can be told.
    pub(crate) arguments: Vec<Path>,
    /// The trait's path; none for an inherent `impl`.
    pub(crate) of_trait: Option<Path>,
    /// The trait is named again in the head or beside the functions, as in a bound.
    pub(crate) names_it_again: bool,
    /// Names of functions and constants that a trait demands or offers.
    pub(crate) offers: Vec<String>,
}

/// `a::b::c`, or `::a::b::c`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    /// It begins with `::`.
    pub(crate) absolute: bool,
}

impl Path {
    /// A name without anything around it.
    pub(crate) fn of(name: impl Into<String>) -> Self {
        Self {
            segments: vec![name.into()],
            absolute: false,
        }
    }
}

/// One leaf of a `use`, or one `extern crate`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) path: Path,
    /// The name it brings; `_` for none, `*` for all that there are.
    pub(crate) name: String,
}

/// The names that some tokens mention, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    pub(crate) paths: Vec<Path>,
    /// Names that parameters have as well: of what has such a name, only a type can be meant.
    pub(crate) hidden: Vec<Path>,
    /// Names after a type, and such as may come to stand anywhere: methods, associated functions and constants.
    pub(crate) members: Vec<String>,
    /// Names after a dot: functions that take a value.
    pub(crate) methods: Vec<String>,
    /// Those that are called behind variables of types of the standard library only, each with the name of the type.
    pub(crate) library_calls: Vec<(String, String)>,
    /// What follows the name of a type of the standard library, each with that name: `new` of `Vec::new`.
    pub(crate) library_members: Vec<(String, String)>,
    /// The names of types of the standard library behind whose values there are brackets with an index.
    pub(crate) library_index: Vec<String>,
    /// Names in or for a macro of ours: they may mean anything of that name, wherever it stands.
    pub(crate) loose: Vec<String>,
    /// Names in the arguments of a macro of others, which may put them after a path.
    pub(crate) soft: Vec<String>,
    /// Words in texts that are given to macros of others, and all words of what is given to their derives and attributes.
    pub(crate) words: Vec<String>,
    /// Macros that are called.
    pub(crate) macros: Vec<Path>,
    /// Names of macros, each with the one literal that a call is given; empty for a call that is given anything else.
    pub(crate) given: Vec<(String, String)>,
    /// Paths in attributes: `#[serde(with = "codec")]` means a module and what is in it.
    pub(crate) quoted: Vec<Path>,
    /// `use` within a body.
    pub(crate) imports: Vec<Import>,
    /// Arguments of `include_str!`, `include_bytes!` and `include!`, as written.
    pub(crate) files: Vec<String>,
    /// Arguments of `env!` and `option_env!`, as written.
    pub(crate) variables: Vec<String>,
    /// Conditions of `cfg!(…)`, and of `#[cfg(…)]` within.
    pub(crate) conditions: Vec<String>,
    /// It asks where it stands, by `line!()` or `column!()`.
    pub(crate) place: bool,
    pub(crate) signs: Signs,
}

impl Mentions {
    /// Whether a macro of this name is called, or named where it may be called.
    pub(crate) fn names_macro(&self, name: &str) -> bool {
        let calls = self.macros.iter().filter_map(|path| path.segments.last());
        let mut names = calls.chain(&self.loose).chain(&self.soft);
        names.any(|other| other == name)
    }
}

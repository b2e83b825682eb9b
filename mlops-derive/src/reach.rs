//! What a stage's result depends on in the code: its own tokens, every item that it can reach, and the locked crates of
//! others that those use.
//!
//! Names are resolved as Rust does, module by module, and where the syntax cannot tell (methods, macros, what is generated)
//! everything of that name counts. So an edit may re-run a stage needlessly, but never fails to re-run one that it concerns.
//! An `impl` counts only once its types are reached: a value of a type can exist only if something that is reached names the
//! type. Where the sources do not tell at all, the whole package counts, and the expansion says why.

mod asked;
mod built;
mod called;
mod callers;
mod closure;
mod compilation;
mod compiled;
mod condition;
mod edges;
mod features;
mod files;
mod glued;
mod include;
mod index;
mod item;
mod lock;
mod lookup;
mod made;
mod mention;
mod modules;
mod package;
mod procedural;
mod record;
mod scope;
mod signs;
mod split;
mod texts;
mod world;
mod written;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, TokenStream};

use self::asked::Asked;
use self::closure::{Closure, Known};
use self::compilation::Compilation;
use self::edges::Edges;
use self::item::{Kind, Mentions};
use self::lock::Lock;
use self::package::Package;
use self::world::{NodeId, World};

/// What a stage reaches, as the expansion says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Digest of all that counts, except for what only the compiler knows.
    pub(crate) digest: String,
    /// A line for each item, crate, and file that counts; see `record`.
    pub(crate) items: String,
    /// Conditions whose values the compiler knows.
    pub(crate) conditions: Vec<String>,
    /// Environment variables that are compiled in.
    pub(crate) variables: Vec<String>,
    /// A line for each name of others that is used, with the item that uses it, and for each method that is called.
    pub(crate) foreign: String,
    /// Why the whole package counts, if so.
    pub(crate) coarse: Option<String>,
    /// Digest of what is locked for the package, and of the features that are asked of it: when the whole package counts.
    pub(crate) locked: Option<String>,
    /// Files that are no sources and count all the same: a change of any recompiles.
    pub(crate) tracked: Vec<String>,
}

/// What was read for this compilation.
struct Session {
    folder: PathBuf,
    world: World,
    known: Known,
    asked: Asked,
}

thread_local! {
    static SESSION: RefCell<Option<Result<Session, String>>> = const { RefCell::new(None) };
}

/// What the stage `name` with these tokens reaches; the cause, if that cannot be told.
/// With `whole` what is locked for the package counts as well.
pub(crate) fn of_stage(name: &Ident, tokens: &TokenStream, whole: bool) -> Result<Reach, String> {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .ok_or("`CARGO_MANIFEST_DIR` is not set")?;
    SESSION.with_borrow_mut(|session| {
        let is_of_another = |session: &Result<Session, String>| match session {
            Ok(session) => session.folder != folder,
            Err(_) => true,
        };
        if session.as_ref().is_none_or(is_of_another) {
            *session = Some(Session::begin(&folder));
        }
        match session {
            Some(Ok(session)) => {
                let mut reach = session.of_stage(name, tokens);
                if whole || reach.coarse.is_some() {
                    reach.locked = session.locked();
                }
                reach.tracked = session.world.files.taken();
                Ok(reach)
            }
            Some(Err(cause)) => Err(cause.clone()),
            None => Err("nothing was read".to_owned()),
        }
    })
}

impl Session {
    fn begin(folder: &Path) -> Result<Self, String> {
        let compilation = Compilation::present();
        let root = compilation
            .root
            .clone()
            .ok_or("the compiler's arguments name no root file")?;
        Self::of(folder, &root, compilation)
    }

    fn of(folder: &Path, root: &Path, compilation: Compilation) -> Result<Self, String> {
        let root = crate::sources::canonical(root)?;
        let folder = crate::sources::canonical(folder)?;
        let package = Package::read(&folder)?;
        let workspace = crate::sources::manifest::Workspace::around(&folder)?;
        let lock = folder
            .ancestors()
            .map(|folder| folder.join("Cargo.lock"))
            .find(|lock| lock.is_file());
        let lock = lock
            .and_then(|lock| files::read(&lock).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| Lock::read(&text));
        let mut world = World::new(
            compilation,
            crate::sources::repository(&workspace.root),
            lock,
        );
        world.load_own(package, &root);
        let asked = Asked::new(&workspace, &world);
        Ok(Self {
            asked,
            folder,
            world,
            known: Known::default(),
        })
    }

    fn of_stage(&mut self, name: &Ident, tokens: &TokenStream) -> Reach {
        let span = name.span();
        let file = span.local_file().and_then(|file| file.canonicalize().ok());
        let line = u32::try_from(span.start().line).unwrap_or(0);
        let name = mention::unraw(&name.to_string());
        let place = file.and_then(|file| self.find(&file, line, &name));
        match place {
            Some(place) => self.reach(&place, tokens),
            None => self.reach_everything(tokens),
        }
    }

    /// A stage that a macro wrote may use whatever its crate has.
    fn reach_everything(&mut self, tokens: &TokenStream) -> Reach {
        let own: Vec<NodeId> = (0..self.world.nodes.len())
            .filter(|node| self.world.crates[self.world.nodes[*node].of_crate].own)
            .collect();
        let mut start = Closure::default();
        start.blind =
            Some("a macro wrote this stage, so what it uses has no place in a file".to_owned());
        let digest = crate::tokens::digest(tokens.clone()).to_hex().to_string();
        start.contents.insert("the stage itself".to_owned(), digest);
        let closure = self.world.closure(&mut self.known, start, &own);
        self.record(closure)
    }

    fn reach(&mut self, place: &Place, tokens: &TokenStream) -> Reach {
        let mut start = Closure::default();
        if !place.is_the_stage {
            // It stands in another item, or a macro wrote it: what it says itself counts first.
            let module = self.world.nodes[place.node].module;
            let mentions = Mentions::of(tokens.clone(), mention::Reading::Arguments);
            let mut edges = Edges::default();
            let world = &mut self.world;
            world.add_mentions(
                &mut self.known.lookups,
                module,
                &mentions,
                place.node,
                &mut edges,
            );
            let digest = crate::tokens::digest(tokens.clone()).to_hex().to_string();
            edges
                .contents
                .insert(("the stage itself".to_owned(), digest));
            start.add(&edges, Some(place.node));
        }
        let own: Vec<String> = start.foreign.keys().cloned().collect();
        let mut closure = self.world.closure(&mut self.known, start, &[place.node]);
        if !place.is_the_stage {
            // What is around a stage makes the sources that it is given.
            closure.foreign.retain(|path, user| {
                *user != place.node || !path.starts_with("mlops::") || own.contains(path)
            });
        }
        self.record(closure)
    }

    /// The item at a place: the stage itself, or what is around it.
    fn find(&self, file: &Path, line: u32, name: &str) -> Option<Place> {
        let at_line = self.world.nodes.iter().enumerate().filter(|(_, node)| {
            let (first, last) = node.lines();
            first <= line
                && line <= last
                && node.file.canonical == file
                && node.item.kind != Kind::Use
        });
        let around: Vec<NodeId> = at_line.map(|(at, _)| at).collect();
        let is_the_stage = |node: &&NodeId| {
            let node = &self.world.nodes[**node];
            node.part.is_none() && node.item.kind == Kind::Function && node.item.name == name
        };
        if let Some(node) = around.iter().find(is_the_stage) {
            return Some(Place {
                node: *node,
                is_the_stage: true,
            });
        }
        let length = |node: &NodeId| {
            let (first, last) = self.world.nodes[*node].lines();
            last - first
        };
        let node = around
            .into_iter()
            // A name in the definition of a macro says nothing of where the macro is called.
            .filter(|node| self.world.nodes[*node].item.kind != Kind::Macro)
            .min_by_key(length)?;
        Some(Place {
            node,
            is_the_stage: false,
        })
    }
}

/// Where a stage stands.
struct Place {
    node: NodeId,
    is_the_stage: bool,
}

/// Whether a package is one of ours, which count by the engine's format and by the items that are reached.
pub(crate) fn is_framework(package: &str) -> bool {
    matches!(
        package,
        "mlops"
            | "mlops-core"
            | "mlops-data"
            | "mlops-store"
            | "mlops-derive"
            | "mlops-features"
            | "mlops-pipeline"
            | "mlops-models"
            | "mlops-serving"
            | "mlops-monitor"
            | "mlops-dashboard"
    )
}

/// Whether a package is the engine, which runs stages and is no part of what they compute: its format counts, not its code.
pub(crate) fn is_engine(package: &str) -> bool {
    is_framework(package)
        && !matches!(
            package,
            "mlops-data" | "mlops-features" | "mlops-models" | "mlops-monitor"
        )
}

/// Runs `read` with a lexer that knows lines and columns, and is faster than asking the compiler for each token.
pub(crate) fn with_own_lexer<R>(read: impl FnOnce() -> Option<R>) -> Option<R> {
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            proc_macro2::fallback::unforce();
        }
    }
    proc_macro2::fallback::force();
    let _restore = Restore;
    read()
}

#[cfg(test)]
mod tests;

//! The functions of a crate: which of them a stage reaches, which the compiler instantiates, and how one is edited.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::numbers;
use super::oracle::{Instance, Program};
use super::workspace::{Subject, Workspace};
use crate::reach::closure::Closure;
use crate::reach::compilation::Compilation;
use crate::reach::item::Kind;
use crate::reach::world::NodeId;
use crate::reach::{Place, Reach, Session};

/// A crate as the macro reads it.
pub(super) struct Crate {
    session: Session,
    package: &'static str,
    /// Where the crate lies.
    folder: PathBuf,
}

/// What stands at a place where the compiler saw a function begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// A function, or an item with code of its own: what is derived stands at the type.
    Item(NodeId),
    /// The function was made by this macro.
    Made(NodeId),
}

impl Crate {
    pub(super) fn read(workspace: &Workspace, subject: &'static Subject) -> Self {
        let folder = workspace.study().join(subject.user);
        let root = folder.join("src/lib.rs");
        let index = workspace.path("index");
        std::fs::create_dir_all(&index).unwrap();
        let compilation = Compilation {
            root: Some(root.clone()),
            crate_name: subject.user.to_owned(),
            edition: "2024".to_owned(),
            out_folder: Some(index),
            ..Compilation::default()
        };
        Self {
            session: Session::of(&folder, &root, compilation).unwrap(),
            package: subject.package,
            folder: workspace.study().join("crates").join(subject.package),
        }
    }

    fn place(&self, stage: &str) -> Place {
        let nodes = &self.session.world.nodes;
        let is_it = |node: NodeId| {
            let node = &nodes[node];
            self.session.world.crates[node.of_crate].own
                && node.item.name == stage
                && node.part.is_none()
        };
        Place {
            node: (0..nodes.len()).find(|node| is_it(*node)).unwrap(),
            is_the_stage: true,
        }
    }

    /// What the macro writes for a stage.
    pub(super) fn reach(&mut self, stage: &str) -> Reach {
        let place = self.place(stage);
        self.session.reach(&place, &Default::default())
    }

    /// The items of the crate that a stage reaches.
    pub(super) fn reached(&mut self, stage: &str) -> BTreeSet<NodeId> {
        let place = self.place(stage);
        let session = &mut self.session;
        let closure = session
            .world
            .closure(&mut session.known, Closure::default(), &[place.node]);
        let found = closure.found.into_iter().map(|(node, _)| node);
        found.filter(|node| self.is_of_the_crate(*node)).collect()
    }

    fn is_of_the_crate(&self, node: NodeId) -> bool {
        let world = &self.session.world;
        world.crates[world.nodes[node].of_crate].package.name == self.package
    }

    /// The functions of the crate, those that are tests left out.
    pub(super) fn functions(&self) -> Vec<NodeId> {
        self.nodes_of_the_crate()
            .filter(|node| self.is_a_function(*node))
            .collect()
    }

    fn is_a_function(&self, node: NodeId) -> bool {
        let node = &self.session.world.nodes[node];
        match node.item.kind {
            Kind::Function => true,
            Kind::Impl | Kind::Trait => node.part.is_some(),
            _ => false,
        }
    }

    /// The name of a function, and that of the trait if it stands in an `impl` of one.
    pub(super) fn names(&self, function: NodeId) -> (&str, Option<&str>) {
        let node = &self.session.world.nodes[function];
        let item = &node.item;
        let name = node
            .part
            .map_or(&item.name, |part| &item.members[part].name);
        let of_trait = item.header.of_trait.as_ref();
        (
            name,
            of_trait.and_then(|path| path.segments.last().map(String::as_str)),
        )
    }

    fn nodes_of_the_crate(&self) -> impl Iterator<Item = NodeId> {
        let nodes = 0..self.session.world.nodes.len();
        nodes.filter(|node| self.is_of_the_crate(*node))
    }

    /// The texts of its files.
    pub(super) fn texts(&self) -> BTreeMap<PathBuf, String> {
        let nodes = self.nodes_of_the_crate();
        let files: BTreeSet<&PathBuf> = nodes
            .map(|node| &self.session.world.nodes[node].file.canonical)
            .collect();
        let texts = files.into_iter().map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            (path.clone(), text)
        });
        texts.collect()
    }

    /// The texts of its files with other floating-point numbers where nothing is reached.
    pub(super) fn with_other_numbers(
        &self,
        reached: &BTreeSet<NodeId>,
    ) -> BTreeMap<PathBuf, String> {
        let world = &self.session.world;
        let mut texts = self.texts();
        for (path, text) in &mut texts {
            let here = |node: &NodeId| world.nodes[*node].file.canonical == *path;
            let nodes: Vec<NodeId> = self.nodes_of_the_crate().filter(here).collect();
            *text = numbers::altered(text, |line| {
                let around = nodes.iter().filter(|node| {
                    let (first, last) = world.nodes[**node].lines();
                    (first..=last).contains(&line)
                });
                let around: Vec<NodeId> = around.copied().collect();
                let is_in_a_function = around.iter().any(|node| self.is_a_function(*node));
                // An `impl` that is reached keeps what is not one of its functions.
                let has_functions = |node: NodeId| {
                    matches!(world.nodes[node].item.kind, Kind::Impl | Kind::Trait)
                        && !self.is_a_function(node)
                };
                around.iter().any(|node| {
                    reached.contains(node) && !(is_in_a_function && has_functions(*node))
                })
            });
        }
        texts
    }

    /// What stands where the compiler saw a function begin; nothing if that is in another crate.
    fn standing(&self, workspace: &Workspace, instance: &Instance) -> Option<Standing> {
        let compiled = workspace.path("oracle/crates").join(self.package);
        let inside = Path::new(&instance.file).strip_prefix(compiled).ok()?;
        let file = self.folder.join(inside);
        let nodes = &self.session.world.nodes;
        let here = || {
            let of_file = self.nodes_of_the_crate();
            of_file.filter(|node| {
                nodes[*node].file.canonical == file && nodes[*node].item.kind != Kind::Use
            })
        };
        let around = here().filter(|node| {
            let (first, last) = nodes[*node].lines();
            first <= instance.line && instance.line <= last
        });
        let around = around.min_by_key(|node| {
            let (first, last) = nodes[*node].lines();
            last - first
        });
        // What is derived stands at the attribute, before the type.
        let after = || here().filter(|node| nodes[*node].lines().0 > instance.line);
        let node = around.or_else(|| after().min_by_key(|node| nodes[*node].lines().0));
        let node = node.unwrap_or_else(|| panic!("nothing at {instance:?}"));
        Some(match nodes[node].item.kind {
            Kind::Macro => Standing::Made(node),
            _ => Standing::Item(node),
        })
    }

    /// What a program that calls a stage's function may call of the crate, and what each is known by.
    pub(super) fn called(
        &self,
        workspace: &Workspace,
        program: &Program<'_>,
        stages: &str,
    ) -> BTreeSet<(Standing, String)> {
        let mut names = words(stages);
        loop {
            let found = program.called(|instance| {
                let of_ours = match self.standing(workspace, instance) {
                    Some(Standing::Item(node)) => self.is_of_a_trait_of_its_own(node),
                    _ => false,
                };
                // The table of a `dyn Trait` has every method; nobody calls one without its name.
                !of_ours || names.contains(instance.bare_name())
            });
            let standing: BTreeSet<(Standing, String)> = found
                .into_iter()
                .filter_map(|instance| {
                    let standing = self.standing(workspace, instance)?;
                    Some((standing, instance.space.clone()))
                })
                .collect();
            let before = names.len();
            for (Standing::Item(node) | Standing::Made(node), _) in &standing {
                names.extend(words(&self.written(*node)));
            }
            if names.len() == before {
                return standing;
            }
        }
    }

    fn is_of_a_trait_of_its_own(&self, node: NodeId) -> bool {
        let nodes = &self.session.world.nodes;
        let item = &nodes[node].item;
        let of_trait = item
            .header
            .of_trait
            .as_ref()
            .and_then(|path| path.segments.last());
        item.kind == Kind::Trait
            || of_trait.is_some_and(|name| {
                let mut own = self.session.world.traits.iter();
                own.any(|own| nodes[*own].item.name == *name && self.is_of_the_crate(*own))
            })
    }

    /// The text of an item, with what else is in its lines.
    fn written(&self, node: NodeId) -> String {
        let node = &self.session.world.nodes[node];
        let (first, last) = node.lines();
        let text = std::fs::read_to_string(&node.file.canonical).unwrap();
        let lines = text
            .lines()
            .skip(first as usize - 1)
            .take((last - first) as usize + 1);
        let code = lines.map(|line| line.split("//").next().unwrap_or_default());
        code.collect::<Vec<_>>().join("\n")
    }

    /// Whether a stage reaches what stands at a place. Of what a macro made, something there that calls macros has to be
    /// reached, too.
    pub(super) fn is_reached(
        &self,
        reached: &BTreeSet<NodeId>,
        standing: Standing,
        space: &str,
    ) -> bool {
        let node = match standing {
            Standing::Item(node) => return reached.contains(&node),
            Standing::Made(node) => node,
        };
        let world = &self.session.world;
        let mut callers = reached.iter().filter(|caller| {
            let module = &world.modules[world.nodes[**caller].module].path;
            space == module || space.starts_with(&format!("{module}::"))
        });
        let calls_macros = |caller: &NodeId| !world.nodes[*caller].item.mentions.macros.is_empty();
        reached.contains(&node) && callers.any(calls_macros)
    }

    /// `fn erf in statrs::function::erf (src/function/erf.rs:43)`
    pub(super) fn said(&self, node: NodeId) -> String {
        let world = &self.session.world;
        let node = &world.nodes[node];
        format!(
            "{} in {} ({}:{})",
            node.label(),
            world.modules[node.module].path,
            node.file.shown,
            node.lines().0
        )
    }

    /// The file of a function, and its text with a harmless statement at the beginning of the function's body.
    pub(super) fn edited(&self, function: NodeId) -> Option<(PathBuf, String)> {
        let node = &self.session.world.nodes[function];
        let path = node.file.canonical.clone();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut finder = Finder {
            line: node.lines().0,
            found: None,
        };
        finder.visit_file(&syn::parse_file(&text).unwrap());
        let (line, column) = finder.found?;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = lines[line - 1]
            .char_indices()
            .nth(column)
            .map_or(lines[line - 1].len(), |(at, _)| at);
        lines[line - 1].insert_str(at, " let _ = 0; ");
        Some((path, lines.join("\n") + "\n"))
    }
}

/// Looks for the function that begins at a line, and for the beginning of its body.
struct Finder {
    line: u32,
    found: Option<(usize, usize)>,
}

impl Finder {
    fn look(&mut self, begins: &[proc_macro2::Span], block: &syn::Block) {
        let first = begins
            .iter()
            .map(|span| span.start().line)
            .filter(|line| *line > 0)
            .min();
        if first == Some(self.line as usize) {
            let open = block.brace_token.span.open().end();
            self.found = Some((open.line, open.column));
        }
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.look(&[function.vis.span(), function.sig.span()], &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.look(&[function.vis.span(), function.sig.span()], &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.look(&[function.sig.span()], block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// The names in a text, whatever they are.
fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.map(str::to_owned).collect()
}

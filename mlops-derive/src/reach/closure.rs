//! Goes from a stage to everything that its result may depend on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::edges::Edges;
use super::item::Kind;
use super::lookup::{Extern, Found, Lookups};
use super::scope::Scope;
use super::split::ANYTHING;
use super::world::{ModuleId, NodeId, World};
use super::{is_engine, is_framework};

/// What is worked out once for a compilation, whatever the stage.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) lookups: Lookups,
    edges: HashMap<NodeId, Rc<Edges>>,
    scopes: HashMap<ModuleId, Rc<Scope>>,
    impls: HashMap<NodeId, Rc<ImplOf>>,
    makes: HashMap<NodeId, Rc<Makes>>,
}

/// When an `impl` matters.
#[derive(Debug)]
struct ImplOf {
    /// Of each of these lists, one has to be reached.
    needs: Vec<Vec<NodeId>>,
    /// The trait, if it is one of ours.
    traits: Vec<NodeId>,
    /// It is for a trait of others, which calls its functions without naming them.
    of_others: bool,
}

/// What the call of a macro among items may make.
#[derive(Debug, Default)]
struct Makes {
    /// Types of ours that it names.
    types: Vec<NodeId>,
    names: BTreeSet<String>,
    /// Nothing can be told: it counts as soon as anything in its module does.
    anything: bool,
}

/// What a stage reaches.
#[derive(Debug, Default)]
pub(crate) struct Closure {
    /// Each item with the one that led to it; in the order in which they were found.
    pub(crate) found: Vec<(NodeId, Option<NodeId>)>,
    pub(crate) externs: BTreeSet<Extern>,
    pub(crate) contents: BTreeMap<String, String>,
    pub(crate) conditions: BTreeSet<String>,
    pub(crate) variables: BTreeSet<String>,
    /// Names in crates of others, each with the first item that uses it.
    pub(crate) foreign: BTreeMap<String, NodeId>,
    /// Names of methods that are called.
    pub(crate) members: BTreeSet<String>,
    pub(crate) compiled: bool,
    pub(crate) generated: bool,
    pub(crate) blind: Option<String>,
    reached: HashSet<NodeId>,
    modules: HashSet<ModuleId>,
    pending: VecDeque<(NodeId, Option<NodeId>)>,
}

impl Closure {
    fn reach(&mut self, node: NodeId, from: Option<NodeId>) {
        if self.reached.insert(node) {
            self.pending.push_back((node, from));
        }
    }

    fn has(&self, node: NodeId) -> bool {
        self.reached.contains(&node)
    }

    fn has_any(&self, nodes: &[NodeId]) -> bool {
        nodes.iter().any(|node| self.has(*node))
    }

    /// Takes in what an item leads to.
    pub(crate) fn add(&mut self, edges: &Edges, from: Option<NodeId>) {
        for node in &edges.nodes {
            self.reach(*node, from);
        }
        self.members.extend(edges.members.iter().cloned());
        self.externs.extend(edges.externs.iter().cloned());
        self.contents.extend(edges.contents.iter().cloned());
        self.conditions.extend(edges.conditions.iter().cloned());
        self.variables.extend(edges.variables.iter().cloned());
        self.compiled |= edges.compiled;
        self.generated |= edges.generated;
        if self.blind.is_none() {
            self.blind.clone_from(&edges.blind);
        }
        if let Some(from) = from {
            for path in &edges.foreign {
                self.foreign.entry(path.clone()).or_insert(from);
            }
        }
    }
}

impl World {
    /// Everything that the items of `start` lead to.
    pub(crate) fn closure(
        &mut self,
        known: &mut Known,
        start: Closure,
        from: &[NodeId],
    ) -> Closure {
        let mut closure = start;
        for node in from {
            closure.reach(*node, None);
        }
        loop {
            while let Some((node, from)) = closure.pending.pop_front() {
                let of_crate = self.nodes[node].of_crate;
                if is_engine(&self.crates[of_crate].package.name) && !self.crates[of_crate].own {
                    continue;
                }
                closure.found.push((node, from));
                closure.modules.insert(self.nodes[node].module);
                let edges = self.known_edges(known, node);
                closure.add(&edges, Some(node));
                closure.generated |= self.crates[of_crate].generated;
                let item = &self.nodes[node].item;
                for registered in self.registered.get(&item.name).into_iter().flatten() {
                    closure.reach(*registered, Some(node));
                }
                if let Some(cause) = &self.crates[of_crate].incomplete
                    && closure.blind.is_none()
                {
                    closure.blind = Some(cause.clone());
                }
            }
            self.add_scopes(known, &mut closure);
            self.add_impls(known, &mut closure);
            self.add_defaults(known, &mut closure);
            self.add_calls(known, &mut closure);
            if closure.pending.is_empty() {
                self.add_callers(&mut closure);
                return closure;
            }
        }
    }

    /// Code that asks who called it depends on where every call stands.
    fn add_callers(&self, closure: &mut Closure) {
        let asks = |path: &String| path.ends_with("panic::Location::caller");
        if !closure.foreign.keys().any(asks) {
            return;
        }
        let mut places = Edges::default();
        for (node, _) in &closure.found {
            if !is_framework(&self.crates[self.nodes[*node].of_crate].package.name) {
                self.add_place(*node, &mut places);
            }
        }
        closure.contents.extend(places.contents);
    }

    fn known_edges(&mut self, known: &mut Known, node: NodeId) -> Rc<Edges> {
        if let Some(edges) = known.edges.get(&node) {
            return Rc::clone(edges);
        }
        let edges = Rc::new(self.edges(&mut known.lookups, node));
        known.edges.insert(node, Rc::clone(&edges));
        edges
    }

    /// Imports of traits in the modules of what is reached.
    fn add_scopes(&mut self, known: &mut Known, closure: &mut Closure) {
        let modules: Vec<ModuleId> = closure.modules.iter().copied().collect();
        for module in modules {
            let scope = match known.scopes.get(&module) {
                Some(scope) => Rc::clone(scope),
                None => {
                    let scope = Rc::new(self.traits_in_scope(&mut known.lookups, module));
                    known.scopes.insert(module, Rc::clone(&scope));
                    scope
                }
            };
            for leaf in &scope.leaves {
                closure.reach(*leaf, None);
            }
            closure.externs.extend(scope.externs.iter().cloned());
            for (leaf, of_trait) in &scope.ours {
                let offers = &self.nodes[*of_trait].item.header.functions;
                if offers.iter().any(|name| closure.members.contains(name)) {
                    closure.reach(*leaf, None);
                }
            }
        }
    }

    fn add_impls(&mut self, known: &mut Known, closure: &mut Closure) {
        for at in 0..self.impls.len() {
            let node = self.impls[at];
            let of = self.impl_of(known, node);
            if !of.needs.iter().all(|any| closure.has_any(any)) {
                continue;
            }
            let from = of
                .needs
                .first()
                .and_then(|any| any.iter().copied().find(|node| closure.has(*node)));
            let item = Rc::clone(&self.nodes[node].item);
            let members: Vec<NodeId> = self.members(node).collect();
            for member in &members {
                let name = self.nodes[*member]
                    .part
                    .map(|part| &item.members[part].name);
                if of.of_others || name.is_some_and(|name| closure.members.contains(name)) {
                    closure.reach(*member, from);
                }
            }
            let offered = of.traits.iter().any(|of_trait| {
                let header = &self.nodes[*of_trait].item.header;
                closure.has(*of_trait)
                    || header
                        .functions
                        .iter()
                        .any(|name| closure.members.contains(name))
            });
            let of_its_own = item
                .also
                .iter()
                .any(|name| name == ANYTHING || closure.members.contains(name))
                || closure.has_any(&members);
            if of.of_others || offered || of_its_own {
                closure.reach(node, from);
                for of_trait in &of.traits {
                    closure.reach(*of_trait, Some(node));
                }
            }
        }
    }

    /// Functions with a body in the traits that are reached.
    fn add_defaults(&mut self, _known: &mut Known, closure: &mut Closure) {
        for at in 0..self.traits.len() {
            let node = self.traits[at];
            if !closure.has(node) {
                continue;
            }
            let item = Rc::clone(&self.nodes[node].item);
            let members: Vec<NodeId> = self.members(node).collect();
            for member in members {
                let name = self.nodes[member].part.map(|part| &item.members[part].name);
                if name.is_some_and(|name| closure.members.contains(name)) {
                    closure.reach(member, Some(node));
                }
            }
        }
    }

    /// Calls of macros among items, as far as what they make may be used.
    fn add_calls(&mut self, known: &mut Known, closure: &mut Closure) {
        for at in 0..self.calls.len() {
            let node = self.calls[at];
            if closure.has(node) {
                continue;
            }
            let makes = self.makes(known, node);
            let used = if makes.anything {
                closure.modules.contains(&self.nodes[node].module)
            } else if makes.types.is_empty() {
                makes
                    .names
                    .iter()
                    .any(|name| closure.members.contains(name))
            } else {
                closure.has_any(&makes.types)
            };
            if used {
                closure.reach(node, None);
            }
        }
    }

    fn makes(&mut self, known: &mut Known, node: NodeId) -> Rc<Makes> {
        if let Some(makes) = known.makes.get(&node) {
            return Rc::clone(makes);
        }
        let item = Rc::clone(&self.nodes[node].item);
        let mut makes = Makes {
            names: item.also.iter().cloned().collect(),
            ..Makes::default()
        };
        let mut named: BTreeSet<String> = item.also.iter().cloned().collect();
        let mut pending = vec![item.name.clone()];
        let mut seen = BTreeSet::new();
        while let Some(name) = pending.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for definition in self.macros_called(node, &name) {
                let definition = &self.nodes[definition].item;
                makes.names.extend(definition.also.iter().cloned());
                named.extend(definition.mentions.loose.iter().cloned());
                let macros = definition.mentions.macros.iter();
                pending.extend(macros.filter_map(|path| path.segments.last().cloned()));
                // Names that are put together stand nowhere.
                makes.anything |= definition
                    .mentions
                    .loose
                    .iter()
                    .any(|name| matches!(name.as_str(), "paste" | "concat_idents" | "concat"));
            }
        }
        let ours = !self.macros_called(node, &item.name).is_empty();
        if !ours && !makes_what_it_names(&item.name) {
            makes.anything = true;
        }
        for name in &named {
            let items = self.by_name.get(name).into_iter().flatten();
            makes.types.extend(
                items.filter(|node| matches!(self.nodes[**node].item.kind, Kind::Type { .. })),
            );
        }
        let makes = Rc::new(makes);
        known.makes.insert(node, Rc::clone(&makes));
        makes
    }

    fn impl_of(&mut self, known: &mut Known, node: NodeId) -> Rc<ImplOf> {
        if let Some(of) = known.impls.get(&node) {
            return Rc::clone(of);
        }
        let of = Rc::new(self.work_out_impl(&mut known.lookups, node));
        known.impls.insert(node, Rc::clone(&of));
        of
    }

    fn work_out_impl(&mut self, lookups: &mut Lookups, node: NodeId) -> ImplOf {
        let item = Rc::clone(&self.nodes[node].item);
        let module = self.nodes[node].module;
        let mut needs = Vec::new();
        if !item.header.opaque {
            for path in &item.header.types {
                let found = self.resolve(lookups, module, path);
                self.add_need(lookups, found, 0, &mut needs);
            }
        }
        let framework = is_framework(&self.crates[self.nodes[node].of_crate].package.name);
        let mut traits = Vec::new();
        if let Some(path) = &item.header.of_trait {
            let found = self.resolve(lookups, module, path);
            traits = found.nodes;
            traits.retain(|of_trait| {
                let of_trait = &self.nodes[*of_trait];
                // What the framework's traits offer is called by the framework.
                let theirs = is_framework(&self.crates[of_trait.of_crate].package.name);
                of_trait.item.kind == Kind::Trait && (framework || !theirs)
            });
        }
        ImplOf {
            needs,
            of_others: item.header.of_trait.is_some() && traits.is_empty(),
            traits,
        }
    }

    /// What has to be reached before a type can be in use. An alias stands for what it names.
    fn add_need(
        &mut self,
        lookups: &mut Lookups,
        found: Found,
        depth: usize,
        needs: &mut Vec<Vec<NodeId>>,
    ) {
        let mut any = Vec::new();
        let mut aliases = Vec::new();
        for node in found.nodes {
            match self.nodes[node].item.kind {
                Kind::Type { .. } | Kind::Trait | Kind::MacroCall => any.push(node),
                Kind::Alias => aliases.push(node),
                _ => {}
            }
        }
        if !found.foreign.is_empty() {
            return;
        }
        if !any.is_empty() {
            needs.push(any);
            return;
        }
        let [alias] = aliases.as_slice() else { return };
        let item = Rc::clone(&self.nodes[*alias].item);
        let module = self.nodes[*alias].module;
        // Only where it is plain what is meant; too few needs only make the `impl` count too often.
        if depth > 8 || item.mentions.paths.len() > 2 {
            return;
        }
        for path in &item.mentions.paths {
            if path.segments.last() == Some(&item.name) {
                continue;
            }
            let found = self.resolve(lookups, module, path);
            self.add_need(lookups, found, depth + 1, needs);
        }
    }
}

/// Macros of others that define nothing but what their arguments name.
fn makes_what_it_names(name: &str) -> bool {
    matches!(
        name,
        "thread_local"
            | "lazy_static"
            | "bitflags"
            | "submit"
            | "collect"
            | "const_assert"
            | "const_assert_eq"
            | "assert_impl_all"
            | "assert_not_impl_any"
            | "include"
            | "compile_error"
    )
}

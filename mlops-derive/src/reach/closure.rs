//! Goes from a stage to everything that its result may depend on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::callers::{Caller, IndexBy};
use super::edges::Edges;
use super::glued;
use super::item::{Kind, Member, Path};
use super::lookup::{Extern, Lookups, Target};
use super::made::Makes;
use super::procedural::Procedure;
use super::scope::Scope;
use super::signs::Signs;
use super::split::ANYTHING;
use super::world::{CrateId, ModuleId, NodeId, World};
use super::{is_engine, is_framework};

/// What is worked out once for a compilation, whatever the stage.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) lookups: Lookups,
    edges: HashMap<NodeId, Rc<Edges>>,
    scopes: HashMap<ModuleId, Rc<Scope>>,
    impls: HashMap<NodeId, Rc<ImplOf>>,
    pub(super) makes: HashMap<NodeId, Rc<Makes>>,
    pub(super) procedures: HashMap<NodeId, Rc<Procedure>>,
}

/// When an `impl` matters.
#[derive(Debug)]
struct ImplOf {
    /// Of these, one has to be reached; none where that cannot be told.
    needs: Vec<NodeId>,
    /// The trait, if it is one of ours.
    traits: Vec<NodeId>,
    /// It is for a trait of others, which calls its functions without naming them.
    of_others: bool,
    /// What alone may call them, where that is known.
    caller: Option<Caller>,
}

/// What a stage reaches.
#[derive(Debug, Default)]
pub(crate) struct Closure {
    /// Each item with the one that led to it; in the order in which they were found.
    pub(crate) found: Vec<(NodeId, Option<NodeId>)>,
    pub(crate) externs: BTreeSet<Extern>,
    pub(crate) contents: BTreeMap<String, String>,
    /// Files whose names are put together by these macros.
    /// The procedural macro whose own code this is, if it is that of one.
    pub(super) runs: Option<NodeId>,
    /// Procedural macros that were met, each with what led there.
    pub(super) procedural: Vec<(NodeId, Option<NodeId>)>,
    /// Those of them whose work is known here.
    pub(super) written: HashSet<(NodeId, Option<NodeId>)>,
    /// How many of the items were searched for them.
    pub(super) searched: usize,
    /// What runs in them.
    pub(super) compiling: Vec<(NodeId, Option<NodeId>)>,
    pub(super) put_together: BTreeSet<(NodeId, String)>,
    pub(super) given: BTreeSet<(NodeId, String, String)>,
    pub(crate) conditions: BTreeSet<String>,
    pub(crate) variables: BTreeSet<String>,
    /// Names in crates of others, each with the first item that uses it.
    pub(crate) foreign: BTreeMap<String, NodeId>,
    /// Those of them that may mean what an `impl` says of a type.
    named: [BTreeSet<String>; 2],
    /// Crates of others that are used, again by what does not belong to the framework, and by what does.
    beyond: [BTreeSet<String>; 2],
    /// Names of members that are used, after a type or where that cannot be told; and those that stand after a dot.
    pub(crate) members: BTreeSet<String>,
    pub(crate) methods: BTreeSet<String>,
    /// Those of them that are called behind types of the standard library: no function of a type of ours itself.
    library_methods: BTreeSet<String>,
    library_members: BTreeSet<String>,
    /// Those that the framework uses: of those who use it, it calls what its own traits and those of others offer.
    pub(crate) by_framework: [BTreeSet<String>; 2],
    /// Those of them that are not known whole.
    patterns: BTreeSet<String>,
    /// Signs in what is reached, and in what is reached of the framework.
    pub(super) signs: [Signs; 2],
    /// Crates whose features count.
    pub(crate) featured: BTreeSet<CrateId>,
    /// Crates whose profile counts.
    pub(crate) profiled: BTreeSet<CrateId>,
    pub(crate) generated: bool,
    pub(crate) blind: Option<String>,
    reached: HashSet<NodeId>,
    /// Traits of ours whose methods can be called without their names.
    in_scope: HashSet<NodeId>,
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

    /// Whether something that is reached can call what a trait offers: it names the trait, or has it in scope.
    pub(crate) fn can_call(&self, of_trait: NodeId) -> bool {
        self.has(of_trait) || self.in_scope.contains(&of_trait)
    }

    /// Whether one of these names is used after a dot or a type.
    fn uses_any(&self, names: &[String], of_framework: bool) -> bool {
        let mut names = names.iter();
        names.any(|name| name == ANYTHING || self.uses(name, of_framework))
    }

    /// Whether a name is used of what belongs to the framework, or of what does not.
    fn uses(&self, name: &str, of_framework: bool) -> bool {
        let is_of_the_library =
            self.library_methods.contains(name) || self.library_members.contains(name);
        is_of_the_library || self.uses_of_ours(name, of_framework)
    }

    /// The same for what a type of ours has of itself, and not by a trait.
    fn uses_of_ours(&self, name: &str, of_framework: bool) -> bool {
        self.methods.contains(name)
            || (of_framework && self.by_framework[1].contains(name))
            || self.names(name, of_framework)
    }

    /// The same for what takes no value, so that no dot stands in front of it.
    fn names(&self, name: &str, of_framework: bool) -> bool {
        let mut patterns = self.patterns.iter();
        self.members.contains(name)
            || (of_framework && self.by_framework[0].contains(name))
            || patterns.any(|pattern| glued::fits(pattern, name))
    }

    /// Whether a function or a constant of a type may be used.
    fn uses_member(&self, member: &Member, by_a_trait: bool, of_framework: bool) -> bool {
        match (member.takes_self, by_a_trait) {
            (true, true) => self.uses(&member.name, of_framework),
            (true, false) => self.uses_of_ours(&member.name, of_framework),
            (false, true) if self.library_members.contains(&member.name) => true,
            (false, _) => self.names(&member.name, of_framework),
        }
    }

    /// All names that may mean members.
    pub(super) fn all_members(&self) -> impl Iterator<Item = &String> {
        let by_framework = self.by_framework.iter().flatten();
        let methods = self.methods.iter().chain(&self.library_methods);
        let members = self.members.iter().chain(&self.library_members);
        members.chain(methods).chain(by_framework)
    }

    /// Whether anything that is reached may call an `impl` of a trait of others. What belongs to the framework calls nothing of
    /// those who use it but what its own traits offer, and hands their values to no crate that does.
    fn calls(&self, of_framework: bool, caller: &Caller) -> bool {
        let callers = if of_framework { 2 } else { 1 };
        let mut signs = Signs::default();
        for of in &self.signs[..callers] {
            signs.add(*of);
        }
        let named = || self.named[..callers].iter().flatten();
        let by_path = |name: &str| named().any(|path| path.rsplit("::").next() == Some(name));
        let mut beyond = self.beyond[..callers].iter().flatten().map(String::as_str);
        caller.is_met(signs, |name| self.uses(name, of_framework) || by_path(name))
            || named().any(|path| caller.is_named_by(path))
            || caller.is_known_to(&mut beyond)
            // What is generated cannot be looked at.
            || self.generated
    }

    /// What runs in the compiler counts beside what runs in the stage.
    fn add_compiling(&mut self) {
        let mut known: HashSet<NodeId> = self.found.iter().map(|(node, _)| *node).collect();
        let compiling = std::mem::take(&mut self.compiling).into_iter();
        self.found
            .extend(compiling.filter(|(node, _)| known.insert(*node)));
    }

    fn add_externs(&mut self, externs: &BTreeSet<Extern>, of_framework: bool) {
        let beyond = externs.iter().filter_map(|found| match &found.target {
            Target::Package(package) => Some(package.clone()),
            Target::Unknown => Some(found.name.clone()),
            Target::Ours(_) => None,
        });
        self.beyond[usize::from(of_framework)].extend(beyond);
        self.externs.extend(externs.iter().cloned());
    }

    /// Takes in what an item leads to.
    pub(crate) fn add(&mut self, edges: &Edges, from: Option<NodeId>) {
        for node in &edges.nodes {
            self.reach(*node, from);
        }
        let [named, called] = &mut self.by_framework;
        let (members, methods) = match edges.of_framework {
            true => (named, called),
            false => (&mut self.members, &mut self.methods),
        };
        members.extend(edges.members.iter().cloned());
        methods.extend(edges.methods.iter().cloned());
        if edges.of_framework {
            methods.extend(edges.library_methods.iter().cloned());
            members.extend(edges.library_members.iter().cloned());
        } else {
            let named = edges.library_members.iter().cloned();
            self.library_members.extend(named);
            let called = edges.library_methods.iter().cloned();
            self.library_methods.extend(called);
        }
        let patterns = edges.members.iter().filter(|name| glued::is_pattern(name));
        self.patterns.extend(patterns.cloned());
        self.signs[usize::from(edges.of_framework)].add(edges.signs);
        self.in_scope.extend(&edges.in_scope);
        self.contents.extend(edges.contents.iter().cloned());
        self.conditions.extend(edges.conditions.iter().cloned());
        self.variables.extend(edges.variables.iter().cloned());
        self.featured.extend(&edges.featured);
        self.profiled.extend(&edges.profiled);
        self.given.extend(edges.given.iter().cloned());
        if let Some(from) = from {
            let written = edges.put_together.iter().cloned();
            self.put_together
                .extend(written.map(|written| (from, written)));
        }
        let named = edges.foreign.iter().chain(&edges.of_prelude);
        let named = named.filter(|path| path.rsplit("::").next() != Some(&*edges.implements));
        self.named[usize::from(edges.of_framework)].extend(named.cloned());
        self.add_externs(&edges.externs, edges.of_framework);
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
                if self.is_procedural(node) && closure.runs != Some(node) {
                    closure.procedural.push((node, from));
                    continue;
                }
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
            self.add_procedural(known, &mut closure);
            if closure.pending.is_empty() {
                self.add_put_together(&mut closure);
                self.add_callers(&mut closure);
                self.add_shown(&mut closure);
                closure.add_compiling();
                return closure;
            }
        }
    }

    pub(super) fn known_edges(&mut self, known: &mut Known, node: NodeId) -> Rc<Edges> {
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
        for at in 0..self.traits.len() {
            let of_trait = self.traits[at];
            if closure.modules.contains(&self.nodes[of_trait].module) {
                closure.in_scope.insert(of_trait);
            }
        }
        let crates: BTreeSet<_> = modules
            .iter()
            .map(|of| self.modules[*of].of_crate)
            .collect();
        for of_crate in crates {
            for node in self.crates[of_crate].macro_uses.clone() {
                self.add_macro_use(closure, node);
            }
        }
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
            let of_crate = self.modules[module].of_crate;
            let of_framework = is_framework(&self.crates[of_crate].package.name);
            closure.add_externs(&scope.externs, of_framework);
            for (leaf, of_trait) in &scope.ours {
                closure.in_scope.insert(*of_trait);
                if closure.uses_any(
                    &self.nodes[*of_trait].item.header.offers,
                    self.of_framework(*of_trait),
                ) {
                    closure.reach(*leaf, None);
                }
            }
        }
    }

    /// Macros, and derives, that may come from a crate without any of it being named.
    fn add_macro_use(&mut self, closure: &mut Closure, node: NodeId) {
        if closure.has(node) {
            return;
        }
        closure.reach(node, None);
        let (module, item) = (self.nodes[node].module, Rc::clone(&self.nodes[node].item));
        for import in &item.imports {
            let found = self.extern_crate(module, &import.path.segments[0]);
            let mut edges = Edges::default();
            self.add_found(found, &mut edges);
            closure.add(&edges, None);
        }
    }

    fn add_impls(&mut self, known: &mut Known, closure: &mut Closure) {
        for at in 0..self.impls.len() {
            let node = self.impls[at];
            let of = self.impl_of(known, node);
            let from = of.needs.iter().copied().find(|node| closure.has(*node));
            if from.is_none() && !of.needs.is_empty() {
                continue;
            }
            let item = Rc::clone(&self.nodes[node].item);
            let callable = of.traits.is_empty() || of.traits.iter().any(|of| closure.can_call(*of));
            if !callable {
                continue;
            }
            let members: Vec<NodeId> = self.members(node).collect();
            let by_a_trait = item.header.of_trait.is_some();
            let of_framework =
                self.of_framework(node) || of.traits.iter().any(|of| self.of_framework(*of));
            let called = of.of_others
                && of
                    .caller
                    .is_none_or(|caller| closure.calls(of_framework, &caller));
            for member in &members {
                let part = self.nodes[*member].part.map(|part| &item.members[part]);
                let is_named = part.is_some_and(|part| {
                    part.writes || closure.uses_member(part, by_a_trait, of_framework)
                });
                if called || is_named {
                    closure.reach(*member, from);
                }
            }
            let offered = of.traits.iter().any(|of_trait| {
                let offers = &self.nodes[*of_trait].item.header.offers;
                closure.has(*of_trait) || closure.uses_any(offers, self.of_framework(*of_trait))
            });
            let of_its_own =
                closure.uses_any(&item.also, of_framework) || closure.has_any(&members);
            if called || offered || of_its_own {
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
                let part = self.nodes[member].part.map(|part| &item.members[part]);
                let of_framework = self.of_framework(node);
                if part.is_some_and(|part| closure.uses_member(part, true, of_framework)) {
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
            let calls_it = |of: &NodeId| {
                let offers = &self.nodes[*of].item.header.offers;
                closure.has(*of)
                    || (closure.in_scope.contains(of)
                        && closure.uses_any(offers, self.of_framework(*of)))
            };
            let used = closure.has_any(&makes.types)
                || makes.traits.iter().any(calls_it)
                || (makes.a_trait && closure.uses_any(&makes.names, self.of_framework(node)))
                || (makes.anything && closure.modules.contains(&self.nodes[node].module));
            if used {
                closure.reach(node, None);
            }
        }
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
        let framework = is_framework(&self.crates[self.nodes[node].of_crate].package.name);
        let (mut traits, mut caller) = (Vec::new(), None);
        if let Some(path) = &item.header.of_trait {
            let found = self.resolve(lookups, module, path);
            caller = Caller::of_found(path, &found);
            caller = caller.map(|caller| {
                let [argument] = item.header.arguments.as_slice() else {
                    return caller;
                };
                let found = self.resolve(lookups, module, argument);
                caller.by_index(IndexBy::of(argument, &found))
            });
            traits = found.nodes;
            traits.retain(|of_trait| {
                let of_trait = &self.nodes[*of_trait];
                // What the framework's traits offer is called by the framework.
                let theirs = is_framework(&self.crates[of_trait.of_crate].package.name);
                of_trait.item.kind == Kind::Trait && (framework || !theirs)
            });
        }
        let of_others = item.header.of_trait.is_some() && traits.is_empty();
        let self_type = item.header.self_type.as_ref();
        let mut needs = self_type
            .and_then(|path| self.named_by(lookups, module, path, 0))
            .unwrap_or_default();
        if of_others && needs.is_empty() {
            // One of ours has to be among the arguments: nobody may write an `impl` of things of others alone.
            for path in &item.header.arguments {
                let named = self.named_by(lookups, module, path, 0);
                needs.extend(named.into_iter().flatten());
            }
        }
        ImplOf {
            needs,
            of_others,
            caller,
            traits,
        }
    }

    /// Of what one has to be reached before there is a value of a type. An alias stands for what it names.
    pub(super) fn named_by(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        path: &Path,
        depth: usize,
    ) -> Option<Vec<NodeId>> {
        let found = self.resolve(lookups, module, path);
        let mut any = Vec::new();
        for node in found.nodes {
            let of = &self.nodes[node];
            match of.item.kind {
                Kind::Type { .. } | Kind::Trait | Kind::MacroCall => any.push(node),
                Kind::Alias if depth < 8 => {
                    let (item, module) = (Rc::clone(&of.item), of.module);
                    let path = item.header.self_type.as_ref()?;
                    any.extend(self.named_by(lookups, module, path, depth + 1)?);
                }
                Kind::Alias => return None,
                _ => {}
            }
        }
        (found.foreign.is_empty() && !any.is_empty()).then_some(any)
    }
}

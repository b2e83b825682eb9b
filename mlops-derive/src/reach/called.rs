//! Which macros of ours a call may mean: those that are known where it stands.

use std::collections::HashSet;

use super::item::Kind;
use super::world::{CrateId, ModuleId, NodeId, World};

impl World {
    /// The macros of ours that `name` may mean where `caller` stands: those of its own crate before those of others.
    pub(crate) fn macros_called(&self, caller: NodeId, name: &str) -> Vec<NodeId> {
        let of_crate = self.nodes[caller].of_crate;
        let all = self.macros.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_own = |definition: &NodeId| self.nodes[*definition].of_crate == of_crate;
        let known = all.iter().copied();
        let known = known.filter(|definition| match is_own(definition) {
            true => self.is_known_to(*definition, caller),
            false => self.is_known_beyond(*definition, caller),
        });
        let known: Vec<NodeId> = known.collect();
        let own: Vec<NodeId> = known.iter().copied().filter(is_own).collect();
        // Which of several is meant where others are brought without their names is not known.
        if own.is_empty() || !self.crates[of_crate].macro_uses.is_empty() {
            known
        } else {
            own
        }
    }

    /// Whether a macro of one crate is known to something in another. The framework knows none of those who use it.
    fn is_known_beyond(&self, definition: NodeId, caller: NodeId) -> bool {
        let (of, by) = (&self.nodes[definition], &self.nodes[caller]);
        if self.of_framework(caller) {
            return of.item.spreads && self.of_framework(definition);
        }
        of.item.spreads || by.item.kind == Kind::Macro
    }

    /// Whether a macro of a crate is known to something in that crate: by where it stands, or because it is exported or imported.
    fn is_known_to(&self, definition: NodeId, caller: NodeId) -> bool {
        let (of, by) = (&self.nodes[definition], &self.nodes[caller]);
        // A call in the definition of another macro stands wherever that is called.
        by.item.kind == Kind::Macro
            || of.item.spreads
            || self.crates[of.of_crate].imported.contains(&of.item.name)
            || self.is_within(by.module, self.spread_from(of.module))
    }

    /// The outermost module that knows the macros of a module.
    fn spread_from(&self, mut module: ModuleId) -> ModuleId {
        while self.modules[module].spreads
            && let Some(parent) = self.modules[module].parent
        {
            module = parent;
        }
        module
    }

    fn is_within(&self, mut inner: ModuleId, outer: ModuleId) -> bool {
        while inner != outer {
            match self.modules[inner].parent {
                Some(parent) => inner = parent,
                None => return false,
            }
        }
        true
    }

    /// The names that imports of a crate may bring, those that macros write among them: under such a name a macro may be known
    /// anywhere.
    pub(super) fn imported_names(&self, of_crate: CrateId) -> HashSet<String> {
        let mut names = HashSet::new();
        let nodes = self.nodes.iter();
        for node in nodes.filter(|node| node.of_crate == of_crate) {
            let item = &node.item;
            match item.kind {
                Kind::Use => {
                    let last = |import: &super::item::Import| import.path.segments.last().cloned();
                    names.extend(item.imports.iter().filter_map(last));
                }
                Kind::MacroCall => names.extend(item.also.iter().cloned()),
                Kind::Macro if item.brings.imports => {
                    names.extend(item.mentions.loose.iter().cloned());
                }
                _ => {}
            }
        }
        names
    }
}

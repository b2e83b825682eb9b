//! What counts once all is found that a stage reaches: files whose names its macros put together, and the places and spaces of
//! code that asks for them.

use std::collections::BTreeSet;

use super::closure::Closure;
use super::edges::Edges;
use super::item::Import;
use super::mention::is_transparent;
use super::world::{NodeId, World};
use super::{files, include, is_framework};

impl World {
    /// Files whose names macros put together from what reached code gives them.
    pub(super) fn add_put_together(&mut self, closure: &mut Closure) {
        for (node, written) in std::mem::take(&mut closure.put_together) {
            let mut edges = Edges::default();
            match self.files_put_together(closure, node, &written) {
                Some(files) => edges.contents = files,
                None => self.add_any_file(node, &written, &mut edges),
            }
            closure.add(&edges, Some(node));
        }
    }

    /// The files that a macro of one rule includes, if all that it is given can be told.
    fn files_put_together(
        &self,
        closure: &Closure,
        node: NodeId,
        written: &str,
    ) -> Option<BTreeSet<(String, String)>> {
        let item = &self.nodes[node].item;
        let is_renamed = |import: &Import| {
            import.path.segments.last() == Some(&item.name) && import.name != item.name
        };
        let is_passed_on = |(found, _): &(NodeId, Option<NodeId>)| {
            let found = &self.nodes[*found];
            let mentions = found.mentions();
            let mut names = mentions.loose.iter().chain(&mentions.soft);
            let mut imports = found.item.imports.iter().chain(&mentions.imports);
            names.any(|name| *name == item.name) || imports.any(is_renamed)
        };
        let is_code = self.nodes[node].mentions().names_macro("include");
        if is_code || is_transparent(&item.name) || closure.found.iter().any(is_passed_on) {
            return None;
        }
        let calls = closure.given.iter();
        let calls = calls.filter(|(_, name, _)| *name == item.name);
        calls
            .map(|(caller, _, literal)| {
                let caller = &self.nodes[*caller];
                let of_crate = &self.crates[caller.of_crate];
                let of_macro = &self.crates[self.nodes[node].of_crate];
                let written = include::with_given(written, &item.takes, literal)?;
                // What `env!` says there is said of the crate in which the macro is called.
                let is_at_home = of_macro.package.folder == of_crate.package.folder;
                let path = include::path(&written, &caller.file.path, of_crate)?;
                let content = files::read(&path).ok().filter(|_| is_at_home)?;
                let label = format!("file {}", written.replace(' ', ""));
                Some((label, blake3::hash(&content).to_hex().to_string()))
            })
            .collect()
    }

    /// Code that asks who called it depends on where every call stands.
    pub(super) fn add_callers(&self, closure: &mut Closure) {
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

    /// Code that is shown as text is shown with its spaces.
    pub(super) fn add_shown(&self, closure: &mut Closure) {
        let shows = |(node, _): &(NodeId, Option<NodeId>)| {
            let node = &self.nodes[*node];
            node.mentions().names_macro("stringify")
                && !is_framework(&self.crates[node.of_crate].package.name)
        };
        if !closure.found.iter().any(shows) {
            return;
        }
        for (node, _) in &closure.found {
            let node = &self.nodes[*node];
            if !is_framework(&self.crates[node.of_crate].package.name) {
                let label = format!("spaces of {} in {}", node.label(), node.file.shown);
                let spaces = blake3::Hash::from_bytes(node.spaces()).to_hex().to_string();
                closure.contents.insert(label, spaces);
            }
        }
    }
}

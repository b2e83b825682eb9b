//! Files that code includes, also where macros put their names together, and the places and spaces of code that asks for them.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::closure::Closure;
use super::edges::Edges;
use super::item::{Import, Mentions};
use super::lookup::Lookups;
use super::mention::{Reading, is_transparent};
use super::world::{ModuleId, NodeId, World};
use super::{files, include, is_framework, with_own_lexer};

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

    /// A file that may be any.
    pub(super) fn add_any_file(&mut self, node: NodeId, written: &str, edges: &mut Edges) {
        let of_crate = self.nodes[node].of_crate;
        // A text whose path begins within the package is one of its files, whatever it is; code may mean anything.
        let is_text = !self.nodes[node].mentions().names_macro("include");
        let is_inside = include::beginning(written).is_some_and(|path| include::stays(&path));
        if !(is_text && is_inside) {
            edges
                .blind
                .get_or_insert_with(|| format!("which file `{written}` means cannot be told"));
        }
        // A macro may be called in another crate, and sees files from there.
        for of_crate in [
            Some(of_crate),
            self.crates.iter().position(|other| other.own),
        ] {
            let package = of_crate.map(|of_crate| Rc::clone(&self.crates[of_crate].package));
            if let Some(package) = package {
                let files = self.files.of_package(&package);
                let label = format!("every file of {}", package.name);
                edges.contents.insert((label, files));
            }
        }
    }

    pub(super) fn add_file(
        &mut self,
        lookups: &mut Lookups,
        module: ModuleId,
        written: &str,
        node: NodeId,
        edges: &mut Edges,
    ) {
        let of_crate = self.modules[module].of_crate;
        if !self.nodes[node].item.takes.is_empty() && written.contains('$') {
            edges.put_together.insert(written.to_owned());
            return;
        }
        let from = self.nodes[node].file.path.clone();
        let path = include::path(written, &from, &self.crates[of_crate]);
        let content = path.as_deref().and_then(|path| files::read(path).ok());
        let Some(content) = content else {
            if self.is_generated(of_crate) {
                edges.generated = true;
                return;
            }
            self.add_any_file(node, written, edges);
            return;
        };
        let label = format!("file {}", written.replace(' ', ""));
        let digest = blake3::hash(&content).to_hex().to_string();
        edges.contents.insert((label, digest));
        // What is included as code mentions things, too; of other files this finds nothing, or nothing that harms.
        let code = path
            .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
            .and_then(|_| String::from_utf8(content).ok());
        if let Some(code) = code {
            let inside = with_own_lexer(|| {
                let tokens = code.parse().ok()?;
                Some(Mentions::of(tokens, Reading::Code))
            });
            if let Some(mut inside) = inside {
                // A file that includes itself would go round for ever.
                inside.files.clear();
                self.add_mentions(lookups, module, &inside, node, edges);
            }
        }
    }
}

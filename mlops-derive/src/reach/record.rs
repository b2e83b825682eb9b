//! Puts into lines what a stage reaches, and takes the digest of them.
//!
//! A line has fields with tabs between. Of an item: `item`, the number of the line that led to it or `-`, the beginning of its
//! digest, its label, its module, and its place as `file:first-last`. Of a locked crate: `crate`, name, version and the features
//! that are asked of it. Of anything else that counts by content: `content`, label, and the beginning of its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::asked::Among;
use super::closure::Closure;
use super::compiled::Given;
use super::features;
use super::item::Kind;
use super::lock::LockedAt;
use super::lookup::Target;
use super::world::{CrateId, NodeId};
use super::{Reach, Session, is_framework};

impl Session {
    pub(super) fn record(&mut self, mut closure: Closure) -> Reach {
        let mut facts: BTreeSet<Vec<String>> = BTreeSet::new();
        let mut items = String::new();
        let crates = self.crates(&mut closure, &mut facts);
        self.asked.keep();
        self.add_editions(&closure, &mut facts);
        self.add_compiled(&mut closure);
        if closure.generated {
            let content = self.compiled_dependencies(&closure, features::content);
            let label = "what a build script of a path dependency wrote".to_owned();
            closure.contents.insert(label, content);
        }
        let lines: BTreeMap<NodeId, usize> = closure
            .found
            .iter()
            .enumerate()
            .map(|(line, (node, _))| (*node, line))
            .collect();
        for (node, from) in &closure.found {
            let from = from.and_then(|from| lines.get(&from));
            let from = from.map_or_else(|| "-".to_owned(), ToString::to_string);
            let digest = self.digest_of(*node);
            let label = self.world.nodes[*node].label();
            let reached = &self.world.nodes[*node];
            let module = &self.world.modules[reached.module].path;
            let (first, last) = reached.lines();
            let file = &reached.file.shown;
            let short = digest.get(..16).unwrap_or_default();
            let _ = writeln!(
                items,
                "item\t{from}\t{short}\t{label}\t{module}\t{file}:{first}-{last}"
            );
            facts.insert(vec!["item".to_owned(), module.clone(), label, digest]);
        }
        self.add_orders(&mut closure);
        for (name, version, asked) in crates {
            let _ = writeln!(items, "crate\t{name}\t{version}\t{asked}");
        }
        for (label, content) in &closure.contents {
            let digest = blake3::hash(content.as_bytes()).to_hex().to_string();
            let short = digest.get(..16).unwrap_or_default();
            let label = label.replace(['\t', '\n'], " ");
            let _ = writeln!(items, "content\t{label}\t{short}");
            facts.insert(vec!["content".to_owned(), label, digest]);
        }
        Reach {
            digest: digest(&facts),
            items,
            conditions: closure.conditions.iter().cloned().collect(),
            variables: closure.variables.iter().cloned().collect(),
            foreign: self.foreign(&closure),
            coarse: closure.blind,
            locked: None,
            tracked: Vec::new(),
        }
    }

    /// Digest of all that is locked for the package, with the features that are asked of it.
    pub(super) fn locked(&mut self) -> Option<String> {
        let lock = self.world.lock.clone()?;
        let own = self.world.crates.iter().find(|of_crate| of_crate.own)?;
        let below = lock.with_all_below(&own.package.name, is_framework);
        if below.is_empty() {
            return None;
        }
        let mut facts = BTreeSet::new();
        for at in &below {
            let mut fact = vec![lock.identity(*at)];
            if !lock.is_folder(*at) {
                fact.push(self.features_of(*at, &below));
            }
            facts.insert(fact);
        }
        self.asked.keep();
        Some(digest(&facts))
    }

    fn digest_of(&self, node: NodeId) -> String {
        let reached = &self.world.nodes[node];
        let bytes = match (reached.item.kind, reached.part) {
            (Kind::Use | Kind::ExternCrate, Some(leaf)) => {
                let import = &reached.item.imports[leaf];
                let written = format!(
                    "{:?} {} {}",
                    import.path.segments, import.path.absolute, import.name
                );
                *blake3::hash(written.as_bytes()).as_bytes()
            }
            (_, Some(member)) => reached.item.members[member].digest,
            _ => reached.item.digest,
        };
        blake3::Hash::from_bytes(bytes).to_hex().to_string()
    }

    /// The locked crates, as name, version and what is asked of them.
    fn crates(
        &mut self,
        closure: &mut Closure,
        facts: &mut BTreeSet<Vec<String>>,
    ) -> BTreeSet<(String, String, String)> {
        let mut crates = BTreeSet::new();
        let lock = self.world.lock.clone();
        let lock = lock.as_deref();
        let own = self.world.crates.iter().find(|of_crate| of_crate.own);
        let own = own
            .zip(lock)
            .map(|(own, lock)| lock.with_all_below(&own.package.name, |_| false));
        let own = own.unwrap_or_default();
        for found in closure.externs.clone() {
            let from = std::rc::Rc::clone(&self.world.crates[found.from].package);
            let package = match &found.target {
                Target::Ours(target) => {
                    let target = &self.world.crates[*target].package.name;
                    if !is_framework(target) {
                        facts.insert(vec![
                            "extern".to_owned(),
                            from.name.clone(),
                            found.name,
                            target.clone(),
                        ]);
                    }
                    continue;
                }
                Target::Package(package) => package,
                Target::Unknown => {
                    self.add_whole_lock(closure);
                    continue;
                }
            };
            if is_framework(package) {
                // Its sources are not at hand, so its version has to do.
                let version = self
                    .world
                    .lock
                    .as_ref()
                    .and_then(|lock| lock.version(package));
                let version = version.unwrap_or_default().to_owned();
                facts.insert(vec!["crate".to_owned(), package.clone(), version.clone()]);
                crates.insert((package.clone(), version, String::new()));
                continue;
            }
            let Some(lock) = lock else {
                closure
                    .blind
                    .get_or_insert_with(|| "there is no Cargo.lock".to_owned());
                continue;
            };
            let below = lock.below(&from.name, package);
            if below.is_empty() {
                self.add_whole_lock(closure);
            }
            for locked in below {
                if is_framework(&locked.name) {
                    continue;
                }
                let asked = self.features_of(locked.at, &own);
                if locked.identity.is_none() {
                    closure.blind.get_or_insert_with(|| {
                        format!(
                            "`{}` is patched by a folder, below a crate of others",
                            locked.name
                        )
                    });
                }
                facts.insert(vec![
                    "crate".to_owned(),
                    locked.name.clone(),
                    locked.version.clone(),
                    locked.identity.clone().unwrap_or_default(),
                    asked.clone(),
                ]);
                crates.insert((locked.name, locked.version, asked));
            }
            if self.given(package, Given::Features).is_some() {
                continue;
            }
            // Features of the package that turn on features of the crate.
            let names = [found.name.clone(), package.replace('-', "_")];
            for (feature, values) in &from.features {
                let mut asked = values.iter().filter_map(|value| value.split_once('/'));
                let is_about_it = asked.any(|(of, _)| {
                    let of = of.trim_end_matches('?').replace('-', "_");
                    names.contains(&of)
                });
                if is_about_it {
                    facts.insert(vec![
                        "feature".to_owned(),
                        from.name.clone(),
                        feature.clone(),
                        values.join(", "),
                    ]);
                    if self.world.crates[found.from].own {
                        closure
                            .conditions
                            .insert(format!("feature = \"{feature}\""));
                    } else {
                        closure.featured.insert(found.from);
                    }
                }
            }
        }
        crates
    }

    fn add_whole_lock(&self, closure: &mut Closure) {
        let whole = self
            .world
            .lock
            .as_ref()
            .map_or_else(String::new, |lock| format!("{lock:?}"));
        closure.contents.insert("Cargo.lock".to_owned(), whole);
    }

    /// Of several macros of one name the last one before a call is meant: their order counts, and that of the calls. Items are
    /// numbered as they stand in their crate.
    fn add_orders(&self, closure: &mut Closure) {
        let nodes = &self.world.nodes;
        let mut macros: BTreeMap<&str, BTreeSet<NodeId>> = BTreeMap::new();
        for (node, _) in &closure.found {
            if nodes[*node].item.kind == Kind::Macro {
                let name = nodes[*node].item.name.as_str();
                macros.entry(name).or_default().insert(*node);
            }
        }
        macros.retain(|_, of_one_name| of_one_name.len() > 1);
        for (name, mut order) in macros {
            let calls = closure.found.iter().map(|(node, _)| *node).filter(|node| {
                let mentions = nodes[*node].mentions();
                let mut called = mentions.macros.iter();
                called.any(|path| path.segments.last().is_some_and(|last| last == name))
            });
            order.extend(calls);
            let order: Vec<String> = order.into_iter().map(|node| self.digest_of(node)).collect();
            let label = format!("order of the macros `{name}`");
            closure.contents.insert(label, order.join(" "));
        }
    }

    fn add_editions(&self, closure: &Closure, facts: &mut BTreeSet<Vec<String>>) {
        for (node, _) in &closure.found {
            let node = &self.world.nodes[*node];
            let of_crate = &self.world.crates[node.of_crate];
            // An import means the same in all editions but the first.
            let edition = match (node.item.kind, of_crate.edition.as_str()) {
                (Kind::Use, edition) if edition != "2015" => "any that is not 2015",
                (_, edition) => edition,
            };
            let name = of_crate.package.name.clone();
            facts.insert(vec!["edition".to_owned(), name, edition.to_owned()]);
        }
    }

    /// What a package was compiled with.
    fn given(&self, package: &str, what: Given) -> Option<String> {
        self.world.compiled()?.given(package, what)
    }

    /// The features of a package of a registry: those that it was compiled with or, where that is not known, those that the
    /// package and all below it ask, and what everybody asks.
    fn features_of(&mut self, at: LockedAt, own: &BTreeSet<LockedAt>) -> String {
        let Some(lock) = &self.world.lock else {
            return String::new();
        };
        if let Some(given) = self.given(lock.name(at), Given::Features) {
            return given;
        }
        let mut asked = self.asked.of(lock, at, Among::These(own));
        let of_all = self.asked.of(lock, at, Among::Everybody);
        if of_all != asked {
            let _ = write!(asked, " ({of_all})");
        }
        asked
    }

    /// What the crates below were compiled with, as far as it counts.
    fn add_compiled(&mut self, closure: &mut Closure) {
        let featured = closure.featured.iter().map(|of| (*of, Given::Features));
        let profiled = closure.profiled.iter().map(|of| (*of, Given::Profile));
        let counting: Vec<(CrateId, Given)> = featured.chain(profiled).collect();
        let mut untold = false;
        for (of_crate, what) in counting {
            let package = &self.world.crates[of_crate].package;
            let kind = match what {
                Given::Features => "features",
                Given::Profile => "profile",
            };
            match self.given(&package.name, what) {
                Some(given) => {
                    let label = format!("{kind} of {}", package.name);
                    closure.contents.insert(label, given);
                }
                None => untold = true,
            }
        }
        if untold {
            let identity = self.compiled_dependencies(closure, features::identity);
            let label = "features of path dependencies".to_owned();
            closure.contents.insert(label, identity);
        }
    }

    /// What tells how our dependencies were compiled.
    fn compiled_dependencies(&self, closure: &Closure, tell: features::Tell) -> String {
        let names: BTreeSet<&str> = closure
            .externs
            .iter()
            .filter(|found| self.world.crates[found.from].own)
            .filter_map(|found| match found.target {
                Target::Ours(target) if !is_framework(&self.world.crates[target].package.name) => {
                    Some(found.name.as_str())
                }
                _ => None,
            })
            .collect();
        tell(&self.world.compilation, &names)
    }

    fn foreign(&self, closure: &Closure) -> String {
        let mut lines = String::new();
        for (path, node) in &closure.foreign {
            let user = &self.world.nodes[*node];
            if is_framework(&self.world.crates[user.of_crate].package.name) {
                continue;
            }
            let (line, _) = user.lines();
            let _ = writeln!(
                lines,
                "{path}\t{}\t{}:{line}",
                user.label(),
                user.file.shown
            );
        }
        for member in closure.all_members().collect::<BTreeSet<_>>() {
            let _ = writeln!(lines, ".{member}");
        }
        lines
    }
}

/// Each part with its length, so that no two sets share an encoding.
fn digest(facts: &BTreeSet<Vec<String>>) -> String {
    let mut hasher = blake3::Hasher::new();
    for fact in facts {
        hasher.update(&(fact.len() as u64).to_le_bytes());
        for part in fact {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

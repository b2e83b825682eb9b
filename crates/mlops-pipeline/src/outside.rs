//! How a stage looks at the outside world without saying so: files, network, clock, random numbers, environment, processes.
//!
//! Code reach cannot hash what such calls return, but it sees that they are made. The names stand in `outside/names.toml`; a
//! project adds its own in `mlops.toml`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use mlops_core::Code;

use crate::code::CodeReach;
use crate::reason::{Reason, ReasonKind};

/// The names by which code looks outside.
#[derive(Debug, Clone, Default)]
pub struct OutsideNames {
    groups: Vec<Arc<Group>>,
    /// Which group a path, and all below it, belongs to.
    paths: BTreeMap<String, usize>,
    /// Methods that count when something else is used, too.
    methods: BTreeMap<String, usize>,
    /// A project has added names.
    has_own: bool,
}

#[derive(Debug)]
struct Group {
    what: String,
    declare: String,
    /// One of these has to be used before a method counts.
    with: Vec<String>,
    except: Vec<String>,
}

/// One use of the outside world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideUse {
    /// `files`, `the clock`, …
    pub what: String,
    /// The name that is used, such as `std::fs::read_to_string`.
    pub name: String,
    /// The item that uses it.
    pub by: String,
    /// Where that item is.
    pub at: String,
    /// How to declare it.
    pub declare: String,
}

impl OutsideNames {
    /// The names that are known, and those of a project.
    pub fn with(more: &[String]) -> Self {
        let mut names = known().clone();
        if more.is_empty() {
            return names;
        }
        names.has_own = true;
        let group = names.groups.len();
        names.groups.push(Arc::new(Group {
            what: "what mlops.toml names".to_owned(),
            declare: "give it what it reads as a typed source".to_owned(),
            with: Vec::new(),
            except: Vec::new(),
        }));
        for name in more {
            let of = if name.starts_with('.') {
                &mut names.methods
            } else {
                &mut names.paths
            };
            of.insert(name.clone(), group);
        }
        names
    }

    /// What of the outside world the code uses: the first use of each group.
    pub fn used_by(&self, code: &Code) -> Vec<OutsideUse> {
        let mut found: BTreeMap<&str, OutsideUse> = BTreeMap::new();
        let mut methods = Vec::new();
        let mut paths = Vec::new();
        for line in code.foreign.lines() {
            if line.starts_with('.') {
                methods.push(line);
                continue;
            }
            let mut fields = line.split('\t');
            let path = canonical(fields.next().unwrap_or_default());
            let by = fields.next().unwrap_or_default();
            let at = fields.next().unwrap_or_default();
            if let Some(group) = self.group_of(&path) {
                found
                    .entry(&group.what)
                    .or_insert_with(|| group.used(&path, by, at));
            }
            paths.push((path, by, at));
        }
        // Among the names of a project may be functions of its own.
        if self.has_own {
            for item in &CodeReach::read(code.items).items {
                let name = item.label.strip_prefix("fn ").unwrap_or(&item.label);
                let path = format!("{}::{name}", item.module);
                if let Some(group) = self.group_of(&path) {
                    let used = group.used(&path, &item.label, &item.place());
                    found.entry(&group.what).or_insert(used);
                }
            }
        }
        for method in methods {
            let Some(group) = self.methods.get(method).map(|at| &self.groups[*at]) else {
                continue;
            };
            let with = paths
                .iter()
                .find(|(path, ..)| group.with.iter().any(|with| is_below(path, with)));
            if group.with.is_empty() {
                found
                    .entry(&group.what)
                    .or_insert_with(|| group.used(method, "", ""));
            } else if let Some((path, by, at)) = with {
                let name = format!("{path} and {method}()");
                found
                    .entry(&group.what)
                    .or_insert_with(|| group.used(&name, by, at));
            }
        }
        found.into_values().collect()
    }

    fn group_of(&self, path: &str) -> Option<&Group> {
        let mut end = path.len();
        loop {
            let head = path.get(..end)?;
            if let Some(group) = self.paths.get(head).map(|at| &self.groups[*at]) {
                let harmless = group.except.iter().any(|except| is_below(path, except));
                return (!harmless).then_some(group);
            }
            end = head.rfind("::")?;
        }
    }
}

impl Group {
    fn used(&self, name: &str, by: &str, at: &str) -> OutsideUse {
        OutsideUse {
            what: self.what.clone(),
            name: name.to_owned(),
            by: by.to_owned(),
            at: at.to_owned(),
            declare: self.declare.clone(),
        }
    }
}

impl OutsideUse {
    /// Whether what it gives is another each time by nature: a stage that says that its result differs from run to run has said
    /// so of this, too.
    pub fn differs_each_time(&self) -> bool {
        ["the clock", "random numbers"].contains(&self.what.as_str())
    }

    /// The use as the reason for which a stage is not reused.
    pub fn reason(&self) -> Reason {
        let by = if self.by.is_empty() {
            String::new()
        } else {
            format!(" in {}", self.by)
        };
        let item = format!(
            "it looks at {} by `{}`{by}, which is not declared: {}, or say `reads(nothing)` with a reason",
            self.what, self.name, self.declare
        );
        let reason = Reason::new(ReasonKind::Undeclared, item);
        if self.at.is_empty() {
            reason
        } else {
            reason.at(&self.at)
        }
    }
}

fn is_below(path: &str, name: &str) -> bool {
    path.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The same thing has several paths: what `core` and `alloc` offer is in `std`, too.
fn canonical(path: &str) -> String {
    match path.split_once("::") {
        Some(("core" | "alloc", rest)) => format!("std::{rest}"),
        _ => path.to_owned(),
    }
}

fn known() -> &'static OutsideNames {
    static KNOWN: OnceLock<OutsideNames> = OnceLock::new();
    KNOWN.get_or_init(|| read(include_str!("outside/names.toml")).unwrap_or_default())
}

fn read(text: &str) -> Option<OutsideNames> {
    let parsed: toml::Table = text.parse().ok()?;
    let mut names = OutsideNames::default();
    for group in parsed.get("group")?.as_array()? {
        let text = |key: &str| Some(group.get(key)?.as_str()?.to_owned());
        let list = |key: &str| -> Vec<String> {
            let values = group.get(key).and_then(toml::Value::as_array);
            let values = values.into_iter().flatten();
            values
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect()
        };
        let at = names.groups.len();
        names.groups.push(Arc::new(Group {
            what: text("what")?,
            declare: text("declare")?,
            with: list("with"),
            except: list("except"),
        }));
        for name in list("names") {
            let of = if name.starts_with('.') {
                &mut names.methods
            } else {
                &mut names.paths
            };
            of.insert(name, at);
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use mlops_core::Code;

    use super::{OutsideNames, read};

    fn used(foreign: &'static str, more: &[&str]) -> Vec<String> {
        let code = Code {
            reach: "",
            items: "",
            values: &[],
            foreign,
            coarse: None,
            files: "",
            lock: None,
        };
        let more: Vec<String> = more.iter().map(|name| (*name).to_owned()).collect();
        let found = OutsideNames::with(&more).used_by(&code);
        found
            .into_iter()
            .map(|used| format!("{}: {}", used.what, used.name))
            .collect()
    }

    #[test]
    fn the_list_of_names_is_read_whole() {
        let names = read(include_str!("outside/names.toml")).unwrap();
        assert!(names.groups.len() >= 8);
        assert!(names.paths.len() > 100 && names.methods.len() >= 10);
        for group in &names.groups {
            assert!(!group.declare.is_empty() && !group.what.is_empty());
        }
    }

    #[test]
    fn a_name_stands_for_all_below_it_and_for_nothing_beside_it() {
        assert_eq!(
            used("std::fs::read_to_string\tfn load\tsrc/io.rs:3\n", &[]),
            ["files: std::fs::read_to_string"]
        );
        assert_eq!(
            used(
                "core::time::Duration\tfn f\ta:1\nstd::fmt::Write\tfn f\ta:1\n",
                &[]
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            used("std::fs::FileType\tfn f\ta:1\n", &[]),
            Vec::<String>::new()
        );
        assert_eq!(used("libcity::go\tfn f\ta:1\n", &[]), Vec::<String>::new());
    }

    #[test]
    fn types_that_only_say_how_wide_a_number_is_or_how_a_map_hashes_are_no_look_outside() {
        let types = "libc::c_int\ttype blas_index\ta:1\n\
            std::collections::hash_map::RandomState\tstruct Edges\ta:1\n";
        assert_eq!(used(types, &[]), Vec::<String>::new());
        assert_eq!(used("libc::getpid\tfn f\ta:1\n", &[]).len(), 1);
        assert_eq!(
            used("std::hash::RandomState::new\tfn f\ta:1\n", &[]).len(),
            1
        );
    }

    #[test]
    fn a_method_counts_only_beside_the_type_that_has_it() {
        assert_eq!(
            used("std::vec::Vec\tfn f\ta:1\n.exists\n", &[]),
            Vec::<String>::new()
        );
        assert_eq!(
            used("std::path::Path\tfn f\ta:1\n.exists\n", &[]),
            ["files: std::path::Path and .exists()"]
        );
    }

    #[test]
    fn a_project_adds_names_of_its_own() {
        let foreign = "warehouse::fetch\tfn f\ta:1\n.pull\n";
        assert_eq!(used(foreign, &[]), Vec::<String>::new());
        assert_eq!(used(foreign, &["warehouse"]).len(), 1);
        assert_eq!(used(foreign, &[".pull"]).len(), 1);
    }
}

//! What the compiler instantiates, read from the intermediate code that it writes: the second, finer opinion.

use std::collections::{BTreeMap, BTreeSet};

/// A function that a program instantiates: where its definition begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instance {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) name: String,
    /// Where the function is, as far as name spaces tell: `statrs::distribution::normal`.
    pub(super) space: String,
}

impl Instance {
    /// `sum` of `sum<f64>`.
    pub(super) fn bare_name(&self) -> &str {
        self.name.split('<').next().unwrap_or_default()
    }
}

/// The functions of a program, and what each refers to.
#[derive(Debug, Default)]
pub(super) struct Program<'a> {
    instances: BTreeMap<&'a str, Instance>,
    uses: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Program<'a> {
    /// Reads what the compiler writes for LLVM, with lines for debuggers.
    pub(super) fn read(code: &'a str) -> Self {
        let mut program = Self::default();
        let mut entries: BTreeMap<&str, &str> = BTreeMap::new();
        let mut places: Vec<(&str, &str)> = Vec::new();
        let mut inside = "";
        for line in code.lines() {
            if let Some((entry, rest)) = line.split_once(" = ")
                && entry.starts_with('!')
            {
                entries.insert(entry, rest);
                continue;
            }
            let mut symbols = symbols(line);
            if line.starts_with("define ") || line.starts_with('@') {
                inside = symbols.next().unwrap_or_default();
            }
            if line.starts_with("define ")
                && let Some((_, rest)) = line.rsplit_once("!dbg ")
            {
                places.extend(rest.split([' ', ',']).next().map(|entry| (inside, entry)));
            }
            program.uses.entry(inside).or_default().extend(symbols);
            if line == "}" {
                inside = "";
            }
        }
        for (symbol, entry) in places {
            if let Some(instance) = instance(&entries, entry) {
                program.instances.insert(symbol, instance);
            }
        }
        program
    }

    /// Every function that the program may call, beginning at `main`. A method that only a table of a `dyn Trait` refers to
    /// is called if `is_called` says so.
    pub(super) fn called(&self, is_called: impl Fn(&Instance) -> bool) -> BTreeSet<&Instance> {
        let mut seen = BTreeSet::new();
        let mut pending = vec!["main"];
        while let Some(symbol) = pending.pop() {
            if !seen.insert(symbol) {
                continue;
            }
            let is_table = symbol.starts_with("vtable.");
            let uses = self.uses.get(symbol).into_iter().flatten();
            pending.extend(uses.filter(|used| {
                let instance = self.instances.get(**used);
                !is_table || instance.is_none_or(&is_called)
            }));
        }
        seen.iter()
            .filter_map(|symbol| self.instances.get(symbol))
            .collect()
    }
}

/// The names after `@` in a line.
fn symbols(line: &str) -> impl Iterator<Item = &str> {
    line.split('@')
        .skip(1)
        .filter_map(|rest| match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => rest
                .split(|c: char| !(c.is_alphanumeric() || "_.$".contains(c)))
                .next(),
        })
}

fn instance(entries: &BTreeMap<&str, &str>, entry: &str) -> Option<Instance> {
    let rest = entries.get(entry)?;
    let file = entries.get(value(rest, "file")?)?;
    let mut spaces = Vec::new();
    let mut scope = value(rest, "scope");
    while let Some(around) = scope.and_then(|scope| entries.get(scope)) {
        spaces.extend(text(around, "name"));
        scope = value(around, "scope");
    }
    spaces.reverse();
    let name = text(file, "filename")?;
    let is_whole = name.starts_with('/');
    Some(Instance {
        file: match text(file, "directory") {
            Some(folder) if !is_whole => format!("{folder}/{name}"),
            _ => name.to_owned(),
        },
        line: value(rest, "line")?.parse().ok()?,
        name: text(rest, "name")?.to_owned(),
        space: spaces.join("::"),
    })
}

/// The value of `key` in `!DISubprogram(name: "f", line: 1)`.
fn value<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    let begin = [format!("({key}: "), format!(", {key}: ")];
    let begin = begin
        .iter()
        .find_map(|begin| Some(entry.find(begin)? + begin.len()))?;
    let rest = &entry[begin..];
    let end = match rest.strip_prefix('"') {
        Some(text) => text.find('"')? + 2,
        None => rest.find([',', ')'])?,
    };
    Some(&rest[..end])
}

fn text<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    value(entry, key)?.strip_prefix('"')?.strip_suffix('"')
}

/// The code without the digests of the files that it was made of.
pub(super) fn without_checksums(code: &str) -> String {
    let lines = code
        .lines()
        .map(|line| match line.split_once(", checksumkind: ") {
            Some((before, _)) => before,
            None => line,
        });
    lines.collect::<Vec<_>>().join("\n")
}

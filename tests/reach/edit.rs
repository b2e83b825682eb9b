//! One edit of the template, as data: what is written where, and which stages that may make run again.

use std::collections::BTreeSet;

use super::template::Template;

/// What sort of thing an edit changes; the rows of the table are grouped by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Nothing that any stage can see.
    Harmless,
    /// What people edit in an ordinary project.
    Ordinary,
    /// The body of a function, a closure or a stage.
    Function,
    /// Constants and statics.
    Constant,
    /// Types, their fields and inherent methods.
    Type,
    /// Traits and their impls.
    Trait,
    /// What a name means: imports, modules, shadows.
    Name,
    /// Macros and what they make.
    Macro,
    /// Conditions, variables of the environment, settings of the build.
    Condition,
    /// Files that are part of the program.
    File,
    /// What a stage is given where it is wired, and what it hands on.
    Wiring,
    /// Packages by path: their code, features, build scripts, procedural macros.
    Package,
    /// Packages of a registry.
    Registry,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Harmless => "harmless",
            Self::Ordinary => "ordinary",
            Self::Function => "function",
            Self::Constant => "constant",
            Self::Type => "type",
            Self::Trait => "trait",
            Self::Name => "name",
            Self::Macro => "macro",
            Self::Condition => "condition",
            Self::File => "file",
            Self::Wiring => "wiring",
            Self::Package => "package",
            Self::Registry => "registry",
        }
    }
}

/// One change of the template's files.
#[derive(Debug, Clone)]
enum Change {
    Replace {
        file: &'static str,
        old: &'static str,
        new: &'static str,
    },
    Append {
        file: &'static str,
        text: &'static str,
    },
    Write {
        file: &'static str,
        text: &'static str,
    },
    Move {
        from: &'static str,
        to: &'static str,
    },
    Convert {
        file: &'static str,
        convert: fn(&str) -> String,
    },
    Raise {
        package: &'static str,
        version: &'static str,
    },
}

/// Which stages an edit may make run again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    /// Their results change.
    pub(crate) altered: BTreeSet<&'static str>,
    /// They reach what is edited, but their results stay as they are.
    pub(crate) touched: BTreeSet<&'static str>,
    /// The same of every stage of these packages.
    pub(crate) touched_packages: Vec<&'static str>,
}

/// An edit.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) reach: Reach,
    /// What the build is given beyond the files.
    pub(crate) features: Vec<&'static str>,
    pub(crate) packages: Vec<&'static str>,
    pub(crate) variables: Vec<(&'static str, &'static str)>,
    changes: Vec<Change>,
}

/// An edit without changes, to be filled in.
pub(crate) fn edit(kind: Kind, name: &'static str) -> Edit {
    Edit {
        name,
        kind,
        reach: Reach::default(),
        features: Vec::new(),
        packages: Vec::new(),
        variables: Vec::new(),
        changes: Vec::new(),
    }
}

impl Edit {
    /// Writes `new` for `old`, which must stand in the file exactly once.
    pub(crate) fn replace(self, file: &'static str, old: &'static str, new: &'static str) -> Self {
        self.with(Change::Replace { file, old, new })
    }

    /// Adds to the end of a file.
    pub(crate) fn append(self, file: &'static str, text: &'static str) -> Self {
        self.with(Change::Append { file, text })
    }

    /// Writes a file that was not there.
    pub(crate) fn write(self, file: &'static str, text: &'static str) -> Self {
        self.with(Change::Write { file, text })
    }

    /// Moves a file, or takes it away where `to` is a file that nobody reads.
    pub(crate) fn rename(self, from: &'static str, to: &'static str) -> Self {
        self.with(Change::Move { from, to })
    }

    /// Writes the whole file in another way.
    pub(crate) fn convert(self, file: &'static str, convert: fn(&str) -> String) -> Self {
        self.with(Change::Convert { file, convert })
    }

    /// Has the lock file name another version of a package of the registry.
    pub(crate) fn raise(self, package: &'static str, version: &'static str) -> Self {
        self.with(Change::Raise { package, version })
    }

    /// Builds with a feature that is off by default.
    pub(crate) fn feature(mut self, feature: &'static str) -> Self {
        self.features.push(feature);
        self
    }

    /// Builds another package together with the one that has the stages.
    pub(crate) fn together_with(mut self, package: &'static str) -> Self {
        self.packages.push(package);
        self
    }

    /// Builds with a variable in the environment.
    pub(crate) fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// These stages reach what is edited, and their results change.
    pub(crate) fn alters(mut self, stages: &[&'static str]) -> Self {
        self.reach.altered.extend(stages);
        self
    }

    /// These stages reach what is edited, and their results stay as they are.
    pub(crate) fn touches(mut self, stages: &[&'static str]) -> Self {
        self.reach.touched.extend(stages);
        self
    }

    /// Every stage of the package reaches what is edited.
    pub(crate) fn touches_package(mut self, package: &'static str) -> Self {
        self.reach.touched_packages.push(package);
        self
    }

    /// Whether no stage may run, and nothing but files is changed.
    pub(crate) fn is_silent(&self) -> bool {
        let Reach {
            altered,
            touched,
            touched_packages,
        } = &self.reach;
        altered.is_empty()
            && touched.is_empty()
            && touched_packages.is_empty()
            && self.features.is_empty()
            && self.packages.is_empty()
            && self.variables.is_empty()
    }

    /// This edit, and then another one that is silent, too.
    #[cfg(feature = "conformance")]
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.changes.extend(other.changes.iter().cloned());
        self
    }

    fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// The template after the edit, or what does not fit.
    pub(crate) fn applied(&self, template: &Template) -> Result<Template, String> {
        let mut edited = template.clone();
        for change in &self.changes {
            change
                .apply(&mut edited)
                .map_err(|wrong| format!("{}: {wrong}", self.name))?;
        }
        Ok(edited)
    }
}

impl Change {
    fn apply(&self, template: &mut Template) -> Result<(), String> {
        match *self {
            Self::Replace { file, old, new } => {
                let text = template.text(file)?;
                let count = text.matches(old).count();
                if count != 1 {
                    return Err(format!("{file} has {count} times: {old}"));
                }
                *text = text.replacen(old, new, 1);
            }
            Self::Append { file, text } => template.text(file)?.push_str(text),
            Self::Write { file, text } => template.add(file, text)?,
            Self::Move { from, to } => template.rename(from, to)?,
            Self::Convert { file, convert } => {
                let text = template.text(file)?;
                let converted = convert(text);
                if converted == *text {
                    return Err(format!("{file} stays as it is"));
                }
                *text = converted;
            }
            Self::Raise { package, version } => template.raise(package, version)?,
        }
        Ok(())
    }
}

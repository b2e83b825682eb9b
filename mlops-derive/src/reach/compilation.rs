//! What the compiler was asked to do: a procedural macro runs inside it, so its arguments are the compiler's.

use std::path::{Path, PathBuf};

/// The compilation that this macro is part of, as far as its arguments tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Compilation {
    /// The crate's root file.
    pub(crate) root: Option<PathBuf>,
    pub(crate) crate_name: String,
    pub(crate) edition: String,
    /// `--test`
    pub(crate) is_test: bool,
    /// What `--cfg` says, such as `unix` or `feature="fast"`, without spaces.
    pub(crate) conditions: Vec<String>,
    /// Name and compiled file of each dependency.
    pub(crate) externs: Vec<(String, PathBuf)>,
    pub(crate) out_folder: Option<PathBuf>,
    /// `--target` names another machine than the one that compiles.
    pub(crate) is_for_another: bool,
}

impl Compilation {
    /// The one that is going on. An editor's server has other arguments: then there is no root.
    pub(crate) fn present() -> Self {
        Self::of(std::env::args().skip(1))
    }

    fn of(arguments: impl Iterator<Item = String>) -> Self {
        let mut found = Self::default();
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            let (flag, given) = match argument.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => {
                    (flag.to_owned(), Some(value.to_owned()))
                }
                _ => (argument.clone(), None),
            };
            let mut value = || given.clone().or_else(|| arguments.next());
            match flag.as_str() {
                "--crate-name" => found.crate_name = value().unwrap_or_default(),
                "--edition" => found.edition = value().unwrap_or_default(),
                "--test" => found.is_test = true,
                "--cfg" => {
                    let condition = value().unwrap_or_default();
                    found.conditions.push(condition.replace(' ', ""));
                }
                "--extern" => {
                    let written = value().unwrap_or_default();
                    if let Some((name, file)) = written.split_once('=') {
                        let name = name.rsplit(':').next().unwrap_or(name);
                        found.externs.push((name.to_owned(), file.into()));
                    }
                }
                "--out-dir" => found.out_folder = value().map(PathBuf::from),
                "--target" => {
                    value();
                    found.is_for_another = true;
                }
                // Options whose value stands apart.
                "--crate-type"
                | "--emit"
                | "--error-format"
                | "--json"
                | "--check-cfg"
                | "--cap-lints"
                | "--sysroot"
                | "--print"
                | "--color"
                | "-C"
                | "-L"
                | "-l"
                | "-A"
                | "-W"
                | "-D"
                | "-F"
                | "-Z"
                | "-o"
                | "--codegen"
                | "--allow"
                | "--warn"
                | "--deny"
                | "--forbid"
                | "--diagnostic-width"
                | "--remap-path-prefix" => {
                    value();
                }
                file if !file.starts_with('-')
                    && Path::new(file)
                        .extension()
                        .is_some_and(|extension| extension == "rs") =>
                {
                    found.root = Some(file.into());
                }
                _ => {}
            }
        }
        found
    }

    /// The compiled file of a dependency.
    pub(crate) fn compiled(&self, name: &str) -> Option<&Path> {
        self.externs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, file)| file.as_path())
    }
}

#[cfg(test)]
mod tests {
    use super::Compilation;

    #[test]
    fn root_conditions_and_dependencies_are_read_from_the_compiler_s_arguments() {
        let arguments = [
            "--crate-name",
            "churn",
            "--edition=2024",
            "src/main.rs",
            "--error-format=json",
            "--crate-type",
            "bin",
            "-C",
            "metadata=a.rs",
            "--cfg",
            "feature = \"fast\"",
            "--cfg=test_bed",
            "--check-cfg",
            "cfg(feature, values(\"fast\"))",
            "--out-dir",
            "/target/deps",
            "--extern",
            "priv:shapes=/target/deps/libshapes-1.rmeta",
            "--extern",
            "proc_macro",
            "--test",
        ];
        let found = Compilation::of(arguments.map(str::to_owned).into_iter());
        assert_eq!(found.root.as_deref(), Some("src/main.rs".as_ref()));
        assert_eq!(
            (found.crate_name.as_str(), found.edition.as_str()),
            ("churn", "2024")
        );
        assert_eq!(found.conditions, ["feature=\"fast\"", "test_bed"]);
        assert!(found.is_test);
        assert_eq!(found.out_folder.as_deref(), Some("/target/deps".as_ref()));
        assert_eq!(
            found.compiled("shapes"),
            Some("/target/deps/libshapes-1.rmeta".as_ref())
        );
    }
}

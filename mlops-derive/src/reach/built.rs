//! What the build script of a path dependency wrote, and what it told Cargo.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files;

/// What one run of a build script left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Built {
    /// `OUT_DIR`
    pub(crate) folder: PathBuf,
    /// What `env!` says of it.
    pub(crate) variables: BTreeMap<String, String>,
    /// The conditions that it sets, a line each.
    pub(crate) conditions: String,
}

impl Built {
    /// What was left in an `OUT_DIR`; nothing if it cannot be told. Beside it Cargo keeps what the script said.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let said = files::read(&folder.parent()?.join("output")).ok()?;
        let said = String::from_utf8(said).ok()?;
        let orders = said.lines().filter_map(|line| {
            line.strip_prefix("cargo::")
                .or_else(|| line.strip_prefix("cargo:"))
        });
        let (mut variables, mut conditions) = (BTreeMap::new(), Vec::new());
        for order in orders {
            if let Some((name, value)) = order
                .strip_prefix("rustc-env=")
                .and_then(|variable| variable.split_once('='))
            {
                variables.insert(name.to_owned(), value.to_owned());
            }
            conditions.extend(order.strip_prefix("rustc-cfg=").map(str::to_owned));
        }
        conditions.sort_unstable();
        Some(Self {
            folder: folder.to_owned(),
            variables,
            conditions: conditions.join("\n"),
        })
    }

    /// The digest of all that it wrote.
    pub(crate) fn content(&self) -> Option<String> {
        let mut hasher = blake3::Hasher::new();
        add(&self.folder, &mut hasher).ok()?;
        Some(hasher.finalize().to_hex().to_string())
    }
}

/// Names, kinds and contents, each with its length, in the order of the names.
fn add(folder: &Path, hasher: &mut blake3::Hasher) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_unstable_by_key(std::fs::DirEntry::file_name);
    hasher.update(&(entries.len() as u64).to_le_bytes());
    for entry in entries {
        let name = entry.file_name();
        let path = entry.path();
        let is_a_folder = path.is_dir();
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_encoded_bytes());
        hasher.update(&[u8::from(is_a_folder)]);
        if is_a_folder {
            add(&path, hasher)?;
        } else {
            let content = files::read(&path)?;
            hasher.update(&(content.len() as u64).to_le_bytes());
            hasher.update(&content);
        }
    }
    Ok(())
}

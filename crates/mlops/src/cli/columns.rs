//! How two tables differ, in a few words: which of their columns changed.

use mlops_core::{Artifact, Digest};
use mlops_data::Table;
use mlops_store::Store;

/// A table larger than this is not read for an explanation, in bytes.
const LARGEST: u64 = 256 << 20;

/// `3 of 14 columns changed`; nothing if one of the two is no table, is gone, or is very large.
pub(super) fn compare(store: &Store, old: &Digest, new: &Digest) -> Option<String> {
    difference(&table(store, old)?, &table(store, new)?)
}

fn difference(old: &Table, new: &Table) -> Option<String> {
    let mut changed = 0;
    let mut added = 0;
    for name in new.columns() {
        match old.column(name) {
            Ok(before) if *new.column(name).ok()? == *before => {}
            Ok(_) => changed += 1,
            Err(_) => added += 1,
        }
    }
    let gone = old
        .columns()
        .iter()
        .filter(|name| new.column(name).is_err())
        .count();
    let mut said = Vec::new();
    if changed > 0 {
        said.push(format!(
            "{changed} of {} columns changed",
            new.columns().len()
        ));
    }
    for (count, how) in [(added, "added"), (gone, "removed")] {
        if count > 0 {
            let columns = if count == 1 { "column" } else { "columns" };
            said.push(format!("{count} {columns} {how}"));
        }
    }
    if old.rows() != new.rows() {
        said.push(format!("{} → {} rows", old.rows(), new.rows()));
    }
    if said.is_empty() {
        said.push("the order of the columns changed".to_owned());
    }
    Some(said.join(", "))
}

fn table(store: &Store, digest: &Digest) -> Option<Table> {
    let artifact = store.read_artifact(digest).ok()?;
    let is_table = artifact.media_type() == Table::MEDIA_TYPE;
    if !is_table || artifact.size() > LARGEST {
        return None;
    }
    <Table as Artifact>::read(&artifact).ok()
}

#[cfg(test)]
mod tests {
    use mlops_data::{Table, table};

    use super::difference;

    fn said(old: &Table, new: &Table) -> String {
        difference(old, new).unwrap()
    }

    #[test]
    fn columns_rows_and_order_are_told_apart() {
        let old = table! { "a" => [1_i64, 2], "b" => ["x", "y"] };
        let other = table! { "a" => [1_i64, 3], "b" => ["x", "y"] };
        assert_eq!(said(&old, &other), "1 of 2 columns changed");
        let wider = table! { "a" => [1_i64, 2], "b" => ["x", "y"], "c" => [0.5, 1.5] };
        assert_eq!(said(&old, &wider), "1 column added");
        assert_eq!(said(&wider, &old), "1 column removed");
        let longer = table! { "a" => [1_i64, 2, 3], "b" => ["x", "y", "z"] };
        assert_eq!(said(&old, &longer), "2 of 2 columns changed, 2 → 3 rows");
        let turned = table! { "b" => ["x", "y"], "a" => [1_i64, 2] };
        assert_eq!(said(&old, &turned), "the order of the columns changed");
    }
}

//! A digest stands in the database several times: in rows, in indexes, in counts. Whichever copy is damaged, a question that
//! needed it gets the whole answer or a sign that something is missing.

#![expect(
    clippy::disallowed_methods,
    reason = "the damage is done behind the store's back"
)]

use mlops_core::Digest;
use mlops_store::CheckScope;

use crate::samples::{Place, commit, entry, input, place, staged};

/// Two entries: one makes an artifact, the other takes it in.
fn made_and_taken() -> (Place, Digest) {
    let place = place();
    let (orders, model) = (
        staged(&place.store, b"orders"),
        staged(&place.store, b"model"),
    );
    let digest = orders.digest();
    commit(
        &place.store,
        entry(b"load", &[&orders]),
        vec![orders.clone()],
    );
    let mut taken = entry(b"train", &[&model]);
    taken.inputs.push(input("orders", digest));
    commit(&place.store, taken, vec![model]);
    (place, digest)
}

/// Where these bytes stand in a file.
fn places(content: &[u8], bytes: &[u8]) -> Vec<usize> {
    (0..content.len() - bytes.len())
        .filter(|at| content[*at..].starts_with(bytes))
        .collect()
}

#[test]
fn whichever_copy_of_a_digest_is_damaged_a_lineage_question_misses_nothing_unnoticed() {
    let (whole, digest) = made_and_taken();
    // Everything is in the file once nobody has the database open.
    let Place { folder, store } = whole;
    drop(store);
    let file = folder.path().join("metadata.sqlite");
    let content = std::fs::read(&file).unwrap();
    let copies = places(&content, digest.as_bytes());
    assert!(copies.len() >= 5, "rows, indexes, counts: {copies:?}");
    let (mut missed, mut mended) = (0, 0);
    for at in copies {
        let (place, _) = made_and_taken();
        let Place { folder, store } = place;
        drop(store);
        let mut damaged = content.clone();
        damaged[at + 9] ^= 1;
        std::fs::write(folder.path().join("metadata.sqlite"), damaged).unwrap();
        let open = || mlops_store::Store::open(folder.path(), Default::default()).unwrap();
        for question in [
            mlops_store::Store::lineage_down,
            |store: &mlops_store::Store, digests: &[Digest]| store.lineage_up(digests, None),
        ] {
            let store = open();
            let answer = question(&store, &[digest]).unwrap();
            if answer.entries.len() != 1 || !answer.entries[0].whole {
                assert!(
                    store.damaged_rows_seen() > 0,
                    "nothing was said of byte {at}"
                );
                missed += 1;
            }
        }
        let store = open();
        assert!(
            !store.check(CheckScope::Everything).unwrap().is_whole(),
            "the check passes over byte {at}"
        );
        if store.check(CheckScope::Everything).unwrap().is_whole() {
            let again = open();
            assert_eq!(again.lineage_down(&[digest]).unwrap().entries.len(), 1);
            assert_eq!(again.lineage_up(&[digest], None).unwrap().entries.len(), 1);
            assert_eq!(again.damaged_rows_seen(), 0);
            mended += 1;
        }
    }
    assert!(missed >= 2, "each index was needed: {missed}");
    assert!(mended >= 3, "both indexes and the count: {mended}");
}

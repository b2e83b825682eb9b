//! Finding an artifact by the beginning of its digest.

use mlops_core::Digest;

use crate::samples::place;

#[test]
fn an_artifact_is_found_by_the_beginning_of_its_digest() {
    let place = place();
    let store = &place.store;
    let kept = store.put_bytes("text/plain", b"kept").unwrap();
    store.put_bytes("text/plain", b"another").unwrap();
    assert_eq!(
        store.artifacts_like(&kept.digest.short()).unwrap(),
        [kept.digest]
    );
    assert_eq!(
        store.artifacts_like(&kept.digest.hex()).unwrap(),
        [kept.digest]
    );
    let absent = Digest::of(b"absent").hex();
    assert!(store.artifacts_like(&absent).unwrap().is_empty());
}

#[test]
fn artifacts_of_a_kind_are_listed_and_a_damaged_row_is_counted() {
    let place = place();
    let store = &place.store;
    store.put_bytes("text/plain", b"other").unwrap();
    let first = store.put_bytes("application/vnd.kind", b"first").unwrap();
    let second = store.put_bytes("application/vnd.kind", b"second").unwrap();
    let listed = |store: &mlops_store::Store| -> Vec<Digest> {
        let found = store.artifacts_of("application/vnd.kind").unwrap();
        assert!(found.is_sorted_by(|one, two| one.1 >= two.1));
        let mut found: Vec<Digest> = found.into_iter().map(|(digest, _)| digest).collect();
        found.sort();
        found
    };
    let mut both = vec![first.digest, second.digest];
    both.sort();
    assert_eq!(listed(store), both);
    let sql = format!(
        "UPDATE artifact SET size = size + 1 WHERE hex(digest) = '{}'",
        first.digest.hex().to_uppercase()
    );
    assert_eq!(place.tamper(&sql), 1);
    let other = place.again();
    assert_eq!(listed(&other), [second.digest]);
    assert_eq!(other.damaged_rows_seen(), 1);
}

#[test]
fn what_is_no_digest_finds_nothing() {
    let place = place();
    let store = &place.store;
    store.put_bytes("text/plain", b"kept").unwrap();
    for text in ["", "%", "_", "latest", "zz", "' OR 1=1"] {
        assert!(store.artifacts_like(text).unwrap().is_empty(), "{text}");
    }
}

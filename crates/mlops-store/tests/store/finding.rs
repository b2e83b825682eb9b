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
fn what_is_no_digest_finds_nothing() {
    let place = place();
    let store = &place.store;
    store.put_bytes("text/plain", b"kept").unwrap();
    for text in ["", "%", "_", "latest", "zz", "' OR 1=1"] {
        assert!(store.artifacts_like(text).unwrap().is_empty(), "{text}");
    }
}

//! The audit log: what was changed, removed, reordered or cut off is found.
#![expect(
    clippy::disallowed_methods,
    reason = "these tests damage files behind the store's back"
)]

use jiff::Timestamp;
use mlops_store::{AuditFilter, AuditRecord};

use crate::samples::{Place, place};

fn log_of_five() -> Place {
    let place = place();
    for number in 1..=5 {
        let entry = place
            .store
            .audit(&AuditRecord {
                actor: "ada".to_owned(),
                action: "model.promote".to_owned(),
                subject: format!("churn@{number}"),
                reason: (number % 2 == 0).then(|| "better".to_owned()),
                evidence: serde_json::json!({ "auc": 0.875, "z": 1, "a": [1, 2] }),
                at: Timestamp::UNIX_EPOCH,
            })
            .unwrap();
        assert_eq!(entry.sequence, number);
    }
    let verdict = place.again().audit_verify().unwrap();
    assert_eq!(
        (verdict.entries, verdict.broken_at),
        (5, None),
        "{verdict:?}"
    );
    place
}

const UNLOCK: &str = "DROP TRIGGER audit_is_not_changed";
const UNCUT: &str = "DROP TRIGGER audit_is_not_cut";

#[test]
fn the_log_is_read_back_and_filtered() {
    let place = log_of_five();
    let log = place.store.audit_log(&AuditFilter::default()).unwrap();
    assert_eq!(log.len(), 5);
    assert_eq!(log[1].previous, log[0].hash);
    let one = place
        .store
        .audit_log(&AuditFilter {
            subject: Some("churn@4".to_owned()),
            ..AuditFilter::default()
        })
        .unwrap();
    assert_eq!(one[0].record.reason.as_deref(), Some("better"));
}

#[test]
fn sqlite_itself_refuses_changes_and_removals() {
    let place = log_of_five();
    let connection =
        rusqlite::Connection::open(place.folder.path().join("metadata.sqlite")).unwrap();
    for sql in ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit"] {
        let error = connection.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("only appended to"), "{error}");
    }
}

#[test]
fn tampering_is_found_at_its_place() {
    let cases: [(&[&str], i64, &str); 6] = [
        (
            &[UNLOCK, "UPDATE audit SET actor = 'eve' WHERE sequence = 3"],
            3,
            "changed",
        ),
        (
            &[
                UNLOCK,
                "UPDATE audit SET evidence = '{}' WHERE sequence = 2",
            ],
            2,
            "changed",
        ),
        (
            &[UNCUT, "DELETE FROM audit WHERE sequence = 3"],
            3,
            "removed",
        ),
        (
            &[
                UNLOCK,
                "UPDATE audit SET sequence = 9 WHERE sequence = 2",
                "UPDATE audit SET sequence = 2 WHERE sequence = 3",
                "UPDATE audit SET sequence = 3 WHERE sequence = 9",
            ],
            2,
            "changed",
        ),
        (
            &[UNCUT, "DELETE FROM audit WHERE sequence = 5"],
            5,
            "cut off",
        ),
        (
            &[
                UNCUT,
                "DELETE FROM audit WHERE sequence = 5",
                "UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit WHERE sequence = 4)",
            ],
            5,
            "audit.head",
        ),
    ];
    for (statements, at, why) in cases {
        let place = log_of_five();
        for sql in statements {
            place.tamper(sql);
        }
        let verdict = place.again().audit_verify().unwrap();
        assert_eq!(verdict.broken_at, Some(at), "{statements:?} {verdict:?}");
        assert!(verdict.why.unwrap().contains(why), "{statements:?}");
    }
}

#[test]
fn nothing_is_added_to_a_log_whose_end_was_cut() {
    let place = log_of_five();
    place.tamper(UNCUT);
    place.tamper("DELETE FROM audit WHERE sequence = 5");
    let record = AuditRecord {
        actor: "ada".to_owned(),
        action: "model.promote".to_owned(),
        subject: "churn@6".to_owned(),
        reason: None,
        evidence: serde_json::Value::Null,
        at: Timestamp::UNIX_EPOCH,
    };
    assert_eq!(
        place.store.audit(&record).unwrap_err().code(),
        "store::damaged"
    );
}

#[test]
fn a_removed_head_file_is_found_and_a_late_one_is_not_an_alarm() {
    let place = log_of_five();
    let file = place.folder.path().join("audit.head");
    let head = std::fs::read_to_string(&file).unwrap();
    let fourth = &place.store.audit_log(&AuditFilter::default()).unwrap()[3];
    std::fs::write(&file, format!("4 {}\n", fourth.hash)).unwrap();
    assert_eq!(place.store.audit_verify().unwrap().broken_at, None);
    std::fs::write(&file, head.replace("5 ", "4 ")).unwrap();
    assert!(place.store.audit_verify().unwrap().broken_at.is_some());
    std::fs::remove_file(&file).unwrap();
    assert!(place.store.audit_verify().unwrap().broken_at.is_some());
}

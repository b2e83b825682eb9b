//! Claims about versions of data sets.

use mlops_core::{Artifact, ArtifactInput, Digest, MemoryOutput};

use crate::dataset::{DatasetVersion, DatasetVersions, Role, Split, SplitRecord};
use crate::{TableProfile, table};

fn stored<T: Artifact>(value: &T) -> Box<dyn ArtifactInput> {
    let mut output = MemoryOutput::default();
    value.write(&mut output).unwrap();
    Box::new(output.into_input())
}

#[test]
fn parts_become_versions_that_know_their_split_and_survive_as_one_artifact() {
    let table = table! { "day" => [1, 2, 3, 4], "x" => [0.5, 1.5, -0.0, 2.5] };
    let split = Split::by_time("day")
        .part(Role::Training, 0.75)
        .rest(Role::Test);
    let parts = split.of(&table).unwrap();
    let versions = parts.versions("sales/daily", Some("sales.csv")).unwrap();
    let test = &versions.0[1];
    assert_eq!(
        (test.role, test.rows, test.source.as_deref()),
        (Some(Role::Test), 1, Some("sales.csv"))
    );
    assert_eq!(
        test.digest,
        parts.table(Role::Test).unwrap().digest().unwrap()
    );
    assert_eq!(
        test.times.as_ref().map(|times| times.from.as_str()),
        Some("4")
    );
    assert_eq!(
        test.columns
            .iter()
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>(),
        ["day", "x"]
    );
    // The digests are those under which a store keeps what they name.
    let record = stored(parts.record());
    assert_eq!(test.split, Some(Digest::of(&record.bytes())));
    assert_eq!(&SplitRecord::read(&*record).unwrap(), parts.record());
    assert_eq!(
        test.digest,
        Digest::of(&stored(&parts.table(Role::Test).unwrap()).bytes())
    );
    let back = DatasetVersions::read(&*stored(&versions)).unwrap();
    assert_eq!(back, versions);
    assert_eq!(
        test.to_string(),
        format!("sales/daily@{}", test.digest.hex())
    );
}

#[test]
fn a_profile_is_an_artifact_under_its_own_digest() {
    let table = table! { "x" => [Some(f64::MAX), None, Some(f64::MAX)], "name" => ["a", "b", "b"] };
    let profile = TableProfile::of(&table).unwrap();
    let artifact = stored(&profile);
    assert_eq!(Digest::of(&artifact.bytes()), profile.digest());
    assert_eq!(TableProfile::read(&*artifact).unwrap(), profile);
    let version = DatasetVersion::of("x", &table)
        .unwrap()
        .with_profile(&profile);
    assert_eq!(version.profile, Some(profile.digest()));
}

#[test]
fn a_name_that_no_command_could_say_is_refused() {
    let table = table! { "x" => [1] };
    for name in ["", "a b", "a@b", "a\nb", "a\u{7}"] {
        let error = DatasetVersion::of(name, &table).unwrap_err();
        assert_eq!(error.code(), "data::dataset_name", "{error}");
    }
    let version = DatasetVersion::of("Größe_2.b/c-d", &table).unwrap();
    let version = version
        .with_times_of(&table, "x")
        .unwrap()
        .for_role(Role::Reference);
    assert_eq!(version.times.unwrap().to_string(), "1 to 1");
}

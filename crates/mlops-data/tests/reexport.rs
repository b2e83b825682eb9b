//! `table!` through another crate's name, as `mlops::table!` will be.

mod facade {
    pub(crate) use mlops_data::table;
}

#[test]
fn the_macro_works_under_another_name() {
    let table = facade::table! { "tenure" => [None::<i64>], "name" => [Some("a")] };
    assert_eq!(table.rows(), 1);
}

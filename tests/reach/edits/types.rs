//! Types: methods, fields, variants, what is derived from them, and what goes with a value.

use super::super::edit::Kind::Type;
use super::super::edit::{Edit, edit};

const ACCOUNT: &str = "survey/src/account.rs";
const ORDER: &str = "survey/src/ordering.rs";
const GENERIC: &str = "survey/src/generics.rs";
const DROP: &str = "survey/src/dropping.rs";

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Type, "a method")
            .replace(
                ACCOUNT,
                "Self::weighed).sum()",
                "Self::weighed).sum::<i64>() + 1",
            )
            .alters(&["inherent"]),
        edit(Type, "a function that a method names by Self")
            .replace(ACCOUNT, "entry * 3", "entry * 4")
            .alters(&["inherent"]),
        edit(Type, "a constant that a method names by Self")
            .replace(ACCOUNT, "FEE: i64 = 2", "FEE: i64 = 1")
            .alters(&["inherent"]),
        edit(Type, "a constructor with a name that many types have")
            .replace(
                ACCOUNT,
                "entries: vec![first]",
                "entries: vec![first, first]",
            )
            .alters(&["inherent"]),
        edit(Type, "a method of a type that only other signatures name")
            .replace(ACCOUNT, "2020 - self.born", "2021 - self.born")
            .alters(&["never_named"]),
        edit(Type, "one of two methods of the same name")
            .replace(
                "survey/src/overloads.rs",
                "len() as i64 * 2",
                "len() as i64 * 4",
            )
            .alters(&["hedge_length"]),
        edit(Type, "one of two constructors of the same name")
            .replace(
                "survey/src/overloads.rs",
                "stones: stones + 1",
                "stones: stones + 2",
            )
            .alters(&["wall_length"]),
        edit(Type, "an impl in another file than its type")
            .replace("survey/src/workshop.rs", "self.0 + 400", "self.0 + 401")
            .alters(&["impl_in_another_file"]),
        edit(
            Type,
            "the order of variants, from which an order is derived",
        )
        .replace(
            ORDER,
            "    Hamlet,\n    Village,\n",
            "    Village,\n    Hamlet,\n",
        )
        .alters(&["ordered_variants"]),
        edit(Type, "the order of fields, from which an order is derived")
            .replace(
                ORDER,
                "    row: i64,\n    column: i64,\n",
                "    column: i64,\n    row: i64,\n",
            )
            .alters(&["ordered_fields"]),
        edit(Type, "an order by hand instead of a derived one")
            .replace(
                ORDER,
                concat!(
                    "#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]\n",
                    "struct Plot"
                ),
                "#[derive(Debug, PartialEq, Eq)]\nstruct Plot",
            )
            .append(
                ORDER,
                concat!(
                    "\n",
                    "impl PartialOrd for Plot {\n",
                    "    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {\n",
                    "        Some(self.cmp(other))\n",
                    "    }\n",
                    "}\n",
                    "\n",
                    "impl Ord for Plot {\n",
                    "    fn cmp(&self, other: &Self) -> std::cmp::Ordering {\n",
                    "        self.column.cmp(&other.column)\n",
                    "    }\n",
                    "}\n"
                ),
            )
            .alters(&["ordered_fields"]),
        edit(Type, "an order that a set asks for")
            .replace(ORDER, "other.0.cmp(&self.0)", "self.0.cmp(&other.0)")
            .alters(&["ordered_set"]),
        edit(Type, "the number of a variant")
            .replace(ORDER, "Low = 1", "Low = 2")
            .alters(&["discriminants"]),
        edit(Type, "the variant that is the default")
            .replace(
                "survey/src/defaults.rs",
                "    #[default]\n    Barley,\n    Oats,\n",
                "    Barley,\n    #[default]\n    Oats,\n",
            )
            .alters(&["default_variant"])
            .touches(&["derived_default"]),
        edit(Type, "the name of a field that is printed")
            .replace(
                "survey/src/display.rs",
                "    number: i64,\n",
                "    count: i64,\n",
            )
            .replace(
                "survey/src/display.rs",
                "        number: 3,\n",
                "        count: 3,\n",
            )
            .alters(&["debugged"]),
        edit(Type, "the default of a constant parameter")
            .replace(GENERIC, "N: usize = 3", "N: usize = 4")
            .alters(&["const_default"])
            .touches(&["const_generic"]),
        edit(Type, "the default of a type parameter")
            .replace(GENERIC, "Holder<T = i32>", "Holder<T = i64>")
            .alters(&["type_default"]),
        edit(Type, "a method of a type with a constant parameter")
            .replace(GENERIC, "+ N as i64", "- N as i64")
            .alters(&["const_generic", "const_default"]),
        edit(Type, "the type of a field, where only the size matters")
            .replace(GENERIC, "width: i16", "width: i32")
            .alters(&["sized"]),
        edit(Type, "an attribute that only the size shows")
            .replace(
                GENERIC,
                "struct Layout {",
                "#[repr(align(16))]\nstruct Layout {",
            )
            .alters(&["sized"]),
        edit(Type, "a type moves, and its name says where it stands")
            .replace(
                GENERIC,
                concat!(
                    "    /// Its name says where it stands.\n",
                    "    pub struct Stone;\n",
                    "}"
                ),
                concat!(
                    "    pub use super::quarry::Stone;\n",
                    "}\n",
                    "\n",
                    "mod quarry {\n",
                    "    /// Its name says where it stands.\n",
                    "    pub struct Stone;\n",
                    "}"
                ),
            )
            .alters(&["name_of_type"]),
        edit(Type, "what happens when a value goes")
            .replace(DROP, "push(self.number)", "push(self.number + 1)")
            .alters(&["dropped", "field_order"]),
        edit(
            Type,
            "a type that went silently gets a Drop, in another file",
        )
        .append(
            "survey/src/elsewhere.rs",
            concat!(
                "\n",
                "impl Drop for crate::dropping::Watch<'_> {\n",
                "    fn drop(&mut self) {\n",
                "        self.log.borrow_mut().push(99);\n",
                "    }\n",
                "}\n"
            ),
        )
        .alters(&["watched"]),
        edit(Type, "the order of fields, in which they go")
            .replace(
                DROP,
                "    first: Guard<'a>,\n    second: Guard<'a>,\n",
                "    second: Guard<'a>,\n    first: Guard<'a>,\n",
            )
            .alters(&["field_order"]),
        edit(Type, "the type behind an alias")
            .replace(
                "survey/src/area.rs",
                "type Present = Square;",
                "type Present = Strip;",
            )
            .alters(&["by_alias"]),
        edit(Type, "a method that is found through Deref")
            .replace("survey/src/wrapper.rs", "self.depth * 3", "self.depth * 4")
            .alters(&["through_deref"]),
        edit(Type, "a nearer method hides the one behind Deref")
            .append(
                "survey/src/wrapper.rs",
                concat!(
                    "\n",
                    "impl Wrapper {\n",
                    "    fn depth(&self) -> i64 {\n",
                    "        -1\n",
                    "    }\n",
                    "}\n"
                ),
            )
            .alters(&["through_deref"]),
        edit(Type, "a method of the type hides that of the trait")
            .append(
                "survey/src/workshop.rs",
                concat!(
                    "\n",
                    "impl super::area::Square {\n",
                    "    pub(crate) fn doubled(&self) -> i64 {\n",
                    "        7\n",
                    "    }\n",
                    "}\n"
                ),
            )
            .alters(&["default_method"]),
        edit(Type, "a fixed list grows by one")
            .replace(ORDER, "    Town,\n}", "    Town,\n    City,\n}")
            .touches(&["ordered_variants"]),
    ]
}

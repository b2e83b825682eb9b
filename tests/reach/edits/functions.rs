//! Bodies: of helpers near and far, of closures, of stages.

use super::super::edit::Kind::Function;
use super::super::edit::{Edit, edit};

const CALLS: &str = "survey/src/calls.rs";
const TEXT: &str = "survey/src/text.rs";
const SUMS: &str = "survey/src/arithmetic.rs";

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Function, "a helper in another module")
            .replace(
                TEXT,
                "squeeze(text).to_lowercase()",
                "squeeze(text).to_uppercase()",
            )
            .alters(&["helper"]),
        edit(Function, "what a helper calls")
            .replace(TEXT, ".join(\" \")", ".join(\"_\")")
            .alters(&["helper"]),
        edit(Function, "the third link of a chain of modules")
            .replace("survey/src/chain/second/third.rs", "+ number", "- number")
            .alters(&["three_modules"]),
        edit(Function, "a helper two modules up, by super::super")
            .replace("survey/src/chain/mod.rs", "    10", "    11")
            .alters(&["three_modules"]),
        edit(Function, "a helper that was imported under another name")
            .replace(TEXT, "\"{}!\"", "\"{}?\"")
            .alters(&["alias", "calls_another"]),
        edit(
            Function,
            "a helper that is called by a raw name, through the crate's own name",
        )
        .replace(TEXT, "\"{}…\"", "\"{}...\"")
        .alters(&["both_names"]),
        edit(Function, "a helper behind two re-exports")
            .replace("survey/src/workshop.rs", "shiny", "bright")
            .alters(&["re_exported", "cut"]),
        edit(Function, "what a returned closure calls")
            .replace(SUMS, "step * 4", "step * 5")
            .alters(&["closure"]),
        edit(Function, "a returned closure")
            .replace(SUMS, "number + scaled(step)", "number - scaled(step)")
            .alters(&["closure"]),
        edit(Function, "what a returned iterator calls")
            .replace(SUMS, "number % 2 == 0", "number % 3 == 0")
            .alters(&["returned_impl"]),
        edit(Function, "a function that calls itself by way of another")
            .replace(SUMS, "descend(number + 1)", "descend(number)")
            .alters(&["recursive"]),
        edit(Function, "the contents of two functions, swapped")
            .replace(SUMS, "    number * 2\n", "    number + 1_0\n")
            .replace(SUMS, "    number + 10\n", "    number * 2\n")
            .replace(SUMS, "    number + 1_0\n", "    number + 10\n")
            .alters(&[
                "composed",
                "function_value",
                "pointer_table",
                "local_macro",
                "mingled",
            ]),
        edit(
            Function,
            "a helper that others use by an alias in a block and in a table",
        )
        .replace(SUMS, "number * 3", "number * 4")
        .alters(&["nested", "by_own_name", "pointer_table"]),
        edit(Function, "the stage's own body")
            .replace(CALLS, "    first + second", "    first - second")
            .alters(&["nested"]),
        edit(Function, "a function inside the stage")
            .replace(CALLS, "number / 2", "number / 3")
            .alters(&["nested"]),
        edit(Function, "what an async helper calls")
            .replace(CALLS, "    soon(20)", "    soon(21)")
            .alters(&["awaited"]),
        edit(Function, "a helper beside a stage, both inside a function")
            .replace(CALLS, "        7\n", "        8\n")
            .alters(&["plainly_inside"]),
        edit(Function, "a helper in a module inside a function")
            .replace(CALLS, "            70\n", "            71\n")
            .alters(&["inside"]),
        edit(Function, "a function in a map of boxed functions")
            .replace("survey/src/pointers.rs", "number + 21", "number + 22")
            .alters(&["boxed"]),
        edit(Function, "a closure in a map of boxed functions")
            .replace("survey/src/pointers.rs", "number * 5", "number * 6")
            .alters(&["boxed"]),
        edit(Function, "a function that is handed on as a value")
            .replace("survey/src/pointers.rs", "number + 42", "number + 43")
            .alters(&["applied"]),
        edit(Function, "a method that is handed on as a value")
            .replace("survey/src/pointers.rs", "self.0 + 9", "self.0 + 8")
            .alters(&["method_value"]),
        edit(Function, "only the body of another stage")
            .replace(CALLS, "louder(\"gate\")", "louder(\"door\")")
            .alters(&["alias", "calls_another"]),
        edit(Function, "a hint to the compiler on a helper")
            .replace(TEXT, "fn squeeze", "#[inline]\nfn squeeze")
            .touches(&["helper"]),
        edit(Function, "a local variable's name in a helper")
            .replace(
                CALLS,
                "let add = adder(3);\n    add(4)",
                "let sum = adder(3);\n    sum(4)",
            )
            .touches(&["closure"]),
        edit(Function, "a helper moves into a file of its own")
            .replace(
                SUMS,
                concat!(
                    "fn even(number: i64) -> bool {\n",
                    "    number % 2 == 0\n",
                    "}\n"
                ),
                "use crate::parity::even;\n",
            )
            .write(
                "survey/src/parity.rs",
                concat!(
                    "//! Odd or even.\n",
                    "\n",
                    "pub(crate) fn even(number: i64) -> bool {\n",
                    "    number % 2 == 0\n",
                    "}\n"
                ),
            )
            .replace(
                "survey/src/main.rs",
                "mod parameters;",
                "mod parameters;\nmod parity;",
            )
            .touches(&["returned_impl"]),
    ]
}

//! Macros: their bodies, what they are given, and what they make.

use super::super::edit::Kind::Macro;
use super::super::edit::{Edit, edit};

const MACROS: &str = "survey/src/macros.rs";
const MADE: &str = "survey/src/made.rs";
const SHADOWS: &str = "survey/src/shadows.rs";
const SHOWN: &str = "oddities/src/shown.rs";

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit(Macro, "a macro in an expression")
            .replace(MACROS, "$number * $number", "($number) * $number")
            .touches(&["expression_macro"]),
        edit(Macro, "a macro in an expression, with another result")
            .replace(MACROS, "$number * $number", "$number + $number")
            .alters(&["expression_macro"]),
        edit(Macro, "a macro that a body imports under another name")
            .replace(MACROS, "$side * $side * $side", "$side * $side * $side + 1")
            .alters(&["renamed_in_body"]),
        edit(Macro, "a macro that makes functions")
            .replace(
                MACROS,
                concat!(
                    "            pub(crate) fn $name() -> i64 {\n",
                    "                $value\n"
                ),
                concat!(
                    "            pub(crate) fn $name() -> i64 {\n",
                    "                $value + 1\n"
                ),
            )
            .alters(&["item_macro"]),
        edit(Macro, "what a macro that makes functions is given")
            .replace(MADE, "twelve() + 2", "twelve() + 3")
            .alters(&["item_macro"]),
        edit(Macro, "what a function calls that a macro made")
            .replace(MADE, "    12\n}", "    13\n}")
            .alters(&["item_macro"]),
        edit(
            Macro,
            "a function that nobody calls, made by the same macro call",
        )
        .replace(MADE, "rye => 15", "rye => 16"),
        edit(Macro, "a macro that makes impls")
            .replace(MACROS, "self.0 * $factor", "self.0 * $factor + 1")
            .alters(&["impl_macro"]),
        edit(Macro, "what a macro that makes impls is given")
            .replace(MADE, "Croft: 4", "Croft: 5")
            .alters(&["impl_macro"]),
        edit(Macro, "a helper that a macro's body names by $crate")
            .replace(MACROS, "number / 2", "number / 3")
            .alters(&["cut"]),
        edit(Macro, "a macro's body names another helper")
            .replace(
                MACROS,
                "$crate::macros::halved($number)",
                "$crate::arithmetic::twice($number)",
            )
            .alters(&["cut"]),
        edit(Macro, "a helper that a macro finds where it is called")
            .replace(MADE, "number * 5", "number * 6")
            .alters(&["site_macro"]),
        edit(Macro, "a function of that name where the macro stands").replace(
            MACROS,
            "number - 1",
            "number - 2",
        ),
        edit(Macro, "a macro that makes a macro")
            .replace(
                MACROS,
                "$value + 1\n            };",
                "$value + 2\n            };",
            )
            .alters(&["macro_by_macro"]),
        edit(Macro, "what a made macro is made of")
            .replace(
                MACROS,
                "make_macro!(hundred, 99)",
                "make_macro!(hundred, 98)",
            )
            .alters(&["macro_by_macro"]),
        edit(Macro, "a macro that makes a stage")
            .replace(
                MACROS,
                concat!(
                    "        pub(crate) fn $name() -> i64 {\n",
                    "            $value\n"
                ),
                concat!(
                    "        pub(crate) fn $name() -> i64 {\n",
                    "            $value + 1\n"
                ),
            )
            .alters(&["made_stage"]),
        edit(Macro, "what a stage calls that a macro made")
            .replace(MADE, "    77\n", "    78\n")
            .alters(&["made_stage"]),
        edit(Macro, "a macro inside a stage names another helper")
            .replace(
                MADE,
                "crate::arithmetic::raised(1)",
                "crate::arithmetic::thrice(1)",
            )
            .alters(&["local_macro"]),
        edit(Macro, "a later macro of the same name")
            .replace(
                SHADOWS,
                "pub(crate) fn numbers()",
                concat!(
                    "macro_rules! pick {\n",
                    "    () => {\n",
                    "        2\n",
                    "    };\n",
                    "}\n",
                    "\n",
                    "pub(crate) fn numbers()"
                ),
            )
            .alters(&["picked"]),
        edit(Macro, "the order of two macros of the same name")
            .replace(SHADOWS, "        10\n", "        2_0\n")
            .replace(SHADOWS, "        20\n", "        10\n")
            .replace(SHADOWS, "        2_0\n", "        20\n")
            .alters(&["later_macro"]),
        edit(
            Macro,
            "the order of two modules with macros of the same name",
        )
        .replace(
            "survey/src/main.rs",
            "#[macro_use]\nmod ebb;\n#[macro_use]\nmod flood;\n",
            "#[macro_use]\nmod flood;\n#[macro_use]\nmod ebb;\n",
        )
        .alters(&["later_module"]),
        edit(Macro, "a macro in the place of a type")
            .replace(
                "survey/src/generics.rs",
                "        i16\n    };",
                "        i32\n    };",
            )
            .alters(&["type_macro"]),
        edit(Macro, "a macro of ours hides the standard library's")
            .replace(
                SHADOWS,
                "#[stage]\nfn listed()",
                concat!(
                    "macro_rules! vec {\n",
                    "    ($($item:expr),*) => {\n",
                    "        [$($item + 1),*]\n",
                    "    };\n",
                    "}\n",
                    "\n",
                    "#[stage]\n",
                    "fn listed()"
                ),
            )
            .alters(&["listed"]),
        edit(Macro, "a macro of another package")
            .replace(
                "shapes/src/lib.rs",
                "factor() * $number",
                "factor() + $number",
            )
            .alters(&["dependency_macro"]),
        edit(Macro, "code that is shown as text")
            .replace(SHOWN, "width * height + 1", "width * height + 2")
            .alters(&["stringified_code"]),
        edit(Macro, "the layout of code that is shown as text")
            .replace(SHOWN, "width * height + 1", "width*height + 1")
            .alters(&["stringified_code"]),
        edit(Macro, "documentation that a macro reads")
            .replace(SHOWN, "A ditch between", "A wall between")
            .alters(&["documentation_in_macro"]),
    ]
}

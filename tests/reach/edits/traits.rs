//! Traits: impls, defaults, overrides, operators and conversions that nobody calls by name.

use super::super::edit::Kind::Trait;
use super::super::edit::{Edit, edit};

const AREA: &str = "survey/src/area.rs";
const OPERATORS: &str = "survey/src/operators.rs";
const DISPLAY: &str = "survey/src/display.rs";
const LOOPS: &str = "survey/src/iteration.rs";
const CONVERSION: &str = "survey/src/conversion.rs";
const GENERIC: &str = "survey/src/generics.rs";
const WRAPPER: &str = "survey/src/wrapper.rs";

/// Everything that asks a `Square` for its area.
const SQUARES: [&str; 6] = [
    "trait_impl",
    "default_method",
    "dynamic",
    "by_alias",
    "impl_for_vec",
    "impl_for_tuple",
];

pub(super) fn edits() -> Vec<Edit> {
    let mut edits = methods();
    edits.extend(without_a_name());
    edits
}

fn methods() -> Vec<Edit> {
    vec![
        edit(Trait, "an impl's method")
            .replace(
                AREA,
                "self.side() * self.side()",
                "self.side() * self.side() + self.0",
            )
            .alters(&SQUARES),
        edit(Trait, "a method that an impl's method calls")
            .replace(
                AREA,
                "    fn side(&self) -> i64 {\n        self.0\n",
                "    fn side(&self) -> i64 {\n        self.0 + 1\n",
            )
            .alters(&SQUARES),
        edit(Trait, "a default method")
            .replace(
                AREA,
                concat!(
                    "    fn doubled(&self) -> i64 {\n",
                    "        self.area() * 2\n"
                ),
                concat!(
                    "    fn doubled(&self) -> i64 {\n",
                    "        self.area() * 3\n"
                ),
            )
            .alters(&["default_method"]),
        edit(Trait, "a default method is overridden")
            .replace(
                AREA,
                "        self.side() * self.side()\n    }\n",
                concat!(
                    "        self.side() * self.side()\n",
                    "    }\n",
                    "\n",
                    "    fn doubled(&self) -> i64 {\n",
                    "        5\n",
                    "    }\n"
                ),
            )
            .alters(&["default_method"]),
        edit(Trait, "an override goes, and the default holds again")
            .replace(
                AREA,
                concat!(
                    "\n",
                    "    fn name(&self) -> String {\n",
                    "        \"long strip\".to_owned()\n",
                    "    }\n"
                ),
                "",
            )
            .alters(&["overridden", "dynamic"]),
        edit(Trait, "an impl's method that is called by its whole path")
            .replace(AREA, "self.length * 2", "self.length * 3")
            .alters(&["qualified", "dynamic"]),
        edit(Trait, "a method of trait objects")
            .replace(AREA, "\"{}: {}\"", "\"{} = {}\"")
            .alters(&["dynamic"]),
        edit(Trait, "a method of a supertrait")
            .replace(AREA, "\"Ada\"", "\"Grace\"")
            .alters(&["supertrait"]),
        edit(
            Trait,
            "a default method that calls the supertrait is overridden",
        )
        .replace(
            AREA,
            "impl Greeting for Neighbour {}",
            concat!(
                "impl Greeting for Neighbour {\n",
                "    fn greeting(&self) -> String {\n",
                "        \"hello\".to_owned()\n",
                "    }\n",
                "}"
            ),
        )
        .alters(&["supertrait"]),
        edit(Trait, "an impl for a vector of types of ours")
            .replace(AREA, "sum::<i64>() + 1", "sum::<i64>() + 2")
            .alters(&["impl_for_vec"]),
        edit(Trait, "an impl for a tuple")
            .replace(
                AREA,
                "self.0.area() - self.1.area()",
                "self.0.area() * self.1.area()",
            )
            .alters(&["impl_for_tuple"]),
        edit(Trait, "an impl for all closures")
            .replace(AREA, "self(1000)", "self(2000)")
            .alters(&["impl_for_closure"]),
        edit(Trait, "a blanket impl")
            .replace("survey/src/blanket.rs", "{} kg", "{} pounds")
            .alters(&["blanket"]),
        edit(Trait, "what a blanket impl asks of the type")
            .replace("survey/src/blanket.rs", "self.0 * 7\n", "self.0 * 8\n")
            .alters(&["blanket"]),
        edit(Trait, "the method of an impl that a generic function calls")
            .replace(GENERIC, "self.0 * 2", "self.0 * 3")
            .alters(&["generic"]),
        edit(Trait, "a function of a trait, for a type that is inferred")
            .replace(GENERIC, "Self(31)", "Self(32)")
            .alters(&["inferred"]),
        edit(Trait, "the type that an impl names")
            .replace(
                "survey/src/associated.rs",
                "type Tool = Hammer;",
                "type Tool = Anvil;",
            )
            .alters(&["made_by_type"]),
        edit(Trait, "a function of a type that only an impl names")
            .replace("survey/src/associated.rs", "        61\n", "        63\n")
            .alters(&["made_by_type"]),
        edit(Trait, "an impl inside a function")
            .replace("survey/src/elsewhere.rs", "self.0 + 500", "self.0 + 501")
            .alters(&["impl_in_function"]),
        edit(Trait, "an impl inside an anonymous constant")
            .replace("survey/src/elsewhere.rs", "self.0 + 600", "self.0 + 601")
            .alters(&["impl_in_anonymous_constant"]),
        edit(Trait, "a method of ours on text")
            .replace("survey/src/extension.rs", "The {self}", "A {self}")
            .alters(&["titled", "titled_by_deref"]),
        edit(Trait, "an impl for a nearer type of others")
            .replace(
                "survey/src/extension.rs",
                "    impl Titled for str {",
                concat!(
                    "    impl Titled for String {\n",
                    "        fn titled(&self) -> String {\n",
                    "            format!(\"My {self}\")\n",
                    "        }\n",
                    "    }\n",
                    "\n",
                    "    impl Titled for str {"
                ),
            )
            .alters(&["titled_by_deref"]),
        edit(Trait, "a method of ours on numbers")
            .replace("survey/src/extension.rs", "self / 4.0", "self / 5.0")
            .alters(&["bent"]),
        edit(
            Trait,
            "the method of a value, which is nearer than that of a reference",
        )
        .replace(WRAPPER, "        1\n", "        10\n")
        .alters(&["nearest"]),
        edit(
            Trait,
            "an impl for the value appears, where that of the reference was used",
        )
        .append(
            WRAPPER,
            concat!(
                "\n",
                "impl ByValue for Probe<&str> {\n",
                "    fn kind(&self) -> i64 {\n",
                "        3\n",
                "    }\n",
                "}\n"
            ),
        )
        .alters(&["farther"]),
        edit(Trait, "another impl changes what a number is taken for")
            .replace(
                "survey/src/shadows.rs",
                "impl Bits for i64",
                concat!(
                    "impl Bits for i32 {\n",
                    "    fn bits(self) -> i64 {\n",
                    "        i64::from(Self::BITS)\n",
                    "    }\n",
                    "}\n",
                    "\n",
                    "impl Bits for i64"
                ),
            )
            .alters(&["inferred_width"]),
        edit(Trait, "a method behind a trait object that is a parameter")
            .replace(
                "survey/src/pointers.rs",
                "        number + 2\n",
                "        number + 3\n",
            )
            .alters(&["visited"]),
    ]
}

fn without_a_name() -> Vec<Edit> {
    vec![
        edit(Trait, "the operator +")
            .replace(
                OPERATORS,
                "Self(self.0 + other.0)",
                "Self(self.0 + other.0 + 1)",
            )
            .alters(&["arithmetic_operators"]),
        edit(Trait, "the operator +=")
            .replace(OPERATORS, "self.0 += other.0", "self.0 -= other.0")
            .alters(&["arithmetic_operators"]),
        edit(Trait, "the operator <")
            .replace(
                OPERATORS,
                "self.0.partial_cmp(&other.0)",
                "other.0.partial_cmp(&self.0)",
            )
            .alters(&["comparison"]),
        edit(Trait, "the operator ==")
            .replace(OPERATORS, "self.0 == other.0", "self.0 != other.0")
            .alters(&["comparison"]),
        edit(Trait, "an index by one place")
            .replace(OPERATORS, "&self.0[place]", "&self.0[place - 1]")
            .alters(&["indexed"]),
        edit(Trait, "an index by a range")
            .replace(OPERATORS, "&self.0[places]", "&self.0[..places.end]")
            .alters(&["sliced"]),
        edit(Trait, "the operator ! with a result of another type")
            .replace(OPERATORS, "{ 5 } else { 6 }", "{ 6 } else { 5 }")
            .alters(&["negation"]),
        edit(Trait, "a sum")
            .replace(OPERATORS, "parts.fold(Self(1)", "parts.fold(Self(2)")
            .alters(&["summed"]),
        edit(
            Trait,
            "an operator on a number, with a type of ours at its right",
        )
        .replace(
            OPERATORS,
            "Money(self * money.0)",
            "Money(self * money.0 + 1)",
        )
        .alters(&["swapped_product"]),
        edit(Trait, "an index that is assigned to")
            .replace(OPERATORS, "&mut self.0[place]", "&mut self.0[1 - place]")
            .alters(&["assigned_by_index"]),
        edit(Trait, "a clone that a macro of the standard library makes")
            .replace(OPERATORS, "Self(self.0 + 1)\n", "Self(self.0 + 2)\n")
            .alters(&["cloned_by_macro"]),
        edit(Trait, "what write! calls")
            .replace(DISPLAY, "push('>')", "push('|')")
            .alters(&["written"]),
        edit(Trait, "what rev calls")
            .replace(LOOPS, "last * 3", "last * 4")
            .alters(&["backwards"]),
        edit(Trait, "what await calls")
            .replace(
                "survey/src/calls.rs",
                "Poll::Ready(self.0 + 4)",
                "Poll::Ready(self.0 + 5)",
            )
            .alters(&["polled"]),
        edit(Trait, "Display, by a captured name")
            .replace(DISPLAY, "\"{} in {}\"", "\"{} ({})\"")
            .alters(&["displayed"]),
        edit(Trait, "Display of what is inside")
            .replace(DISPLAY, "\"blue\"", "\"green\"")
            .alters(&["stringified"])
            .touches(&["displayed"]),
        edit(Trait, "LowerHex")
            .replace(DISPLAY, "\"x{}\"", "\"0x{}\"")
            .alters(&["hexadecimal"]),
        edit(Trait, "Debug of what is inside a derived Debug")
            .replace(DISPLAY, "<inner>", "<within>")
            .alters(&["debugged"]),
        edit(Trait, "Deref")
            .replace(
                WRAPPER,
                "        &self.inner\n",
                concat!(
                    "        static DEEP: Inner = Inner { depth: 100 };\n",
                    "        &DEEP\n"
                ),
            )
            .alters(&["through_deref", "field_of_target"]),
        edit(Trait, "an iterator in a loop")
            .replace(LOOPS, "self.0 -= 1", "self.0 -= 2")
            .alters(&["counted_down"]),
        edit(Trait, "a collection in a loop")
            .replace(
                LOOPS,
                "self.things.iter()\n    }",
                "self.things[1..].iter()\n    }",
            )
            .alters(&["looped"]),
        edit(Trait, "what collect calls")
            .replace(LOOPS, "thing + 1", "thing + 2")
            .alters(&["collected"]),
        edit(Trait, "what extend calls")
            .replace(LOOPS, "thing * 2", "thing * 3")
            .alters(&["extended"]),
        edit(Trait, "what into calls")
            .replace(CONVERSION, "* 9 / 5 + 32", "* 9 / 5 + 31")
            .alters(&["converted"]),
        edit(Trait, "what into calls, for a type of others")
            .replace(CONVERSION, "{} degrees", "{} F")
            .alters(&["converted"]),
        edit(Trait, "what a question mark calls")
            .replace(CONVERSION, "no number", "not a number")
            .alters(&["question_mark"])
            .touches(&["parsed"]),
        edit(Trait, "what parse calls")
            .replace(CONVERSION, "% 360", "% 100")
            .alters(&["parsed"]),
        edit(Trait, "what try_into calls")
            .replace(CONVERSION, "number < 500", "number < 300")
            .alters(&["tried"]),
        edit(
            Trait,
            "what as_ref calls, in a function that takes anything",
        )
        .replace(
            CONVERSION,
            "        self.name\n",
            "        &self.name[1..]\n",
        )
        .alters(&["borrowed"]),
        edit(Trait, "what fills the rest of a struct")
            .replace("survey/src/defaults.rs", "    30\n", "    31\n")
            .alters(&["rest_by_default"]),
        edit(Trait, "the default of a field, under a derived default")
            .replace("survey/src/defaults.rs", "Self(40)", "Self(41)")
            .alters(&["derived_default"]),
    ]
}

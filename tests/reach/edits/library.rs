//! An ordinary project with a library of models beside it, edited as people do.

use super::super::edit::Kind::Ordinary;
use super::super::edit::{Edit, edit};

const FEATURES: &str = "orchard/src/features.rs";
const LINEAR: &str = "orchard_models/src/linear.rs";
const METRIC: &str = "orchard_models/src/metric.rs";
const MODELS: &str = "orchard_models/src/lib.rs";
const NEIGHBOURS: &str = "orchard_models/src/neighbours.rs";
const PIPELINE: &str = "orchard/src/pipeline.rs";
const SCALING: &str = "orchard_models/src/scaling.rs";
const SPLIT: &str = "orchard/src/split.rs";
const TREES: &str = "orchard/src/trees.rs";

/// What other trees make another: which model is better need not be.
const FROM_THE_TREES: [&str; 5] = [
    "planted_trees",
    "split_trees",
    "linear_predictions",
    "near_predictions",
    "evaluation",
];

/// What another line makes another.
const OF_THE_LINE: [&str; 2] = ["linear_predictions", "evaluation"];

pub(super) fn edits() -> Vec<Edit> {
    let mut edits = models();
    edits.extend(metrics());
    edits.extend(rows());
    edits.extend(wiring());
    edits.extend(harmless());
    edits
}

fn models() -> Vec<Edit> {
    vec![
        edit(Ordinary, "how a model of a library steps")
            .replace(LINEAR, "self.rate * error / number;", "self.rate * error / (number + 1.0);")
            .alters(&OF_THE_LINE).touches(&["better_model"]),
        edit(Ordinary, "what a model of a library is called")
            .replace(LINEAR, "linear after", "weights after")
            .alters(&["linear_predictions", "evaluation", "better_model"]),
        edit(Ordinary, "a constant that is seldom needed")
            .replace(SCALING, "1e-9", "1e-8")
            .touches(&["linear_predictions"]),
        edit(Ordinary, "a product instead of a power")
            .replace(SCALING, "(value - middle).powi(2)", "(value - middle) * (value - middle)")
            .touches(&["linear_predictions"]),
        edit(Ordinary, "a distance without its root")
            .replace(NEIGHBOURS, ".powi(2)).sum::<f64>().sqrt()", ".powi(2)).sum::<f64>()")
            .touches(&["near_predictions"]),
        edit(Ordinary, "a neighbour more")
            .replace(NEIGHBOURS, "truncate(self.number)", "truncate(self.number + 1)")
            .alters(&["near_predictions"])
            .touches(&["better_model"]),
        edit(Ordinary, "a loop in a default method of a library's trait")
            .replace(
                MODELS,
                "rows.iter().map(|row| self.predict(row)).collect()",
                concat!(
                    "let mut all = Vec::new();\n        for row in rows {\n",
                    "            all.push(self.predict(row));\n        }\n        all"
                ),
            )
            .touches(&["linear_predictions", "near_predictions"]),
        edit(Ordinary, "one model says itself what it had by default")
            .replace(
                NEIGHBOURS,
                "    fn name(&self)",
                concat!(
                    "    fn predict_all(&self, rows: &[Vec<f64>]) -> Vec<f64> {\n",
                    "        rows.iter().map(|row| self.predict(row)).collect()\n    }\n\n",
                    "    fn name(&self)"
                ),
            )
            .touches(&["near_predictions"]),
        edit(Ordinary, "a helper is taken out of a model")
            .replace(
                LINEAR,
                "self.bias + row.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f64>()\n    }",
                concat!(
                    "self.bias + product(row, &self.weights)\n    }\n\n",
                    "    /// How many weights there are.\n    pub fn width(&self) -> usize {\n",
                    "        self.weights.len()\n    }"
                ),
            )
            .append(
                LINEAR,
                "\nfn product(one: &[f64], other: &[f64]) -> f64 {\n    one.iter().zip(other).map(|(value, weight)| value * weight).sum::<f64>()\n}\n",
            )
            .touches(&["linear_predictions"]),
    ]
}

fn metrics() -> Vec<Edit> {
    vec![
        edit(Ordinary, "one arm of a metric")
            .replace(
                METRIC,
                "fold(0.0, |largest: f64",
                "fold(99.0, |largest: f64",
            )
            .alters(&["evaluation"])
            .touches(&["better_model"]),
        edit(Ordinary, "how a metric is shown")
            .replace(METRIC, "{:.3}", "{:.4}")
            .alters(&["evaluation"]),
        edit(Ordinary, "which metric is better")
            .replace(
                METRIC,
                "self.value.partial_cmp(&other.value)",
                "other.value.partial_cmp(&self.value)",
            )
            .alters(&["better_model"]),
        edit(Ordinary, "a metric that nobody asks for yet")
            .replace(
                METRIC,
                "    LargestError,\n}",
                "    LargestError,\n    Bias,\n}",
            )
            .replace(
                METRIC,
                "            Metric::LargestError =>",
                "            Metric::Bias => 0.0,\n            Metric::LargestError =>",
            )
            .touches(&["evaluation", "better_model"]),
        edit(Ordinary, "a derive more on a metric")
            .replace(METRIC, "PartialEq, Eq)]", "PartialEq, Eq, Hash)]")
            .touches(&["evaluation", "better_model"]),
        edit(Ordinary, "what is between metrics")
            .replace(PIPELINE, "values.join(\", \")", "values.join(\"; \")")
            .alters(&["evaluation"]),
        edit(Ordinary, "the order of metrics")
            .replace(
                PIPELINE,
                "Metric::SquaredError, Metric::LargestError]",
                "Metric::LargestError, Metric::SquaredError]",
            )
            .alters(&["evaluation"]),
        edit(Ordinary, "better instead of not worse")
            .replace(PIPELINE, "one.value(metric) <= ", "one.value(metric) < ")
            .touches(&["better_model"]),
    ]
}

fn rows() -> Vec<Edit> {
    vec![
        edit(Ordinary, "a constant of a generator")
            .replace(TREES, "223_846_793_005", "223_846_793_007")
            .alters(&FROM_THE_TREES)
            .touches(&["better_model"]),
        edit(Ordinary, "a rule of a generator")
            .replace(TREES, "* 0.4 +", "* 0.5 +")
            .alters(&FROM_THE_TREES)
            .touches(&["better_model"]),
        edit(Ordinary, "the same rule in other words")
            .replace(TREES, "at % 3 == 0", "at.is_multiple_of(3)")
            .touches(&["planted_trees"]),
        edit(Ordinary, "a limit that nothing reaches")
            .replace(FEATURES, "OLDEST: u32 = 40", "OLDEST: u32 = 41")
            .touches(&["linear_predictions", "near_predictions"]),
        edit(Ordinary, "the name of a feature")
            .replace(FEATURES, "(\"age\", age)", "(\"years\", age)")
            .alters(&["columns"])
            .touches(&["linear_predictions", "near_predictions"]),
        edit(Ordinary, "a feature less")
            .replace(FEATURES, "[Feature; 3]", "[Feature; 2]")
            .replace(FEATURES, "    (\"age\", age),\n", "")
            .replace(FEATURES, "fn age(", "#[allow(dead_code)]\nfn age(")
            .alters(&[
                "columns",
                "linear_predictions",
                "near_predictions",
                "evaluation",
            ])
            .touches(&["better_model"]),
        edit(Ordinary, "how many are for the test")
            .replace(SPLIT, "TEST_EVERY: usize = 4", "TEST_EVERY: usize = 5")
            .alters(&FROM_THE_TREES[1..])
            .touches(&["better_model"]),
        edit(Ordinary, "a split in other words")
            .replace(
                SPLIT,
                "chosen.map(|(_, one)| one.clone()).collect()",
                "chosen.map(|(_, one)| one).cloned().collect()",
            )
            .touches(&["split_trees"]),
    ]
}

fn wiring() -> Vec<Edit> {
    vec![
        edit(Ordinary, "a rate where a model is wired")
            .replace(PIPELINE, "&judged, 0.3)", "&judged, 0.2)")
            .alters(&OF_THE_LINE).touches(&["better_model"]),
        edit(Ordinary, "a number where a model is wired")
            .replace(PIPELINE, "judged, 3)", "judged, 5)")
            .alters(&["near_predictions"])
            .touches(&["better_model"]),
        edit(Ordinary, "the body of one stage among models")
            .replace(PIPELINE, "Linear::new(rate, 50)", "Linear::new(rate, 60)")
            .alters(&["linear_predictions", "evaluation", "better_model"]),
        edit(Ordinary, "a helper of two stages, in other words")
            .replace(
                PIPELINE,
                "Self { name: model.name(), predicted: model.predict_all(&rows(judged)), targets: targets(judged) }",
                "let predicted = model.predict_all(&rows(judged));\n        Self { name: model.name(), predicted, targets: targets(judged) }",
            )
            .touches(&["linear_predictions", "near_predictions"]),
        edit(Ordinary, "what is between names")
            .replace(PIPELINE, "names().join(\", \")", "names().join(\" \")")
            .alters(&["columns"]),
        edit(Ordinary, "a stage for one model more")
            .replace(PIPELINE, "vec![evaluation(&linear),", "let far = near_predictions(&learned, &judged, 9);\n    vec![evaluation(far), evaluation(&linear),")
            .replace(PIPELINE, "near_predictions(learned, judged, 3)", "near_predictions(&learned, &judged, 3)"),
    ]
}

fn harmless() -> Vec<Edit> {
    vec![
        edit(Ordinary, "a method of a library that nobody calls")
            .replace(LINEAR, "fold(0.0, |largest, weight|", "fold(-1.0, |largest, weight|"),
        edit(Ordinary, "another method of a library that nobody calls")
            .replace(SCALING, "value * deviation + mean", "mean + value * deviation"),
        edit(Ordinary, "a model that nobody uses")
            .append(
                NEIGHBOURS,
                concat!(
                    "\n/// Always the same.\npub struct Constant(pub f64);\n\nimpl Model for Constant {\n",
                    "    fn fit(&mut self, _: &[Vec<f64>], targets: &[f64]) {\n",
                    "        self.0 = targets.first().copied().unwrap_or_default();\n    }\n\n",
                    "    fn predict(&self, _: &[f64]) -> f64 {\n        self.0\n    }\n\n",
                    "    fn name(&self) -> String {\n        \"constant\".to_owned()\n    }\n}\n"
                ),
            ),
        edit(Ordinary, "documentation of a library's trait")
            .replace(MODELS, "/// What a row is worth.", "/// What one row is worth, in the unit of the targets."),
        edit(Ordinary, "a hint to the compiler in a library")
            .replace(NEIGHBOURS, "fn distance(", "#[inline]\nfn distance("),
        edit(Ordinary, "the version of a library by path")
            .replace("orchard_models/Cargo.toml", "version = \"0.1.0\"", "version = \"0.2.0\""),
        edit(Ordinary, "a readme beside the code").write("orchard/README.md", "# An orchard\n"),
        edit(Ordinary, "a method that nobody calls on what stages hand on")
            .replace(
                PIPELINE,
                "    fn value(&self",
                "    #[allow(dead_code)]\n    fn len(&self) -> usize {\n        self.predicted.len()\n    }\n\n    fn value(&self",
            ),
        edit(Ordinary, "an owner and a time limit")
            .replace(PIPELINE, "#[stage(train)]\nfn near", "#[stage(train, owner = \"orchard\", timeout = \"1h\")]\nfn near"),
        edit(Ordinary, "the layout of a formula")
            .replace(LINEAR, "*weight -= self.rate * error * value / number;", "*weight -=\n                    self.rate * error * value / number;"),
    ]
}

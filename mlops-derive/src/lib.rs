//! The macros of mlops: [`macro@stage`], [`macro@feature`], [`macro@Artifact`], [`macro@Outputs`], [`macro@Contract`].
//!
//! Each macro parses, checks, and writes little: descriptors and one call into `mlops::__private`. All mistakes of one item
//! are reported at once, each on its own span and with what to write instead; the item itself is given back even then, so
//! that editors keep working in half-written code. With `MLOPS_DEBUG_MACRO=NAME` in the environment of the compiler, the
//! expansion of the item `NAME` (or of every item, with `1`) is printed to standard error; with `time`, how long it took to
//! find out what each stage reaches.

mod artifact;
mod attribute;
mod contract;
mod dump;
mod expansion;
mod feature;
mod function;
mod mistakes;
mod options;
mod outputs;
mod reach;
mod sources;
mod stage;
mod tokens;
mod written_type;

use proc_macro::TokenStream;

/// Makes a stage of a function.
///
/// ```ignore
/// /// Rejects the file if it breaks the contract.
/// #[stage(validate, owner = "growth-ml")]
/// fn validate(raw: &Table, limit: f64) -> Result<Table> {
///     CUSTOMERS.enforce(raw)
/// }
/// ```
///
/// In a pipeline, `validate(raw, 0.2)` wires: it takes handles and plain values and returns a `Handle<Table>`. In a test,
/// `validate::run(&table, 0.2)` runs the function as it is written. The doc comment is the stage's description.
///
/// # The function
///
/// | in the signature | is |
/// |---|---|
/// | `&T` | an input: a `Handle<T>`, a reference to one, or a plain `T` or `&T`, which becomes a recorded parameter |
/// | `&str` | an input of type `String` |
/// | `&[T]` | a list: a `Vec`, array or slice of what `&T` takes, or a `Handle<Vec<T>>` |
/// | `T` | an input that the function wants to own |
/// | `&StageContext` | the services of the engine: not an input |
/// | `-> T`, `-> Result<T>` | the output; the error is any that can be boxed |
/// | `-> (A, B)`, `-> Result<(A, B)>` | several outputs: a tuple of handles |
///
/// It may be `async`, private or public, and stand in any module, or inside another function; not in an `impl`, and it is
/// never generic. Types of inputs and outputs are `Artifact`s. Its name is taken for types, too (the `validate` of
/// `validate::run`), so a module of the same name cannot be imported into the same scope.
///
/// # Options
///
/// | option | means | without it |
/// |---|---|---|
/// | a kind, as a bare word | what the stage does in the life of a model, see below | none |
/// | `name = "churn::train"` | the identity in keys and lineage; survives moving or renaming the function | the module path and the function's name |
/// | `owner = "growth-ml"` | who answers for it | nobody |
/// | `retries = 2` | how often it is tried again after a failure that is not permanent | 0; 2 for `ingest` |
/// | `backoff = "1s"` | the pause before the first retry; it doubles with each | `"1s"` |
/// | `timeout = "5m"` | how long one attempt may take | no limit |
/// | `cpus = 2` | the cores it keeps busy; may be a fraction | 1 |
/// | `memory = "2GiB"` | the memory it needs, as text or in bytes | 0: not counted |
/// | `resources(gpu = 1)` | named resources it needs | none |
/// | `cache = false` | its result is never reused | `true` |
/// | `code = "package"` | any change of the package, or of a path dependency, re-runs it | only what it reaches counts |
/// | `reads(nothing), reason = "…"` | it reads nothing of the outside world, though its code looks as if it did | it is not reused if it does |
/// | `portable` | its result is the same on every toolchain and target | `false` |
/// | `deterministic = false, reason = "…"` | its result differs from run to run, and why: it is kept all the same, and never called reproducible | `true` |
/// | `crate = path` | where `mlops` is, if not at `::mlops` | `::mlops` |
///
/// Durations are `500ms`, `30s`, `5m`, `2h`, or several of them as in `1h30m`; memory is `512MiB`, `2GiB`, `1.5GB`.
/// Nothing that cannot change the result is in the stage's key: not the owner, retries, backoff, time limit or resources.
///
/// # Kinds
///
/// | kind | the stage |
/// |---|---|
/// | `ingest` | brings data in; tried twice more when it fails; not reused unless it reads only typed sources |
/// | `validate` | judges data, and fails when the data break their contract |
/// | `features` | makes features |
/// | `train` | fits a model |
/// | `evaluate` | judges a model |
/// | `package` | packs a model for release |
/// | `deploy` | changes the world outside; not reused unless it reads only typed sources |
/// | `monitor` | looks at the world outside; not reused unless it reads only typed sources |
#[proc_macro_attribute]
pub fn stage(options: TokenStream, function: TokenStream) -> TokenStream {
    stage::stage(options.into(), function.into()).into()
}

/// Makes a feature of a function: one definition for training and for serving.
///
/// ```ignore
/// /// Years since the contract began.
/// #[mlops::feature(entity = "customer", owner = "growth-ml")]
/// fn tenure_years(tenure_months: f64) -> f64 {
///     tenure_months / 12.0
/// }
///
/// /// Share of refunds in the money spent over the last week.
/// #[mlops::feature(entity = "customer", owner = "growth-ml", over = "7d", ttl = "1d")]
/// fn refund_share(amount: &Window<f64>, refund: &Window<f64>) -> Option<f64> {
///     (amount.sum() > 0.0).then(|| refund.sum() / amount.sum())
/// }
/// ```
///
/// It is written with its path: `#[feature]` alone is an attribute of the language, and no import can take its place.
///
/// The function stays as it is: a test calls it. `features![tenure_years, refund_share]` names the definitions. The doc
/// comment is the feature's description.
///
/// # The function
///
/// | in the signature | is |
/// |---|---|
/// | `f64`, `i64`, `bool`, `String`, `&str` | the column of that name; where it is missing, so is the feature |
/// | an `Option` of one of them | the same, where the function decides what missing means |
/// | `&Window<T>` | the events of the last while, of the column of that name in a table of events |
/// | a parameter that `uses(…)` names | the feature of that name |
/// | `-> f64`, `i64`, `bool`, `String`, or an `Option` of one | the value |
///
/// It is neither generic nor `async`, and cannot fail. Its name is taken for types, too.
///
/// # Options
///
/// | option | means | without it |
/// |---|---|---|
/// | `entity = "customer"` | what one row is about | must be there |
/// | `owner = "growth-ml"` | who answers for the definition | must be there |
/// | `over = "7d"` | how far back windows reach: must be there if the function has any | |
/// | `ttl = "30d"` | how old a value may be where one is looked up | any age |
/// | `uses(tenure_years)` | the parameters that are features, by their paths | every parameter is a column |
/// | `name = "tenure_years"` | the name of the feature, and of its column | the function's name |
/// | `deprecated = "2026-12-31"` | the day from which it is not to be used | never |
/// | `instead = "tenure_days"` | what to use in its place | nothing is said |
/// | `crate = path` | where `mlops` is, if not at `::mlops` | `::mlops` |
#[proc_macro_attribute]
pub fn feature(options: TokenStream, function: TokenStream) -> TokenStream {
    feature::feature(options.into(), function.into()).into()
}

/// Makes an artifact of a type that serde can write and read: `#[derive(Serialize, Deserialize, Artifact)]`.
///
/// Equal values must give equal bytes, so a field with a `HashMap` or `HashSet` in its type is refused: write a `BTreeMap` or
/// `BTreeSet`, or have the field written in order, with `#[artifact(sorted)]`.
///
/// On the type, `#[artifact(crate = path)]` says where `mlops` is, if not at `::mlops`.
#[proc_macro_derive(Artifact, attributes(artifact))]
pub fn artifact(item: TokenStream) -> TokenStream {
    artifact::artifact(item.into()).into()
}

/// Lets a pipeline return a struct of handles; each output is named by its field.
///
/// ```ignore
/// #[derive(Outputs)]
/// struct Churn {
///     model: Handle<ChurnModel>,
///     evaluation: Handle<Evaluation>,
/// }
/// ```
///
/// On the type, `#[outputs(crate = path)]` says where `mlops` is, if not at `::mlops`.
#[proc_macro_derive(Outputs, attributes(outputs))]
pub fn outputs(item: TokenStream) -> TokenStream {
    outputs::outputs(item.into()).into()
}

/// What a table of such rows must satisfy: the function `contract()` of the type gives it.
///
/// ```ignore
/// #[derive(Contract)]
/// #[check(row_count(1..), unique_together(id, day))]
/// struct Customer {
///     #[check(unique)]
///     id: String,
///     #[check(range(0..=120), mostly = 0.99, severity = "warning")]
///     age: Option<u32>,
///     #[check(one_of("monthly", "yearly"))]
///     plan: String,
///     day: jiff::civil::Date,
/// }
///
/// let clean = Customer::contract().enforce(&table)?;
/// ```
///
/// A field is a column: its type is the column's type, and an `Option` is what may be missing. The column has the field's
/// name, or the one that serde's `rename` or `rename_all` gives it; a field that serde skips is none.
///
/// # On a field
///
/// | rule | holds if |
/// |---|---|
/// | `range(0..=120)`, `length(1..=64)` | each value, or its number of characters, lies within |
/// | `one_of("a", "b")`, `none_of(…)` | each value is among these, is none of these |
/// | `matches("^[A-Z]")`, `matches_not(…)`, `like("A%")`, `like_not(…)` | each text does, does not |
/// | `date_format("%Y-%m-%d")`, `parses_as(number)`, `form(email)`, `json` | each text can be read so |
/// | `unique`, `finite`, `null`, `monotonic`, `monotonic(strictly_falling)` | as it says |
/// | `z_score(4.0)`, `no_outliers(iqr)`, `no_outliers(mad, 5.0)` | no value is far from the others |
/// | `references(customers.id)` | each value occurs in that column of that table |
/// | `minimum(…)`, `maximum(…)`, `mean(…)`, `median(…)`, `standard_deviation(…)`, `sum(…)`, `quantile(0.9, …)` | the number lies in the range |
/// | `missing_share(…)`, `distinct_count(…)`, `distinct_share(…)`, `single_share(…)`, `entropy(…)` | the number lies in the range |
/// | `contains_all(…)`, `exactly_these(…)`, `most_common(…)` | those values occur |
/// | `freshness("36h")`, `distribution(reference.age, ks, 0.1)` | the column as a whole is so |
/// | `untyped` | the type of the field says nothing about the column |
///
/// # On the struct
///
/// `row_count(1..)`, `column_count(…)`, `unique_together(a, b)`, `compare(a < b)`, `any_present(a, b)`,
/// `differ_within_row(a, b)`, `correlation(a, b, 0.5..)`, `cramers_v(…)`, `mutual_information(…)`, `same_rows(other)`,
/// `row_count_like(other, 0.5..2.0)`.
///
/// # Beside a rule
///
/// In the same `#[check(…)]`, for all rules in it: `mostly = 0.99`, `severity = "warning"`, `name = "…"`,
/// `allow(empty, all_null, missing)`.
///
/// On the type, `#[contract(name = "customers")]` names the contract, `#[contract(empty = "allow")]` lets a table without rows
/// pass whatever is stated of it, and `#[contract(crate = path)]` says where `mlops` is, if
/// not at `::mlops`.
#[proc_macro_derive(Contract, attributes(check, contract))]
pub fn contract(item: TokenStream) -> TokenStream {
    contract::contract(item.into()).into()
}

//! The options of `#[stage(…)]`: one list of names, each with one way to read it.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use syn::{Ident, Lit, LitStr};

use crate::mistakes::Mistakes;
use crate::options::{self, Value, WrittenOption};

use super::units;

/// The kinds: the word, and the variant of `StageKind`.
const KINDS: [(&str, &str); 8] = [
    ("ingest", "Ingest"),
    ("validate", "Validate"),
    ("features", "Features"),
    ("train", "Train"),
    ("evaluate", "Evaluate"),
    ("package", "Package"),
    ("deploy", "Deploy"),
    ("monitor", "Monitor"),
];

const OPTIONS: [&str; 15] = [
    "name",
    "owner",
    "retries",
    "backoff",
    "timeout",
    "cpus",
    "memory",
    "resources",
    "cache",
    "code",
    "portable",
    "reads",
    "deterministic",
    "reason",
    "crate",
];

/// What `#[stage(…)]` says.
#[derive(Debug)]
pub(crate) struct Options {
    /// The variant of `StageKind`.
    pub(crate) kind: &'static str,
    pub(crate) name: Option<LitStr>,
    pub(crate) owner: Option<String>,
    pub(crate) retries: Option<u32>,
    pub(crate) backoff: Duration,
    pub(crate) timeout: Option<Duration>,
    pub(crate) cpus: f64,
    pub(crate) memory: u64,
    pub(crate) resources: Vec<(String, f64)>,
    pub(crate) cache: bool,
    pub(crate) portable: bool,
    /// `code = "package"`
    pub(crate) whole_package: bool,
    /// `reads(nothing)`, with the word that says it.
    reads_nothing: Option<Ident>,
    /// `deterministic = false`, with the word that says it.
    not_deterministic: Option<Ident>,
    reason: Option<String>,
    /// `…::__private`
    pub(crate) private: TokenStream,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream, mistakes: &mut Mistakes) -> Self {
        let mut parsed = Self {
            kind: "Plain",
            name: None,
            owner: None,
            retries: None,
            backoff: Duration::from_secs(1),
            timeout: None,
            cpus: 1.0,
            memory: 0,
            resources: Vec::new(),
            cache: true,
            portable: false,
            whole_package: false,
            reads_nothing: None,
            not_deterministic: None,
            reason: None,
            private: options::private(None),
        };
        let mut kind: Option<Ident> = None;
        let mut given: Vec<Ident> = Vec::new();
        for option in options::split(tokens, mistakes) {
            let word = option.name.to_string();
            let variant = KINDS
                .iter()
                .find(|(kind, _)| *kind == word)
                .map(|(_, variant)| *variant);
            if let (Some(variant), Value::Bare) = (variant, &option.value) {
                match &kind {
                    Some(first) => mistakes.add(
                        &option.name,
                        format!("the kind is given twice: `{first}` and `{word}`"),
                        "keep one of them: a stage does one thing in the life of a model",
                    ),
                    None => parsed.kind = variant,
                }
                kind.get_or_insert(option.name);
                continue;
            }
            if given.contains(&option.name) {
                mistakes.add(
                    &option.name,
                    format!("the option `{word}` is given twice"),
                    "keep one of them",
                );
                continue;
            }
            parsed.read(&option, mistakes);
            given.push(option.name);
        }
        parsed.check_reason(&given, mistakes);
        parsed
    }

    /// Why the stage reads nothing of the outside world, if it says so.
    pub(crate) fn reads_nothing(&self) -> Option<&str> {
        self.reads_nothing.as_ref()?;
        self.reason.as_deref()
    }

    /// Why the result differs from run to run, if the stage says that it does.
    pub(crate) fn not_deterministic(&self) -> Option<&str> {
        self.not_deterministic.as_ref()?;
        self.reason.as_deref()
    }

    /// What is believed and not checked needs a reason, and a reason something to claim.
    fn check_reason(&self, given: &[Ident], mistakes: &mut Mistakes) {
        let claims = [
            (
                &self.reads_nothing,
                "`reads(nothing)` needs a reason",
                "write `reads(nothing), reason = \"the file is part of the package\"`: whoever reads it must be able to judge it",
            ),
            (
                &self.not_deterministic,
                "`deterministic = false` needs a reason",
                "write `deterministic = false, reason = \"it asks a language model\"`: whoever reads it must be able to judge it",
            ),
        ];
        let made = claims.iter().find_map(|(claim, message, help)| {
            let claim = claim.as_ref()?;
            Some((claim, *message, *help))
        });
        let reason = given.iter().find(|name| *name == "reason");
        match (made, reason) {
            (Some((claim, message, help)), None) => mistakes.add(claim, message, help),
            (None, Some(reason)) => mistakes.add(
                reason,
                "this reason is for nothing",
                "it goes with `reads(nothing)` or `deterministic = false`",
            ),
            _ => {}
        }
    }

    /// The retries: an ingesting stage talks to systems that fail now and then, so it has two unless it says otherwise.
    pub(crate) fn retries(&self) -> u32 {
        self.retries
            .unwrap_or(if self.kind == "Ingest" { 2 } else { 0 })
    }

    fn read(&mut self, option: &WrittenOption, mistakes: &mut Mistakes) {
        let name = option.name.to_string();
        match name.as_str() {
            "name" => {
                self.name = mistakes.keep(option.literal("name = \"churn::train\"", identity))
            }
            "owner" => {
                self.owner = mistakes.keep(option.literal("owner = \"growth-ml\"", filled_text))
            }
            "retries" => self.retries = mistakes.keep(option.literal("retries = 2", whole_number)),
            "backoff" => {
                if let Some(backoff) = mistakes.keep(option.literal("backoff = \"1s\"", duration)) {
                    self.backoff = backoff;
                }
            }
            "timeout" => {
                self.timeout =
                    mistakes.keep(option.literal("timeout = \"1h30m\"", positive_duration));
            }
            "cpus" => {
                if let Some(cpus) = mistakes.keep(option.literal("cpus = 2", amount)) {
                    self.cpus = cpus;
                }
            }
            "memory" => {
                if let Some(memory) = mistakes.keep(option.literal("memory = \"2GiB\"", memory)) {
                    self.memory = memory;
                }
            }
            "resources" => self.read_resources(option, mistakes),
            "reads" => match &option.value {
                Value::Group(group) if group.to_string() == "nothing" => {
                    self.reads_nothing = Some(option.name.clone());
                }
                _ => mistakes.add(
                    &option.name,
                    "`reads` says that a stage reads nothing of the outside world",
                    "write `reads(nothing), reason = \"…\"`; what it does read is given to it as a typed source, such as `File`",
                ),
            },
            "deterministic" => {
                let read = mistakes.keep(option.literal("deterministic = false", truth));
                self.not_deterministic = (read == Some(false)).then(|| option.name.clone());
            }
            "reason" => {
                self.reason = mistakes.keep(option.literal("reason = \"…\"", filled_text));
            }
            "cache" => {
                if let Some(cache) = mistakes.keep(option.literal("cache = false", truth)) {
                    self.cache = cache;
                }
            }
            "code" => {
                let word = option.literal("code = \"package\"", package_word);
                self.whole_package = mistakes.keep(word).is_some();
            }
            "portable" => match &option.value {
                Value::Bare => self.portable = true,
                _ => {
                    if let Some(portable) = mistakes.keep(option.literal("portable", truth)) {
                        self.portable = portable;
                    }
                }
            },
            "crate" => {
                if let Some(path) = mistakes.keep(option.path()) {
                    self.private = options::private(Some(&path));
                }
            }
            _ => mistakes.push(unknown(option)),
        }
    }

    fn read_resources(&mut self, option: &WrittenOption, mistakes: &mut Mistakes) {
        const HELP: &str = "write `resources(gpu = 1)`";
        let Value::Group(group) = &option.value else {
            mistakes.add(
                &option.name,
                "`resources` needs a list of names with amounts",
                HELP,
            );
            return;
        };
        for resource in options::split(group.clone(), mistakes) {
            let name = resource.name.to_string();
            if self.resources.iter().any(|(taken, _)| *taken == name) {
                mistakes.add(
                    &resource.name,
                    format!("the resource `{name}` is given twice"),
                    "keep one of them",
                );
            } else if let Some(amount) =
                mistakes.keep(resource.literal(&format!("{name} = 1"), amount))
            {
                self.resources.push((name, amount));
            }
        }
    }
}

/// What to say of an option that there is not.
fn unknown(option: &WrittenOption) -> syn::Error {
    let name = option.name.to_string();
    if name == "kind" {
        return crate::mistakes::mistake(
            &option.name,
            "the kind is not written as an option",
            "write it as a bare word, as in `#[stage(train)]`",
        );
    }
    if KINDS.iter().any(|(kind, _)| *kind == name) {
        return crate::mistakes::mistake(
            &option.name,
            format!("the kind `{name}` takes no value"),
            format!("write it as a bare word, as in `#[stage({name})]`"),
        );
    }
    let kinds = KINDS.iter().map(|(kind, _)| *kind);
    let known: Vec<&str> = match option.value {
        Value::Bare => kinds.chain(OPTIONS).collect(),
        _ => OPTIONS.to_vec(),
    };
    let nearest = known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&name, known), known))
        .filter(|(distance, known)| *distance <= name.len().max(known.len()).div_ceil(3))
        .min();
    let help = match nearest {
        Some((_, nearest)) => format!("did you mean `{nearest}`?"),
        None => format!(
            "the options are {}; the kinds are {}",
            list(OPTIONS.iter()),
            list(KINDS.iter().map(|(kind, _)| kind)),
        ),
    };
    crate::mistakes::mistake(
        &option.name,
        format!("`#[stage]` has no option `{name}`"),
        help,
    )
}

fn list<'a>(words: impl Iterator<Item = &'a &'a str>) -> String {
    words
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn filled_text(literal: &Lit) -> Option<Result<String, String>> {
    let Lit::Str(text) = literal else { return None };
    let text = text.value();
    Some(if text.trim().is_empty() {
        Err("this text is empty".to_owned())
    } else {
        Ok(text)
    })
}

/// A stable name: it goes into keys, lineage, file names and command lines.
fn identity(literal: &Lit) -> Option<Result<LitStr, String>> {
    let Lit::Str(text) = literal else { return None };
    let name = text.value();
    let usable = |c: char| c.is_alphanumeric() || "_-.:/".contains(c);
    Some(if name.is_empty() {
        Err("a stage's name cannot be empty".to_owned())
    } else if let Some(wrong) = name.chars().find(|c| !usable(*c)) {
        Err(format!("a stage's name cannot contain {wrong:?}"))
    } else if last_part(&name).is_empty() {
        Err(format!(
            "the name `{name}` has nothing after its last separator"
        ))
    } else {
        Ok(text.clone())
    })
}

/// What people call a stage with a stable name: the part after the last `::`, `/` or `.`.
pub(crate) fn last_part(name: &str) -> &str {
    name.rsplit([':', '/', '.']).next().unwrap_or(name)
}

fn whole_number(literal: &Lit) -> Option<Result<u32, String>> {
    let Lit::Int(number) = literal else {
        return None;
    };
    Some(number.base10_parse().map_err(|error| error.to_string()))
}

fn amount(literal: &Lit) -> Option<Result<f64, String>> {
    let amount: f64 = match literal {
        Lit::Int(number) => number.base10_parse().ok()?,
        Lit::Float(number) => number.base10_parse().ok()?,
        _ => return None,
    };
    Some(if amount > 0.0 && amount.is_finite() {
        Ok(amount)
    } else {
        Err("an amount must be more than 0".to_owned())
    })
}

fn memory(literal: &Lit) -> Option<Result<u64, String>> {
    match literal {
        Lit::Int(number) => Some(number.base10_parse().map_err(|error| error.to_string())),
        Lit::Str(text) => Some(units::bytes(&text.value())),
        _ => None,
    }
}

fn duration(literal: &Lit) -> Option<Result<Duration, String>> {
    let Lit::Str(text) = literal else { return None };
    Some(units::duration(&text.value()))
}

fn positive_duration(literal: &Lit) -> Option<Result<Duration, String>> {
    duration(literal).map(|duration| match duration {
        Ok(Duration::ZERO) => Err("with no time at all the stage can never succeed".to_owned()),
        other => other,
    })
}

fn truth(literal: &Lit) -> Option<Result<bool, String>> {
    let Lit::Bool(truth) = literal else {
        return None;
    };
    Some(Ok(truth.value))
}

fn package_word(literal: &Lit) -> Option<Result<(), String>> {
    let Lit::Str(text) = literal else { return None };
    Some(match text.value().as_str() {
        "package" => Ok(()),
        other => Err(format!("`{other}` is not a way to see a stage's code")),
    })
}

/// The name as a literal on the function's span.
pub(crate) fn text(value: &str, span: Span) -> LitStr {
    LitStr::new(value, span)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use quote::quote;

    use super::{Options, last_part};
    use crate::mistakes::Mistakes;

    #[test]
    fn every_option_is_read() {
        let mut mistakes = Mistakes::default();
        let options = Options::parse(
            quote!(
                train,
                name = "churn::fit",
                owner = "growth-ml",
                retries = 3,
                backoff = "500ms",
                timeout = "1h30m",
                cpus = 1.5,
                memory = "2GiB",
                resources(gpu = 1, licence = 0.5),
                cache = false,
                code = "package",
                portable,
                reads(nothing),
                deterministic = false,
                reason = "none",
                crate = a::b
            ),
            &mut mistakes,
        );
        assert_eq!(mistakes.messages(), Vec::<String>::new());
        assert_eq!(options.kind, "Train");
        assert_eq!(options.name.as_ref().unwrap().value(), "churn::fit");
        assert_eq!(options.owner.as_deref(), Some("growth-ml"));
        assert_eq!(options.retries, Some(3));
        assert_eq!(options.backoff, Duration::from_millis(500));
        assert_eq!(options.timeout, Some(Duration::from_secs(5_400)));
        assert_eq!((options.cpus, options.memory), (1.5, 2 << 30));
        assert_eq!(
            options.resources,
            [("gpu".to_owned(), 1.0), ("licence".to_owned(), 0.5)]
        );
        assert!(!options.cache && options.portable && options.whole_package);
        assert_eq!(options.reads_nothing(), Some("none"));
        assert_eq!(options.not_deterministic(), Some("none"));
        assert_eq!(options.private.to_string(), "a :: b :: __private");
    }

    #[test]
    fn only_ingesting_stages_are_retried_without_being_asked() {
        let mut mistakes = Mistakes::default();
        assert_eq!(Options::parse(quote!(ingest), &mut mistakes).retries(), 2);
        assert_eq!(
            Options::parse(quote!(ingest, retries = 0), &mut mistakes).retries(),
            0
        );
        assert_eq!(Options::parse(quote!(train), &mut mistakes).retries(), 0);
    }

    #[test]
    fn every_wrong_option_is_reported_with_what_to_write() {
        let cases = [
            (quote!(retires = 2), "did you mean `retries`?"),
            (quote!(trian), "did you mean `train`?"),
            (quote!(colour = 2), "the options are `name`, `owner`"),
            (
                quote!(retries = 1, retries = 2),
                "the option `retries` is given twice",
            ),
            (
                quote!(train, deploy),
                "the kind is given twice: `train` and `deploy`",
            ),
            (
                quote!(kind = "train"),
                "write it as a bare word, as in `#[stage(train)]`",
            ),
            (quote!(train = true), "the kind `train` takes no value"),
            (quote!(retries = "two"), "write `retries = 2`"),
            (quote!(retries = -1), "write `retries = 2`"),
            (quote!(retries), "the option `retries` needs a value"),
            (quote!(retries =), "the option `retries` needs a value"),
            (quote!(cpus = 0), "an amount must be more than 0"),
            (quote!(timeout = "5"), "the duration `5` has no unit"),
            (quote!(timeout = 5), "write `timeout = \"1h30m\"`"),
            (quote!(timeout = "0s"), "with no time at all"),
            (quote!(memory = "2 GIGS"), "`GIGS` is not a unit of memory"),
            (quote!(memory = true), "write `memory = \"2GiB\"`"),
            (quote!(name = "a b"), "a stage's name cannot contain ' '"),
            (quote!(name = "a::"), "nothing after its last separator"),
            (quote!(name = ""), "cannot be empty"),
            (quote!(owner = " "), "this text is empty"),
            (quote!(cache = 0), "write `cache = false`"),
            (
                quote!(code = "all"),
                "`all` is not a way to see a stage's code",
            ),
            (quote!(resources = 1), "write `resources(gpu = 1)`"),
            (quote!(reads(nothing)), "`reads(nothing)` needs a reason"),
            (quote!(reads = 1), "write `reads(nothing)"),
            (quote!(reason = "so"), "this reason is for nothing"),
            (
                quote!(deterministic = false),
                "`deterministic = false` needs a reason",
            ),
            (
                quote!(deterministic = "no"),
                "write `deterministic = false`",
            ),
            (
                quote!(deterministic = false, reason = " "),
                "this text is empty",
            ),
            (
                quote!(deterministic = true, reason = "it is"),
                "this reason is for nothing",
            ),
            (
                quote!(resources(gpu = 1, gpu = 2)),
                "the resource `gpu` is given twice",
            ),
            (quote!(resources(gpu)), "write `gpu = 1`"),
            (quote!(crate = 1), "this is not a path"),
            (quote!("train"), "this is not an option"),
            (
                quote!(retries 2),
                "after the option `retries` stands something",
            ),
        ];
        for (tokens, expected) in cases {
            let mut mistakes = Mistakes::default();
            let written = tokens.to_string();
            let _ = Options::parse(tokens, &mut mistakes);
            let messages = mistakes.messages();
            assert_eq!(messages.len(), 1, "{written}: {messages:?}");
            assert!(messages[0].contains(expected), "{written}: {messages:?}");
        }
    }

    #[test]
    fn the_short_name_is_the_last_part_of_a_stable_name() {
        assert_eq!(last_part("churn::fit"), "fit");
        assert_eq!(last_part("team/churn.fit"), "fit");
        assert_eq!(last_part("fit"), "fit");
    }
}

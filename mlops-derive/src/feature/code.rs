//! What a feature's values depend on in the code, and the text of its definition, for those who compare two of them.

use proc_macro2::TokenStream;

use crate::function::Function;
use crate::mistakes::mistake;
use crate::reach::{self, Reach};
use crate::sources::{self, Sources};

/// The code behind a feature.
pub(super) struct Code {
    pub(super) sources: Sources,
    pub(super) reach: Reach,
    /// The digest of the function by itself, without its attributes: who owns it says nothing of its values.
    pub(super) own: String,
    /// A line for each locked crate that is reached: name, version, and what tells its bytes from others.
    pub(super) locked: String,
    /// The function as it is written; empty where no file shows it.
    pub(super) text: String,
}

pub(super) fn of(function: &Function) -> syn::Result<Code> {
    let name = &function.signature.ident;
    let sources = sources::of_this_package(name)?;
    let reach = match reach::of_stage(name, &function.tokens, false) {
        Ok(reach) => match reach.coarse.clone() {
            Some(cause) => sources.beside(reach, &function.tokens, cause),
            None => reach,
        },
        Err(cause) => sources.beside(Reach::default(), &function.tokens, cause),
    };
    let locked = locked(&reach.items).map_err(|cause| {
        mistake(
            name,
            format!("the locked crates cannot be read: {cause}"),
            "run `cargo generate-lockfile`",
        )
    })?;
    let own = crate::tokens::digest(without_attributes(function))
        .to_hex()
        .to_string();
    Ok(Code {
        sources,
        reach,
        own,
        locked,
        text: text(function).unwrap_or_default(),
    })
}

fn without_attributes(function: &Function) -> TokenStream {
    let Function {
        signature, body, ..
    } = function;
    quote::quote!(#signature #body)
}

/// Which bytes the versions of the reached crates are: a commit of a git dependency does not show in its version.
fn locked(items: &str) -> Result<String, String> {
    let crates: Vec<(&str, &str)> = items
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('\t');
            (fields.next() == Some("crate")).then_some(())?;
            Some((fields.next()?, fields.next()?))
        })
        .collect();
    if crates.is_empty() {
        return Ok(String::new());
    }
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let lock = std::path::Path::new(&folder)
        .ancestors()
        .map(|folder| folder.join("Cargo.lock"))
        .find(|lock| lock.is_file());
    let Some(lock) = lock else {
        return Ok(String::new());
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a macro reads sources; the store has no part in it"
    )]
    let text = std::fs::read_to_string(lock).map_err(|error| error.to_string())?;
    let parsed: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let packages = parsed.get("package").and_then(toml::Value::as_array);
    let mut lines = Vec::new();
    for package in packages.into_iter().flatten() {
        let of = |key: &str| package.get(key).and_then(toml::Value::as_str);
        let (Some(name), Some(version)) = (of("name"), of("version")) else {
            continue;
        };
        if crates.contains(&(name, version))
            && let Some(identity) = of("checksum").or_else(|| of("source"))
        {
            lines.push(format!("{name}\t{version}\t{identity}"));
        }
    }
    lines.sort_unstable();
    Ok(lines.join("\n"))
}

/// The lines of the function, from its first word to its last brace.
fn text(function: &Function) -> Option<String> {
    let first = without_attributes(function).into_iter().next()?.span();
    let file = first.local_file()?;
    let from = first.start().line.checked_sub(1)?;
    let to = function.body.span_close().end().line;
    #[expect(
        clippy::disallowed_methods,
        reason = "a macro reads sources; the store has no part in it"
    )]
    let source = std::fs::read_to_string(file).ok()?;
    let lines: Vec<&str> = source
        .lines()
        .skip(from)
        .take(to.checked_sub(from)?)
        .collect();
    // Where a macro wrote the function, its place is another one's.
    let name = function.signature.ident.to_string();
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()?;
    lines.iter().any(|line| line.contains(&name)).then(|| {
        let lines = lines
            .iter()
            .map(|line| line.get(indent..).unwrap_or_default().trim_end());
        lines.collect::<Vec<_>>().join("\n")
    })
}

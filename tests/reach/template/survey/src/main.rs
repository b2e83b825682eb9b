//! A survey of land: each stage reaches its code in one particular way.

extern crate self as survey;
extern crate shapes as forms;

mod macros;

#[macro_use]
mod ebb;
#[macro_use]
mod flood;

mod account;
mod area;
mod arithmetic;
mod associated;
mod blanket;
mod calls;
mod chain;
mod configured;
mod constants;
mod conversion;
mod defaults;
mod dependencies;
mod display;
mod dropping;
mod east;
mod elsewhere;
mod extension;
mod facade;
mod files;
mod generics;
mod globs;
mod iteration;
mod made;
mod names;
mod north;
mod operators;
mod ordering;
mod overloads;
mod parameters;
mod pointers;
#[path = "seasons/summer.rs"]
mod season;
mod serialised;
mod shadows;
mod south;
mod text;
mod tracks;
mod wrapper;
mod workshop;

use linkage as _;
use mlops::prelude::*;

#[derive(Outputs)]
struct Survey {
    texts: Vec<Handle<String>>,
    numbers: Vec<Handle<i64>>,
    parcel: Handle<parameters::Parcel>,
}

fn survey() -> Survey {
    let mut texts = Vec::new();
    texts.extend(calls::texts());
    texts.extend(display::texts());
    texts.extend([
        area::texts(),
        blanket::texts(),
        conversion::texts(),
        dependencies::texts(),
        dependencies::odd_texts(),
        dropping::texts(),
        extension::texts(),
        files::texts(),
        names::texts(),
        serialised::texts(),
        constants::texts(),
        configured::texts(),
        harvest::stages::season(),
        orchard::orchard(),
        ordering::texts(),
    ]
    .into_iter()
    .flatten());
    let numbers = [
        account::numbers(),
        area::numbers(),
        associated::numbers(),
        calls::numbers(),
        configured::numbers(),
        constants::numbers(),
        defaults::numbers(),
        dependencies::numbers(),
        dropping::numbers(),
        elsewhere::numbers(),
        files::numbers(),
        generics::numbers(),
        globs::numbers(),
        iteration::numbers(),
        made::numbers(),
        names::numbers(),
        operators::numbers(),
        ordering::numbers(),
        overloads::numbers(),
        parameters::numbers(),
        pointers::numbers(),
        shadows::numbers(),
        wrapper::numbers(),
    ]
    .into_iter()
    .flatten()
    .collect();
    Survey {
        texts,
        numbers,
        parcel: parameters::parcel(5),
    }
}

fn main() -> ExitCode {
    mlops::app().pipeline("survey", survey).main()
}

//! All mistakes of one stage are reported at once, and its callers are not.

use mlops::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, Artifact)]
struct Table(Vec<f64>);

#[derive(Serialize, Deserialize, Artifact)]
struct Model(f64);

#[stage(trian, retries = "two")]
unsafe fn train((rate, rounds): (f64, u32), clean: &mut Table, cx: StageContext) -> Result<()> {
    let _ = (rate, rounds, clean, cx);
    Ok(())
}

fn main() {
    let _model = train((0.1, 3), Table(vec![]));
    let _model = Model(1.0);
}

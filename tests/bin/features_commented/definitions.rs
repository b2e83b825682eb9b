//! The features with other comments, another owner and other words.

/// Years since the contract began.
#[mlops::feature(entity = "customer", owner = "growth-ml", ttl = "30d")]
pub(crate) fn tenure_years(tenure_months: f64) -> f64 {
    // A comment,
    years(tenure_months)
}

/// What only the first feature reaches.
fn years(months: f64) -> f64 {
    months / 12.0
}

/// The share of refunds in what was spent.
#[mlops::feature(
    entity = "customer",
    owner = "growth-ml",
    deprecated = "2024-12-31",
    instead = "refund_rate"
)]
pub(crate) fn refund_share(amount: f64, refund: f64) -> Option<f64> {
    (amount > 0.0).then(|| refund / amount)
}

/// Whether the customer has been one for long.
#[mlops::feature(entity = "customer", owner = "retention", uses(tenure_years))]
pub(crate) fn is_old(tenure_years: f64) -> bool {
    tenure_years > 5.0
}

/// How long the name is.
#[mlops::feature(entity = "customer", owner = "growth-ml", name = "nameLength")]
pub(crate) fn name_length(name: &str) -> i64 {
    name.chars().count() as i64
}

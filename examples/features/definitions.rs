//! Five features of a customer of a telephone company: each a plain function, named by what it says.

/// Years since the contract began.
// ANCHOR: definition
#[mlops::feature(entity = "customer", owner = "growth-ml", ttl = "30d")]
pub(crate) fn tenure_years(tenure: f64) -> f64 {
    tenure / 12.0
}
// ANCHOR_END: definition

/// What the customer pays this month, against the mean of all months so far.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
#[expect(non_snake_case, reason = "the columns of the file are named so")]
pub(crate) fn price_rise(
    MonthlyCharges: f64,
    TotalCharges: Option<f64>,
    tenure: f64,
) -> Option<f64> {
    // Who has been a customer for less than a month has not been billed yet: there is no mean to compare with.
    let mean = TotalCharges.filter(|_| tenure > 0.0)? / tenure;
    (mean > 0.0).then(|| MonthlyCharges / mean)
}

/// Whether the customer may leave at the end of each month.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
#[expect(non_snake_case, reason = "the columns of the file are named so")]
pub(crate) fn is_free_to_leave(Contract: &str) -> bool {
    Contract == "Month-to-month"
}

/// How many of the six services on top of the line are taken.
#[mlops::feature(entity = "customer", owner = "growth-ml")]
#[expect(non_snake_case, reason = "the columns of the file are named so")]
pub(crate) fn extra_services(
    OnlineSecurity: &str,
    OnlineBackup: &str,
    DeviceProtection: &str,
    TechSupport: &str,
    StreamingTV: &str,
    StreamingMovies: &str,
) -> i64 {
    let services = [
        OnlineSecurity,
        OnlineBackup,
        DeviceProtection,
        TechSupport,
        StreamingTV,
        StreamingMovies,
    ];
    services.iter().filter(|service| is_taken(service)).count() as i64
}

/// A helper counts: whoever changes it changes every feature that calls it.
fn is_taken(service: &str) -> bool {
    service == "Yes"
}

// ANCHOR: uses
/// Whether a customer is new, and free to leave.
#[mlops::feature(
    entity = "customer",
    owner = "growth-ml",
    uses(tenure_years, is_free_to_leave)
)]
pub(crate) fn is_on_trial(tenure_years: f64, is_free_to_leave: bool) -> bool {
    tenure_years < 0.5 && is_free_to_leave
}
// ANCHOR_END: uses

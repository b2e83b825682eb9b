//! Rules that do not exist, do not fit, or stand in the wrong place.

use mlops::prelude::*;

enum Plan {
    Monthly,
    Yearly,
}

#[derive(Contract)]
#[check(row_count(1..), unique_together(id, day))]
#[check(unique)]
struct Customer {
    #[check(uniqe)]
    id: String,
    #[check(range(0..=120), mostly = 99)]
    age: u32,
    #[check(matches("^[A-Z"))]
    name: String,
    plan: Plan,
    #[check(one_of("monthly", "yearly"), severity = "fatal")]
    period: Option<String>,
}

#[derive(Contract)]
struct Order {
    #[check(range(0..="many"))]
    total: f64,
}

#[derive(Contract)]
enum Event {
    Signed,
}

fn main() {
    let _ = (Plan::Monthly, Plan::Yearly, Event::Signed);
    let _ = Customer::contract();
}

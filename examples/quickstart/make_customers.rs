//! Makes `customers.csv`, the data of the quickstart: invented customers of a telephone company, always the same ones.
//!
//! `cargo run --example make_customers` writes the file beside this program, with the columns of the well-known Telco data
//! set. Short tenure, a contract by the month, fibre, no support and electronic checks make a customer leave; the rest is
//! chance, so that a logistic model can be good but not perfect. The numbers come from a generator of our own, because a
//! library's may change.

use std::fmt::Write as _;
use std::process::ExitCode;

const ROWS: usize = 2_000;

const HEADER: &str = "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService,\
OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,PaperlessBilling,\
PaymentMethod,MonthlyCharges,TotalCharges,Churn";

/// Knuth's 64-bit linear congruential generator; only the high bits are used, the low ones have short periods.
struct Random(u64);

impl Random {
    /// A number from 0 up to 1.
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 33) as u32) / f64::from(1_u32 << 31)
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the choices, by weight.
    fn pick<T: Copy>(&mut self, choices: &[(T, f64)]) -> T {
        let mut rest = self.unit() * choices.iter().map(|(_, weight)| weight).sum::<f64>();
        for (choice, weight) in choices {
            rest -= weight;
            if rest < 0.0 {
                return *choice;
            }
        }
        choices[choices.len() - 1].0
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'A' + (self.unit() * 26.0) as u8))
            .collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Contract {
    Monthly,
    OneYear,
    TwoYears,
}

#[derive(Clone, Copy, PartialEq)]
enum Internet {
    Dsl,
    Fibre,
    None,
}

/// `base` to the power of so many eighths, by multiplication and square roots only: those give the same bits on every machine.
fn power(base: f64, eighths: u32) -> f64 {
    let root = base.sqrt().sqrt().sqrt();
    (0..eighths).fold(1.0, |product, _| product * root)
}

const fn yes(value: bool) -> &'static str {
    if value { "Yes" } else { "No" }
}

fn customer(random: &mut Random, number: usize) -> String {
    let gender = if random.chance(0.5) { "Male" } else { "Female" };
    let senior = random.chance(0.16);
    let partner = random.chance(0.48);
    let dependents = random.chance(if partner { 0.5 } else { 0.12 });
    let internet = random.pick(&[
        (Internet::Fibre, 0.44),
        (Internet::Dsl, 0.34),
        (Internet::None, 0.22),
    ]);
    let contract = random.pick(&[
        (
            Contract::Monthly,
            if internet == Internet::Fibre {
                0.69
            } else {
                0.45
            },
        ),
        (Contract::OneYear, 0.21),
        (
            Contract::TwoYears,
            if internet == Internet::Fibre {
                0.13
            } else {
                0.31
            },
        ),
    ]);

    // A few customers have only just signed: tenure 0, nothing charged yet, and a blank where the total would be. It is the
    // classic trap of the real data, and the quickstart's contract has to deal with it.
    let new = number % 289 == 100;
    let tenure = match contract {
        _ if new => 0,
        Contract::Monthly => 1 + (71.0 * power(random.unit(), 20)) as u32,
        Contract::OneYear => 1 + (71.0 * power(random.unit(), 6)) as u32,
        Contract::TwoYears => 1 + (71.9 * power(random.unit(), 3)) as u32,
    };

    let phone = internet == Internet::None || random.chance(0.89);
    let lines = if !phone {
        "No phone service"
    } else {
        yes(random.chance(0.2 + f64::from(tenure) * 0.007))
    };
    let mut extras = [false; 6];
    if internet != Internet::None {
        let habits = [0.2, 0.27, 0.27, 0.2, 0.38, 0.38];
        for (extra, habit) in extras.iter_mut().zip(habits) {
            *extra = random.chance(habit + f64::from(tenure) * 0.005);
        }
    }
    let [security, backup, protection, support, television, movies] = extras;
    let extra = |has: bool| match internet {
        Internet::None => "No internet service",
        _ => yes(has),
    };
    let paperless = random.chance(match internet {
        Internet::Fibre => 0.77,
        Internet::Dsl => 0.55,
        Internet::None => 0.29,
    });
    let electronic = match internet {
        Internet::Fibre => 0.51,
        Internet::Dsl => 0.27,
        Internet::None => 0.08,
    };
    let payment = random.pick(&[
        ("Electronic check", electronic),
        (
            "Mailed check",
            if internet == Internet::Fibre {
                0.09
            } else {
                0.35
            },
        ),
        ("Bank transfer (automatic)", 0.22),
        ("Credit card (automatic)", 0.22),
    ]);

    let base = match internet {
        Internet::Fibre => 70.0,
        Internet::Dsl => 44.0,
        Internet::None => 20.0,
    };
    let services = [
        (security, 5.0),
        (backup, 5.0),
        (protection, 5.0),
        (support, 5.0),
        (television, 10.0),
        (movies, 10.0),
    ]
    .iter()
    .filter(|(has, _)| *has)
    .map(|(_, price)| price)
    .sum::<f64>();
    let without_phone = if phone { 0.0 } else { -20.0 };
    let second_line = if lines == "Yes" { 5.0 } else { 0.0 };
    // In twentieths of a dollar, so that no rounding depends on the machine.
    let twentieths =
        ((base + services + without_phone + second_line + random.unit() * 2.0) * 20.0) as u32;
    let monthly = f64::from(twentieths) / 20.0;
    let total = if tenure == 1 {
        monthly
    } else {
        let cents = monthly * f64::from(tenure) * (0.97 + random.unit() * 0.06) * 20.0;
        f64::from(cents as u32) / 20.0
    };
    let total = if tenure == 0 {
        " ".to_owned()
    } else {
        format!("{total}")
    };

    let score =
        -1.3 + match contract {
            Contract::Monthly => 0.95,
            Contract::OneYear => -0.5,
            Contract::TwoYears => -1.45,
        } + match internet {
            Internet::Fibre => 0.95,
            Internet::Dsl => 0.0,
            Internet::None => -0.95,
        } + if payment == "Electronic check" {
            0.5
        } else {
            0.0
        } + if paperless { 0.3 } else { 0.0 }
            + if senior { 0.3 } else { 0.0 }
            - if security { 0.45 } else { 0.0 }
            - if support { 0.45 } else { 0.0 }
            - 0.035 * f64::from(tenure);
    // As steep as the logistic function, but without `exp`.
    let probability = 0.5 + 0.5 * score / (4.0 + score * score).sqrt();
    let leaves = !new && random.chance(probability);

    let contract = match contract {
        Contract::Monthly => "Month-to-month",
        Contract::OneYear => "One year",
        Contract::TwoYears => "Two year",
    };
    let service = match internet {
        Internet::Dsl => "DSL",
        Internet::Fibre => "Fiber optic",
        Internet::None => "No",
    };
    let identity = format!("{:04}-{}", 1_000 + number, random.letters(5));
    [
        identity.as_str(),
        gender,
        if senior { "1" } else { "0" },
        yes(partner),
        yes(dependents),
        &tenure.to_string(),
        yes(phone),
        lines,
        service,
        extra(security),
        extra(backup),
        extra(protection),
        extra(support),
        extra(television),
        extra(movies),
        contract,
        yes(paperless),
        payment,
        &format!("{monthly}"),
        &total,
        yes(leaves),
    ]
    .join(",")
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a program of its own that only needs the standard library"
)]
fn main() -> ExitCode {
    let mut random = Random(20_240_229);
    let mut table = format!("{HEADER}\n");
    for number in 0..ROWS {
        // Writing to a `String` cannot fail.
        let _infallible = writeln!(table, "{}", customer(&mut random, number));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/quickstart/customers.csv");
    match std::fs::write(path, table) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

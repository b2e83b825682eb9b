//! What was known when? Complaints and those who left, joined wrongly and right, and what the leak does to the score.
//!
//! Some complaints are entered late: who leaves is asked why, and what he says is dated back to when it happened. A join by event
//! time alone shows them to a model that could not have seen them.

mod year;

use mlops::point_in_time::{Aggregate, Events, PointInTime, days};
use mlops::prelude::*;

use year::{Years, complaints, questions};

// ANCHOR: joins
/// The wrong join: what happened before the question, whenever it became known.
#[stage]
fn by_event_time(questions: &Table, complaints: &Table) -> Result<Table> {
    let events = Events::new("complaints", ["customer"], "happened");
    joined(&events, questions, complaints)
}

/// The right one: what had happened and was known.
#[stage]
fn by_both_times(questions: &Table, complaints: &Table) -> Result<Table> {
    let events = Events::new("complaints", ["customer"], "happened").created("entered");
    joined(&events, questions, complaints)
}

fn joined(events: &Events, questions: &Table, complaints: &Table) -> Result<Table> {
    let month = Aggregate::count(days(30)).named("complaints");
    Ok(PointInTime::new("asked")
        .aggregates(events, complaints, [month])
        .join(questions)?)
}
// ANCHOR_END: joins

/// How often those with so many complaints left, in the first three quarters; the rest is for judging.
fn fitted(table: &Table) -> Result<Vec<f64>> {
    let mut rates = Vec::new();
    for some in 0..4 {
        let (mut left, mut all) = (1.0, 2.0);
        for (complaints, has_left, _) in rows(table)?.into_iter().filter(|row| row.2) {
            if complaints == some {
                left += has_left;
                all += 1.0;
            }
        }
        rates.push(left / all);
    }
    Ok(rates)
}

/// Complaints (three stands for more), whether he left, and whether the row is for training.
fn rows(table: &Table) -> Result<Vec<(usize, f64, bool)>> {
    let columns = (
        table.integers("complaints")?,
        table.numbers("left")?,
        table.booleans("training")?,
    );
    let rows = columns.0.into_iter().zip(columns.1).zip(columns.2);
    Ok(rows
        .map(|((complaints, left), training)| {
            let complaints = usize::try_from(complaints.unwrap_or_default()).unwrap_or_default();
            (
                complaints.min(3),
                left.unwrap_or_default(),
                training.unwrap_or_default(),
            )
        })
        .collect())
}

/// How often who left is ranked above who stayed, in the last quarter; a tie is half.
fn area(rates: &[f64], table: &Table) -> Result<f64> {
    let mut counts = [[0.0; 2]; 4];
    for (complaints, left, _) in rows(table)?.into_iter().filter(|row| !row.2) {
        counts[complaints][left as usize] += 1.0;
    }
    let (mut won, mut pairs) = (0.0, 0.0);
    for (one, of_one) in rates.iter().zip(counts) {
        for (two, of_two) in rates.iter().zip(counts) {
            let count = of_one[1] * of_two[0];
            pairs += count;
            won += if one > two {
                count
            } else if one == two {
                count / 2.0
            } else {
                0.0
            };
        }
    }
    Ok(won / pairs)
}

/// The same model, fitted on both tables; each judged by its own, and the wrong one by what was really known.
#[stage(evaluate)]
fn judge(cx: &StageContext, wrong: &Table, right: &Table) -> Result<String> {
    let (of_wrong, of_right) = (fitted(wrong)?, fitted(right)?);
    let scores = [
        (
            "joined by event time, judged by the same",
            area(&of_wrong, wrong)?,
        ),
        (
            "joined by event time, in use: what is known then",
            area(&of_wrong, right)?,
        ),
        ("joined by both times, in use", area(&of_right, right)?),
    ];
    cx.metric("promised", scores[0].1);
    cx.metric("kept", scores[1].1);
    let lines = scores.map(|(what, score)| format!("{what:<50} {score:.3}\n"));
    Ok(format!("area under the curve\n{}", lines.concat()))
}

/// Both joins of a year of made customers, and their scores.
fn point_in_time() -> Handle<String> {
    let years = Years::default();
    let (questions, complaints) = (questions(years), complaints(years));
    let wrong = by_event_time(&questions, &complaints);
    let right = by_both_times(questions, complaints);
    judge(wrong, right)
}

fn main() -> ExitCode {
    mlops::app().pipeline("point_in_time", point_in_time).main()
}

#[cfg(test)]
mod tests {
    use mlops::testing::TestContext;

    use super::*;

    #[test]
    fn the_leak_promises_what_it_cannot_keep_and_the_book_has_the_figures() {
        let years = Years::default();
        let questions = questions::run(&years).unwrap();
        let complaints = complaints::run(&years).unwrap();
        let wrong = by_event_time::run(&questions, &complaints).unwrap();
        let right = by_both_times::run(&questions, &complaints).unwrap();
        assert_eq!(wrong.rows(), questions.rows());
        let cx = TestContext::new();
        let told = judge::run(&cx, &wrong, &right).unwrap();
        assert!(cx.metric("promised").unwrap() > cx.metric("kept").unwrap() + 0.1);
        assert_eq!(told.trim(), include_str!("output.txt").trim());
    }
}

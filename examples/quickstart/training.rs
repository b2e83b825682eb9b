//! The model: a logistic regression on what is known of a customer.

use std::collections::BTreeSet;

use linfa::Dataset;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use mlops::prelude::*;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// Columns that say nothing about what a customer will do, or say it after the fact.
const NOT_FEATURES: [&str; 2] = ["customerID", "Churn"];

/// A model that gives each customer the probability of leaving. It holds all that is needed to score a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Artifact)]
pub(crate) struct ChurnModel {
    features: Vec<Feature>,
    weights: Vec<f64>,
    intercept: f64,
}

/// One column of the model's matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Feature {
    /// A number, in standard deviations from its mean over the training customers.
    Number {
        column: String,
        mean: f64,
        deviation: f64,
    },
    /// 1 where a text column has this value, else 0.
    Category { column: String, value: String },
}

/// Fits a logistic regression whose weights are held back by a quadratic penalty.
#[stage(train, owner = "growth")]
pub(crate) fn train(cx: &StageContext, training: &Table, penalty: f64) -> Result<ChurnModel> {
    let features = features(training)?;
    let labels = Array1::from_vec(churned(training)?);
    let matrix = matrix(&features, training)?;
    let fitted = LogisticRegression::default()
        .alpha(penalty)
        .max_iterations(500)
        .fit(&Dataset::new(matrix, labels))?;
    // The crate takes the greater label, `true`, for the positive class; this says so should it change its mind.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    cx.metric("train/customers", training.rows() as f64);
    cx.metric("train/features", features.len() as f64);
    Ok(ChurnModel {
        weights: fitted.params().iter().map(|weight| sign * weight).collect(),
        intercept: sign * fitted.intercept(),
        features,
    })
}

impl ChurnModel {
    /// The probability of leaving, for each row.
    pub(crate) fn score(&self, customers: &Table) -> Result<Vec<f64>> {
        let matrix = matrix(&self.features, customers)?;
        let scores = matrix.dot(&Array1::from_vec(self.weights.clone())) + self.intercept;
        Ok(scores
            .iter()
            .map(|score| 1.0 / (1.0 + (-score).exp()))
            .collect())
    }
}

/// Whether each customer left.
pub(crate) fn churned(customers: &Table) -> Result<Vec<bool>> {
    let churned = customers.texts("Churn")?;
    Ok(churned
        .iter()
        .map(|answer| answer.as_deref() == Some("Yes"))
        .collect())
}

/// What the training customers teach about how to read a table.
fn features(training: &Table) -> Result<Vec<Feature>> {
    let mut features = Vec::new();
    for column in training.columns() {
        if NOT_FEATURES.contains(&column) {
            continue;
        }
        let column = column.to_owned();
        if training
            .schema()
            .field_with_name(&column)?
            .data_type()
            .is_numeric()
        {
            let values: Vec<f64> = training.numbers(&column)?.into_iter().flatten().collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let squares = values.iter().map(|value| (value - mean).powi(2));
            let deviation = (squares.sum::<f64>() / values.len() as f64).sqrt();
            features.push(Feature::Number {
                column,
                mean,
                deviation: if deviation > 0.0 { deviation } else { 1.0 },
            });
        } else {
            let values: BTreeSet<String> = training.texts(&column)?.into_iter().flatten().collect();
            // The first value is what the others are compared with.
            let others = values.into_iter().skip(1);
            features.extend(others.map(|value| Feature::Category {
                column: column.clone(),
                value,
            }));
        }
    }
    Ok(features)
}

fn matrix(features: &[Feature], customers: &Table) -> Result<Array2<f64>> {
    let mut matrix = Array2::zeros((customers.rows(), features.len()));
    for (feature, mut cells) in features.iter().zip(matrix.columns_mut()) {
        match feature {
            Feature::Number {
                column,
                mean,
                deviation,
            } => {
                for (cell, value) in cells.iter_mut().zip(customers.numbers(column)?) {
                    // What is missing is taken as the mean.
                    *cell = value.map_or(0.0, |value| (value - mean) / deviation);
                }
            }
            Feature::Category { column, value } => {
                for (cell, found) in cells.iter_mut().zip(customers.texts(column)?) {
                    *cell = f64::from(u8::from(found.as_ref() == Some(value)));
                }
            }
        }
    }
    Ok(matrix)
}

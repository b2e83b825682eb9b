//! What is asked of `smartcore`.

use mlops::prelude::*;
use smartcore::cluster::kmeans::{KMeans, KMeansParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::LogisticRegression;
use smartcore::metrics::roc_auc_score;

/// Two clouds of points, one after the other.
fn clouds(points: u32) -> Vec<Vec<f64>> {
    let place = |point: u32| {
        let angle = f64::from(point);
        let centre = if point < points / 2 { 0.0 } else { 4.0 };
        vec![centre + angle.sin(), centre + angle.cos()]
    };
    (0..points).map(place).collect()
}

/// The cloud that each point is said to be in.
#[stage]
pub fn logistic_regression(points: u32) -> Result<Vec<u32>> {
    let data = DenseMatrix::from_2d_vec(&clouds(points))?;
    let labels: Vec<u32> = (0..points).map(|point| u32::from(point >= points / 2)).collect();
    let model = LogisticRegression::fit(&data, &labels, Default::default())?;
    Ok(model.predict(&data)?)
}

/// The cluster of each point.
#[stage]
pub fn k_means(points: u32) -> Result<Vec<u32>> {
    let data = DenseMatrix::from_2d_vec(&clouds(points))?;
    let model: KMeans<f64, u32, _, _> =
        KMeans::fit(&data, KMeansParameters::default().with_k(2))?;
    Ok(model.predict(&data)?)
}

/// How well some scores tell the second half from the first.
#[stage]
pub fn roc_auc(points: u32) -> f64 {
    let labels: Vec<f64> = (0..points).map(|point| f64::from(u32::from(point >= points / 2))).collect();
    let scores: Vec<f64> = (0..points).map(|point| f64::from(point * 7 % points)).collect();
    roc_auc_score(&labels, &scores)
}

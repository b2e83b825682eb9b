//! What people read.

use crate::record::{Crop, Harvest};
use crate::trend::Trend;

/// A part of the report.
pub trait Section {
    fn title(&self) -> String;

    fn lines(&self) -> Vec<String>;

    /// Whole, with a line under its title.
    fn written(&self) -> String {
        let rule = "-".repeat(self.title().len());
        format!("{}\n{rule}\n{}", self.title(), self.lines().join("\n"))
    }
}

/// How each crop did.
pub struct ByCrop<'a>(pub &'a Harvest);

impl Section for ByCrop<'_> {
    fn title(&self) -> String {
        "Crops".to_owned()
    }

    fn lines(&self) -> Vec<String> {
        Crop::ALL.iter().map(|crop| format!("{crop}: {}", rounded(weight(self.0, *crop)))).collect()
    }
}

/// What is to be expected.
pub struct Outlook<'a> {
    pub trend: &'a Trend,
    pub year: i64,
}

impl Section for Outlook<'_> {
    fn title(&self) -> String {
        format!("Outlook for {}", self.year)
    }

    fn lines(&self) -> Vec<String> {
        vec![format!("{} bushels a field", rounded(self.trend.at(self.year)))]
    }
}

/// A section for each of these, with an empty line between.
pub fn report(sections: &[Box<dyn Section + '_>]) -> String {
    sections.iter().map(|section| section.written()).collect::<Vec<_>>().join("\n\n")
}

/// What a crop weighs in all fields, in pounds.
pub fn weight(harvest: &Harvest, crop: Crop) -> f64 {
    let of_crop = harvest.records.iter().filter(|record| record.crop == crop);
    of_crop.filter_map(|record| record.pounds()).sum()
}

fn rounded(value: f64) -> String {
    format!("{value:.1}")
}

//! The report as JSON: one object a column, one for the table.

use serde_json::{Value, json};

use super::{ColumnChange, TableChange, Verdict};

impl TableChange {
    /// One object a column, then one of the table: the lines that `data diff --json` prints.
    pub fn to_json_lines(&self) -> Vec<Value> {
        let columns = self.columns.iter().map(ColumnChange::to_json);
        columns.chain([self.table_to_json()]).collect()
    }

    fn table_to_json(&self) -> Value {
        let count = |verdict| self.with_verdict(verdict).count();
        let drifted: Vec<_> = self
            .with_verdict(Verdict::Drift)
            .map(|column| &column.column)
            .collect();
        let mut line = json!({
            "event": "table",
            "rows": self.rows,
            "columns": self.columns.len(),
            "drift": count(Verdict::Drift),
            "stable": count(Verdict::Stable),
            "no_evidence": count(Verdict::NoEvidence),
            "drifted": drifted,
            "false_discovery_rate": self.level,
            "verdict": self.verdict.as_str(),
        });
        if let (Some(domain), Some(fields)) = (&self.domain, line.as_object_mut()) {
            fields.insert(
                "classifier".to_owned(),
                json!({
                    "auc": domain.auc,
                    "interval": [domain.interval.low, domain.interval.high],
                    "p_value": domain.p_value,
                    "rows": domain.rows,
                    "columns": domain.telling,
                    "verdict": domain.verdict.as_str(),
                }),
            );
        }
        line
    }
}

impl ColumnChange {
    /// The column's line of `data diff --json`.
    pub fn to_json(&self) -> Value {
        let effect = self.effect.as_ref();
        json!({
            "event": "column",
            "column": self.column,
            "kind": self.kind.as_str(),
            "test": self.test,
            "statistic": self.statistic,
            "p_value": self.p_value,
            "adjusted_p": self.adjusted_p,
            "effect": effect.map(|effect| json!({ "name": effect.name, "value": effect.value })),
            "missing": self.missing,
            "verdict": self.verdict.as_str(),
        })
    }
}

//! Tables as JSON, for notebooks and scripts: a list of objects, a row a line.

use std::io::Write;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema};
use serde_json::{Map, Value};
use std::sync::Arc;

use crate::table::showable;
use crate::{DataError, Table};

impl Table {
    /// Writes the table as a JSON list of objects, a row a line.
    ///
    /// JSON has fewer words than a table: days, times, decimals and bytes become text, and what is no finite number becomes
    /// null. Whoever wants every bit back takes Parquet or Arrow.
    ///
    /// # Errors
    /// A column cannot be shown, or the output fails.
    ///
    /// ```
    /// # use mlops_data::table;
    /// let mut json = Vec::new();
    /// table! { "id" => [1, 2], "x" => [0.5, f64::NAN] }.write_json(&mut json)?;
    /// assert_eq!(String::from_utf8_lossy(&json), "[\n{\"id\":1,\"x\":0.5},\n{\"id\":2,\"x\":null}\n]\n");
    /// # Ok::<(), mlops_data::DataError>(())
    /// ```
    pub fn write_json(&self, mut output: impl Write) -> Result<(), DataError> {
        let failed = |cause: std::io::Error| DataError::Unwritable {
            format: "JSON",
            cause: cause.into(),
        };
        let mut before = "[\n";
        for batch in self.batches() {
            let plain = Self::try_from(sayable(batch)?)?;
            for row in plain.to_rows::<Map<String, Value>>()? {
                output.write_all(before.as_bytes()).map_err(failed)?;
                serde_json::to_writer(&mut output, &row).map_err(|cause| failed(cause.into()))?;
                before = ",\n";
            }
        }
        let end = if self.is_empty() { "[]\n" } else { "\n]\n" };
        output.write_all(end.as_bytes()).map_err(failed)?;
        output.flush().map_err(failed)
    }
}

/// The batch with columns that JSON has words for.
fn sayable(batch: &RecordBatch) -> Result<RecordBatch, DataError> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let (column, data_type) = if is_sayable(field.data_type()) {
            (Arc::clone(column), field.data_type().clone())
        } else {
            (cast(&showable(column)?, &DataType::Utf8)?, DataType::Utf8)
        };
        fields.push(Field::new(field.name(), data_type, field.is_nullable()));
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new_with_options(
        schema, columns, &options,
    )?)
}

fn is_sayable(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            is_sayable(item.data_type())
        }
        DataType::Struct(fields) => fields.iter().all(|field| is_sayable(field.data_type())),
        DataType::Null | DataType::Boolean => true,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        other => other.is_integer() || other.is_floating(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Table, table};

    fn read(table: &Table) -> Value {
        let mut bytes = Vec::new();
        table.write_json(&mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn every_kind_of_column_becomes_what_json_can_say() {
        let table = table! {
            "flag" => [Some(true), None],
            "count" => [u64::MAX, 1],
            "share" => [0.1, f64::INFINITY],
            "name" => ["a\"b", "ü"],
            "day" => [jiff::civil::date(2024, 7, 1), jiff::civil::date(1969, 12, 31)],
            "at" => [Some(jiff::Timestamp::UNIX_EPOCH), None],
            "none" => [None::<i64>, None],
        };
        assert_eq!(
            read(&table),
            json!([
                {"flag": true, "count": u64::MAX, "share": 0.1, "name": "a\"b", "day": "2024-07-01",
                 "at": "1970-01-01T00:00:00Z", "none": null},
                {"flag": null, "count": 1, "share": null, "name": "ü", "day": "1969-12-31",
                 "at": null, "none": null},
            ])
        );
    }

    #[test]
    fn batches_make_one_list_and_no_rows_an_empty_one() {
        let table = table! { "x" => [1, 2, 3] };
        let cut = Table::concat(&[table.slice(0, 1), table.slice(1, 2)]).unwrap();
        assert_eq!(read(&cut), json!([{"x": 1}, {"x": 2}, {"x": 3}]));
        assert_eq!(read(&table.slice(0, 0)), json!([]));
    }
}

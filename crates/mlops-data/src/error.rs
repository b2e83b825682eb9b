//! What can go wrong with tables and files, each with a stable code and the next step.

use arrow_schema::ArrowError;
use mlops_core::{BoxError, SourceError, nearest};

use crate::statistics::StatisticsError;

/// A table could not be read, made, changed or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is no column of this name.
    #[error("there is no column `{name}` among {}", listed(candidates))]
    UnknownColumn {
        /// The name that was asked for.
        name: String,
        /// The columns that exist.
        candidates: Vec<String>,
    },
    /// Two columns have the same name.
    #[error("two columns are named `{name}`")]
    DuplicateColumn {
        /// The name.
        name: String,
    },
    /// A column is of another type than was asked for.
    #[error("column `{name}` is {found}, not {expected}")]
    ColumnType {
        /// The column.
        name: String,
        /// Its type, as Arrow prints it.
        found: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// A column has another length than its table.
    #[error("column `{name}` has {found} rows, the table has {expected}")]
    ColumnLength {
        /// The column.
        name: String,
        /// Its length.
        found: usize,
        /// The length of the table.
        expected: usize,
    },
    /// A value of a column does not fit what was asked for.
    #[error("column `{name}`, row {row}: {problem}")]
    Value {
        /// The column.
        name: String,
        /// The row, counted from 0.
        row: usize,
        /// What is wrong.
        problem: String,
    },
    /// Tables or batches do not have the same columns.
    #[error("the columns do not match: {problem}")]
    SchemaMismatch {
        /// Where they differ.
        problem: String,
    },
    /// A type that a table does not hold.
    #[error("column `{name}` is {found}, which a table does not hold")]
    UnsupportedType {
        /// The column.
        name: String,
        /// Its type, as Arrow prints it.
        found: String,
    },
    /// No reader knows this extension.
    #[error(
        "no reader is known for `{location}`: its extension is {}",
        quoted_or_none(extension)
    )]
    UnknownExtension {
        /// The file.
        location: String,
        /// Its extension in lower case, perhaps empty.
        extension: String,
    },
    /// A file of comma-separated values is malformed.
    #[error("{location}, line {line}: {problem}")]
    Csv {
        /// The file, or `text`.
        location: String,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        problem: String,
        /// Whether what is wrong is the encoding.
        is_encoding: bool,
    },
    /// The file is compressed in a way that this program was built without.
    #[error("{location} is compressed with {codec}, which this program was built without")]
    Codec {
        /// The file.
        location: String,
        /// The compression.
        codec: String,
    },
    /// The content is not of the format.
    #[error("{location} is no readable {format} file")]
    Unreadable {
        /// The file.
        location: String,
        /// The format.
        format: &'static str,
        /// The cause.
        #[source]
        cause: BoxError,
    },
    /// A part of a file cannot be read, although what precedes it can.
    #[error("{location} cannot be read as {format}: {place} is damaged")]
    DamagedPart {
        /// The file.
        location: String,
        /// The format.
        format: &'static str,
        /// The part, such as `row group 3`.
        place: String,
        /// The cause.
        #[source]
        cause: BoxError,
    },
    /// A file claims far more than a file of its size plausibly holds.
    #[error(
        "{location} has {bytes} bytes and claims to unpack to {unpacked} or more, which is not read into memory at once"
    )]
    TooLarge {
        /// The file.
        location: String,
        /// Its size.
        bytes: u64,
        /// What it would take, as far as is known.
        unpacked: u64,
    },
    /// Keys that do not fit into memory could not be set aside on disk.
    #[error("the folder for temporary files cannot take what does not fit into memory")]
    Spill {
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// A contract is not one.
    #[error("{location}, line {line}: {problem}")]
    ContractText {
        /// The file, or `text`.
        location: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// What is wrong.
        problem: String,
        /// What to write instead, where it is known.
        help: Option<String>,
    },
    /// A contract contradicts itself.
    #[error("the contract `{name}` cannot be used: {problem}")]
    Contract {
        /// The contract.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A table breaks its contract.
    #[error("the data break the contract `{}`\n{report}", report.contract)]
    ContractBroken {
        /// What was found.
        report: Box<crate::contract::Report>,
    },
    /// The table cannot be written in the format, or the output failed.
    #[error("the table cannot be written as {format}")]
    Unwritable {
        /// The format.
        format: &'static str,
        /// The cause.
        #[source]
        cause: BoxError,
    },
    /// Rows and the Rust type do not match.
    #[error("rows of `{type_name}` do not match the table ({problem})")]
    Rows {
        /// The Rust type.
        type_name: &'static str,
        /// What serde said.
        problem: String,
    },
    /// A share that is no share.
    #[error("the fraction is {found}, not a number from 0 to 1")]
    Fraction {
        /// What was given.
        found: f64,
    },
    /// A classifier learns from rows, and a profile has none.
    #[error("a classifier needs rows, and the reference is a profile")]
    ProfileHasNoRows,
    /// A split that cannot be made.
    #[error("the table cannot be split so: {problem}")]
    UnusableSplit {
        /// What is wrong.
        problem: String,
        /// What to do instead.
        help: String,
    },
    /// What judges is not apart from what it judges.
    #[error("the parts are not apart\n{report}")]
    Leak {
        /// What was found.
        report: Box<crate::dataset::LeakageReport>,
    },
    /// A name that a data set cannot have.
    #[error("`{name}` is no name of a data set")]
    DatasetName {
        /// The name.
        name: String,
    },
    /// A row that the table does not have.
    #[error("row {row} was asked for, the table has {rows}")]
    OutOfRange {
        /// The row, counted from 0.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// A source that says nothing of where it is was used.
    #[error("no path was given for the {kind}")]
    NoPath {
        /// `file`, `folder`, …
        kind: &'static str,
    },
    /// A name that leads out of its folder.
    #[error("`{name}` leads out of the folder `{folder}`")]
    OutsideFolder {
        /// The name.
        name: String,
        /// The folder.
        folder: String,
    },
    /// A file, or what an address gave, is not text.
    #[error("the {kind} `{location}` is not UTF-8: byte {position} is no part of a character")]
    NotText {
        /// `file` or `url`.
        kind: &'static str,
        /// Where it is.
        location: String,
        /// The first byte that is wrong, counted from 0.
        position: usize,
    },
    /// A source cannot be used.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Numbers that a statistic is not defined for.
    #[error("the statistic cannot be computed: {0}")]
    Statistics(#[from] StatisticsError),
    /// Arrow refused.
    #[error("the table cannot be computed")]
    Arrow(#[from] ArrowError),
}

impl DataError {
    /// The stable code, by which the book explains the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownColumn { .. } => "data::unknown_column",
            Self::DuplicateColumn { .. } => "data::duplicate_column",
            Self::ColumnType { .. } => "data::column_type",
            Self::ColumnLength { .. } => "data::column_length",
            Self::Value { .. } => "data::column_value",
            Self::SchemaMismatch { .. } => "data::schema_mismatch",
            Self::UnsupportedType { .. } => "data::unsupported_type",
            Self::UnknownExtension { .. } => "data::unknown_extension",
            Self::Csv { .. } => "data::malformed_csv",
            Self::Codec { .. } => "data::codec_not_built_in",
            Self::Unreadable { .. } => "data::unreadable_table",
            Self::DamagedPart { .. } => "data::damaged_part",
            Self::TooLarge { .. } => "data::too_large",
            Self::Spill { .. } => "data::no_room_to_spill",
            Self::ContractText { .. } => "data::malformed_contract",
            Self::Contract { .. } => "data::unusable_contract",
            Self::ContractBroken { .. } => "data::contract_broken",
            Self::Unwritable { .. } => "data::unwritable_table",
            Self::Rows { .. } => "data::rows_mismatch",
            Self::Fraction { .. } => "data::not_a_fraction",
            Self::UnusableSplit { .. } => "data::unusable_split",
            Self::ProfileHasNoRows => "data::profile_has_no_rows",
            Self::Leak { .. } => "data::leak",
            Self::DatasetName { .. } => "data::dataset_name",
            Self::OutOfRange { .. } => "data::row_out_of_range",
            Self::NoPath { .. } => "data::no_path",
            Self::OutsideFolder { .. } => "data::outside_folder",
            Self::NotText { .. } => "data::not_text",
            Self::Source(_) => "data::source_unusable",
            Self::Statistics(error) => error.code(),
            Self::Arrow(_) => "data::arrow",
        }
    }

    /// The next thing to try, where there is one.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownColumn { name, candidates } => {
                let near = nearest(name, candidates.iter().map(String::as_str))?;
                Some(format!("did you mean `{near}`?"))
            }
            Self::UnsupportedType { .. } => {
                Some("convert the column before it enters a table".to_owned())
            }
            Self::UnknownExtension { .. } => Some(format!(
                "tables are read from {}",
                crate::read::EXTENSIONS.join(", ")
            )),
            Self::Codec { codec, .. } if codec == "zstd" => {
                Some("build with the feature `zstd`".to_owned())
            }
            Self::Codec { .. } => Some("write the file again with snappy or lz4".to_owned()),
            Self::NoPath { kind } => Some(format!(
                "set the path of the {kind} in the configuration, in the profile or with `--set`"
            )),
            Self::Rows { .. } => {
                Some("fields are found by name; a column with nulls needs an `Option`".to_owned())
            }
            Self::Csv { is_encoding: true, .. } => Some("convert the file to UTF-8".to_owned()),
            Self::NotText { .. } => Some("convert it to UTF-8".to_owned()),
            Self::TooLarge { .. } => Some(
                "if the rows are meant, read them in batches; if not, fetch or write the file again"
                    .to_owned(),
            ),
            Self::Unreadable { .. } => Some(
                "fetch or write the file again, or give it the extension of its format".to_owned(),
            ),
            Self::Spill { .. } => {
                Some("free some space there, or set TMPDIR to a larger folder".to_owned())
            }
            Self::ContractText { help, .. } => help.clone(),
            Self::UnusableSplit { help, .. } => Some(help.clone()),
            Self::DatasetName { .. } => {
                Some("use letters, digits, `-`, `_`, `.` and `/`".to_owned())
            }
            Self::ProfileHasNoRows => Some("compare with the table itself, or leave the classifier out".to_owned()),
            Self::Leak { .. } => Some(
                "split by group or by time; drop copies, and columns that are not known when the model is asked"
                    .to_owned(),
            ),
            Self::ContractBroken { .. } => Some(
                "`filter` keeps the good rows and sets the others aside with their reasons"
                    .to_owned(),
            ),
            Self::DamagedPart { .. } => Some(
                "fetch or write the file again; what was read before this part is not used"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no columns at all".to_owned();
    }
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn quoted_or_none(extension: &str) -> String {
    if extension.is_empty() {
        "missing".to_owned()
    } else {
        format!("`{extension}`")
    }
}

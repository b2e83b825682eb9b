//! Reading a table from a file or an address, by its extension.

mod budget;

use std::panic::{AssertUnwindSafe, catch_unwind};

use mlops_core::{BoxError, Source};

use crate::{CsvOptions, DataError, File, Table, Url, csv, ipc, parquet};

pub(crate) use budget::{Budget, LZ4_EXPANSION, SLACK, ZSTD_EXPANSION};

/// The extensions that a reader knows.
pub(crate) const EXTENSIONS: [&str; 8] = [
    "csv", "tsv", "parquet", "pq", "arrow", "ipc", "feather", "arrows",
];

/// Readers of others panic on some damaged files, such as those that name types that nobody knows.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, BoxError>) -> Result<T, BoxError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("its structure is damaged".into()))
}

impl Table {
    /// Reads the file with the reader of its extension: `csv`, `tsv`; `parquet`, `pq`; `arrow`, `ipc`, `feather`, `arrows`.
    ///
    /// # Errors
    /// The extension is unknown, or as the reader.
    pub fn read(file: &File) -> Result<Self, DataError> {
        match file.extension().as_str() {
            "csv" => Self::read_csv(file, &CsvOptions::new()),
            "tsv" => Self::read_csv(file, &CsvOptions::new().delimiter(b'\t')),
            "parquet" | "pq" => Self::read_parquet(file),
            "arrow" | "ipc" | "feather" | "arrows" => Self::read_ipc(file),
            _ if file.path().as_os_str().is_empty() => Err(DataError::NoPath { kind: "file" }),
            extension => Err(DataError::UnknownExtension {
                location: file.location(),
                extension: extension.to_owned(),
            }),
        }
    }

    /// Fetches a table, with the reader of the extension of the address's path, as [`read`](Self::read) does for files.
    ///
    /// # Errors
    /// The extension is unknown, or as [`Url::read`], or as the reader.
    pub fn read_url(url: &Url) -> Result<Self, DataError> {
        let location = url.location();
        let extension = url.extension();
        if !location.is_empty() && !EXTENSIONS.contains(&extension.as_str()) {
            return Err(DataError::UnknownExtension {
                location,
                extension,
            });
        }
        let bytes = url.read()?;
        match extension.as_str() {
            "csv" => csv::read(&location, &*bytes, &CsvOptions::new()),
            "tsv" => csv::read(&location, &*bytes, &CsvOptions::new().delimiter(b'\t')),
            "parquet" | "pq" => parquet::read(&location, bytes),
            _ => ipc::read(&location, bytes),
        }
    }

    /// Reads an Arrow file or stream. Feather files of version 2 are Arrow files.
    ///
    /// # Errors
    /// The file cannot be read, or as [`from_ipc`](Self::from_ipc).
    pub fn read_ipc(file: &File) -> Result<Self, DataError> {
        crate::ipc::read(&file.location(), file.read()?)
    }
}

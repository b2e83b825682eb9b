//! What can be wrong with the settings of lineage, before anything is sent.

/// Lineage cannot be delivered with these settings. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineageError {
    /// The collector's address cannot be used. It is not repeated: it may hold a password.
    #[error("the address of the lineage collector cannot be used: {reason}")]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The key cannot be sent.
    #[error("the API key of the lineage collector holds characters that no HTTP header may hold")]
    ApiKey,
    /// The folder for lineage cannot be made.
    #[error("the folder for lineage cannot be made in the store")]
    Folder(#[source] std::io::Error),
    /// No thread could be started.
    #[error("the thread that delivers lineage could not be started")]
    Thread(#[source] std::io::Error),
}

impl LineageError {
    /// The stable code, each with a page in the book.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "lineage::url",
            Self::ApiKey => "lineage::api_key",
            Self::Folder(_) => "lineage::folder",
            Self::Thread(_) => "lineage::thread",
        }
    }

    /// The next step.
    pub fn help(&self) -> Option<String> {
        Some(
            match self {
                Self::Url { .. } => {
                    "write `lineage.url` as `https://collector.example.org`, or with the whole path of its endpoint"
                }
                Self::ApiKey => "check what `lineage.api_key` refers to: a line break is the usual cause",
                Self::Folder(_) => "check that the store may be written, or set `lineage.file = false`",
                Self::Thread(_) => "the machine may be out of threads",
            }
            .to_owned(),
        )
    }
}

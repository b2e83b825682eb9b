//! The project around a pipeline binary: `mlops.toml`, its profiles, its store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mlops_core::{Clock, Configuration, ConfigurationText, Profile, SystemClock};
use mlops_store::{Access, Store, StoreError, StoreOptions};

use crate::failure::{Exit, Failure};

/// The name of the file that makes a folder a project.
const FILE_NAME: &str = "mlops.toml";

/// The configuration found upwards of a folder, over the embedded defaults.
pub(crate) struct Project {
    /// The folder of `mlops.toml`, or the starting folder where there is none.
    pub(crate) folder: PathBuf,
    pub(crate) configuration: Configuration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Project {
    /// The project of the present folder.
    pub(crate) fn here() -> Result<Self, Failure> {
        let folder = std::env::current_dir().map_err(|error| {
            Failure::new(
                Exit::Failed,
                "command::folder",
                format!("the present folder cannot be read: {error}"),
            )
        })?;
        Self::find(&folder)
    }

    /// Looks for `mlops.toml` in `start` and upwards.
    #[expect(
        clippy::disallowed_methods,
        reason = "the project's own configuration is read here and nowhere else"
    )]
    pub(crate) fn find(start: &Path) -> Result<Self, Failure> {
        let found = start
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|path| path.is_file());
        let (folder, configuration) = match found {
            Some(path) => {
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    Failure::usage(
                        "configuration::unreadable",
                        format!("`{}` cannot be read: {error}", path.display()),
                    )
                })?;
                let shown = path.strip_prefix(start).unwrap_or(&path);
                let name = shown.display().to_string();
                let texts = [ConfigurationText {
                    name: &name,
                    text: &text,
                }];
                let folder = path.parent().unwrap_or(start).to_owned();
                (folder, Configuration::parse(&texts)?)
            }
            None => (start.to_owned(), Configuration::parse(&[])?),
        };
        Ok(Self {
            folder,
            configuration,
            clock: Arc::new(SystemClock),
        })
    }

    /// The profile of that name; the experiment without one.
    pub(crate) fn profile(&self, name: Option<&str>) -> Result<&Profile, Failure> {
        Ok(self.configuration.profile(name.unwrap_or("experiment"))?)
    }

    /// Opens a profile's store.
    pub(crate) fn store(
        &self,
        profile: &Profile,
        folder: Option<&Path>,
        access: Access,
    ) -> Result<Store, Failure> {
        let options = StoreOptions {
            durability: profile.durability.value,
            access,
            clock: Arc::clone(&self.clock),
            ..StoreOptions::default()
        };
        Ok(Store::open(&self.store_folder(profile, folder), options)?)
    }

    /// Opens a store that is there, to look at what is kept; where nothing may be written, reading is enough.
    pub(crate) fn store_to_look(
        &self,
        profile: &Profile,
        folder: Option<&Path>,
    ) -> Result<Store, Failure> {
        let there = self.store_folder(profile, folder);
        if !there.exists() {
            return Err(StoreError::NoStore { folder: there }.into());
        }
        self.store_to_plan(profile, folder)
    }

    /// Opens a store to plan on, or makes it; where nothing may be written, reading is enough.
    pub(crate) fn store_to_plan(
        &self,
        profile: &Profile,
        folder: Option<&Path>,
    ) -> Result<Store, Failure> {
        match self.store(profile, folder, Access::ReadWrite) {
            Err(failure) if matches!(failure.code, "store::read_only" | "store::foreign_owner") => {
                self.store(profile, folder, Access::ReadOnly)
            }
            opened => opened,
        }
    }

    fn store_folder(&self, profile: &Profile, folder: Option<&Path>) -> PathBuf {
        match folder {
            Some(folder) => folder.to_owned(),
            None => self.folder.join(&profile.store.value),
        }
    }
}

//! The book as code: each chapter is a module whose documentation is the chapter, so every block of Rust in it is a test.
//!
//! `cargo test -p book` compiles and runs the blocks and checks what mdBook does not: that each chapter on disk is listed,
//! and that each include and each link leads somewhere.

macro_rules! chapters {
    ($($path:literal => $module:ident),* $(,)?) => {
        $(
            #[doc = include_str!(concat!("src/", $path, ".md"))]
            mod $module {}
        )*

        /// The chapters, as paths below `src`.
        #[cfg(test)]
        const CHAPTERS: &[&str] = &[$($path),*];
    };
}

chapters! {
    "first-pipeline" => first_pipeline,
    "caching" => caching,
    "profiles" => profiles,
    "failures-and-resuming" => failures_and_resuming,
    "lineage" => lineage,
    "custom-stages" => custom_stages,
    "testing-your-pipeline" => testing_your_pipeline,
    "command-line" => command_line,
    "practices" => practices,
    "how/architecture" => how_architecture,
    "how/key" => how_key,
    "how/store-layout" => how_store_layout,
    "how/engine" => how_engine,
    "how/performance" => how_performance,
    "how/decisions" => how_decisions,
    "errors/index" => errors_index,
    "errors/configuration/incomplete_profile" => errors_configuration_incomplete_profile,
    "errors/configuration/lax_production" => errors_configuration_lax_production,
    "errors/configuration/lowered_level" => errors_configuration_lowered_level,
    "errors/configuration/missing_level" => errors_configuration_missing_level,
    "errors/configuration/profile_cycle" => errors_configuration_profile_cycle,
    "errors/configuration/syntax" => errors_configuration_syntax,
    "errors/configuration/unknown_key" => errors_configuration_unknown_key,
    "errors/configuration/unknown_profile" => errors_configuration_unknown_profile,
    "errors/configuration/unreadable" => errors_configuration_unreadable,
    "errors/configuration/wrong_name" => errors_configuration_wrong_name,
    "errors/configuration/wrong_value" => errors_configuration_wrong_value,
    "errors/settings/form" => errors_settings_form,
    "errors/settings/none" => errors_settings_none,
    "errors/settings/unknown" => errors_settings_unknown,
    "errors/settings/value" => errors_settings_value,
    "errors/settings/write" => errors_settings_write,
    "errors/command/ambiguous_digest" => errors_command_ambiguous_digest,
    "errors/command/declared_twice" => errors_command_declared_twice,
    "errors/command/folder" => errors_command_folder,
    "errors/command/format" => errors_command_format,
    "errors/command/no_pipeline" => errors_command_no_pipeline,
    "errors/command/nothing_made" => errors_command_nothing_made,
    "errors/command/old_key" => errors_command_old_key,
    "errors/command/outcome" => errors_command_outcome,
    "errors/command/output" => errors_command_output,
    "errors/command/unknown_output" => errors_command_unknown_output,
    "errors/command/unknown_pipeline" => errors_command_unknown_pipeline,
    "errors/command/unknown_stage" => errors_command_unknown_stage,
    "errors/command/which_key" => errors_command_which_key,
    "errors/command/which_output" => errors_command_which_output,
    "errors/command/which_pipeline" => errors_command_which_pipeline,
    "errors/command/write" => errors_command_write,
    "errors/artifact/format" => errors_artifact_format,
    "errors/pipeline/parameter" => errors_pipeline_parameter,
    "errors/pipeline/refused" => errors_pipeline_refused,
    "errors/pipeline/runtime" => errors_pipeline_runtime,
    "errors/pipeline/same_name" => errors_pipeline_same_name,
    "errors/pipeline/source" => errors_pipeline_source,
    "errors/pipeline/unknown_stage" => errors_pipeline_unknown_stage,
    "errors/store/ambiguous_run" => errors_store_ambiguous_run,
    "errors/store/artifact" => errors_store_artifact,
    "errors/store/busy" => errors_store_busy,
    "errors/store/changed_migration" => errors_store_changed_migration,
    "errors/store/damaged" => errors_store_damaged,
    "errors/store/database" => errors_store_database,
    "errors/store/foreign_owner" => errors_store_foreign_owner,
    "errors/store/io" => errors_store_io,
    "errors/store/lease_lost" => errors_store_lease_lost,
    "errors/store/missing" => errors_store_missing,
    "errors/store/newer_schema" => errors_store_newer_schema,
    "errors/store/no_locks" => errors_store_no_locks,
    "errors/store/no_space" => errors_store_no_space,
    "errors/store/no_store" => errors_store_no_store,
    "errors/store/no_such_run" => errors_store_no_such_run,
    "errors/store/old_sqlite" => errors_store_old_sqlite,
    "errors/store/read_only" => errors_store_read_only,
    "errors/store/record" => errors_store_record,
    "errors/lineage/api_key" => errors_lineage_api_key,
    "errors/lineage/folder" => errors_lineage_folder,
    "errors/lineage/thread" => errors_lineage_thread,
    "errors/lineage/unknown_digest" => errors_lineage_unknown_digest,
    "errors/lineage/unknown_source" => errors_lineage_unknown_source,
    "errors/lineage/url" => errors_lineage_url,
    "errors/data/arrow" => errors_data_arrow,
    "errors/data/codec_not_built_in" => errors_data_codec_not_built_in,
    "errors/data/column_length" => errors_data_column_length,
    "errors/data/column_type" => errors_data_column_type,
    "errors/data/column_value" => errors_data_column_value,
    "errors/data/duplicate_column" => errors_data_duplicate_column,
    "errors/data/malformed_csv" => errors_data_malformed_csv,
    "errors/data/no_path" => errors_data_no_path,
    "errors/data/not_a_fraction" => errors_data_not_a_fraction,
    "errors/data/not_text" => errors_data_not_text,
    "errors/data/outside_folder" => errors_data_outside_folder,
    "errors/data/row_out_of_range" => errors_data_row_out_of_range,
    "errors/data/rows_mismatch" => errors_data_rows_mismatch,
    "errors/data/schema_mismatch" => errors_data_schema_mismatch,
    "errors/data/source_unusable" => errors_data_source_unusable,
    "errors/data/unknown_column" => errors_data_unknown_column,
    "errors/data/unknown_extension" => errors_data_unknown_extension,
    "errors/data/unreadable_table" => errors_data_unreadable_table,
    "errors/data/unsupported_type" => errors_data_unsupported_type,
    "errors/data/unwritable_table" => errors_data_unwritable_table,
}

#[cfg(test)]
mod chapters_test;
#[cfg(test)]
mod errors_test;

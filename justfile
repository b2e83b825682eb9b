# What a person types, by name. `just` alone lists the recipes.

reference := "tests/conformance,mlops-data/conformance,mlops-data/ffi,mlops-models/conformance,mlops-pipeline/conformance"
registry := "mlops-derive/conformance"
shared := env("MLOPS_SHARED", justfile_directory() / "../shared")

_:
    @just --list

# does it compile?
check:
    cargo check --workspace --all-targets

# every test that needs nothing but this repository
test:
    cargo test --workspace

# comparisons with the reference material
conformance:
    MLOPS_SHARED={{ quote(shared) }} cargo test --workspace --features {{ reference }} --test all --test conformance --test golden --test openlineage --test ffi

# how often tests and reports of change are wrong, at twenty times the trials of `just test` (minutes)
calibrate times="20":
    MLOPS_CALIBRATION={{ times }} MLOPS_POWER=1 cargo test --release -p mlops-data --test calibration -- --nocapture
    MLOPS_CALIBRATION={{ times }} cargo test --release -p mlops-models --test coverage -- --nocapture

# damaged files by the million: no reader may panic or hang (another SEED gives other files)
fuzz-readers seconds="300" seed="1000000":
    MLOPS_FUZZ_SECONDS={{ seconds }} MLOPS_FUZZ_SEED={{ seed }} RUST_BACKTRACE=0 cargo test -p mlops-data --test bad_files -- --ignored --nocapture

# the memory and time of a profile and of checks on a file of so many rows
growth rows="100000000":
    MLOPS_GROWTH_ROWS={{ rows }} cargo test --release -p mlops-data --test growth -- --ignored --nocapture

# the memory and time of a join with a file of so many events
growth-join events="100000000":
    MLOPS_GROWTH_ROWS={{ events }} cargo test --release -p mlops-features --test growth -- --ignored --nocapture

# Feast's own client against our server (needs Python)
feast:
    .ci/feast

# the corpus of edits: nothing stale, and little that runs needlessly (some hundred builds)
reach:
    MLOPS_SHARED={{ quote(shared) }} cargo test -p tests --features conformance --test all reach::built -- --nocapture

# five crates of the registry: every function that is called is reached, and few others
crates:
    cargo test -p mlops-derive --features {{ registry }} --lib reach::tests::crates -- --nocapture

# layout and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --features {{ reference }},{{ registry }} -- -D warnings

# licences, advisories, banned crates (needs cargo-deny)
deny:
    cargo deny check

# the documentation of the crates
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# the book, in book/book
book:
    .ci/book

# our own numbers
bench:
    cargo bench --workspace

# our numbers beside those of other tools, on this machine, as ratios (needs uv, and npm for turbo)
compare tools="joblib hamilton redun dvc snakemake turbo dagster" sizes="10 100":
    cargo bench -p mlops --bench pipelines --no-run
    {{ quote(shared / "bench/pipelines/setup.sh") }} target/peers {{ tools }}
    rm -f target/peers/figures.jsonl
    for tool in {{ tools }}; do for measure in cold cached; do for shape in chain fan; do for n in {{ sizes }}; do \
        {{ quote(shared / "bench/pipelines/run.py") }} --env target/peers --tool "$tool" --measure "$measure" \
            --shape "$shape" --n "$n" --json >> target/peers/figures.jsonl; \
    done; done; done; done
    cargo bench -p mlops --bench pipelines -- --peers "$PWD/target/peers/figures.jsonl"

# a report of change beside that of numpy by hand, on what `bench/operations/make_data.py` wrote (DATA) and its environments (ENVS)
compare-drift envs data:
    cargo bench -p mlops-data --bench drift -- {{ quote(data) }}
    {{ quote(envs) }}/plain/bin/python {{ quote(shared / "bench/operations/drift.py") }} {{ quote(data) }} --tool numpy --repeat 3

# 32 checks on a million rows beside the same by hand in Polars, in turns, on the same data and environments
compare-checks envs data:
    cargo bench -p mlops-data --bench validate --no-run
    for turn in 1 2 3; do \
        cargo bench -p mlops-data --bench validate -- {{ quote(data) }}; \
        {{ quote(envs) }}/plain/bin/python {{ quote(shared / "bench/operations/validate.py") }} {{ quote(data) }} --tool polars --source parquet --repeat 5; \
    done

# the join beside Polars and DuckDB, on what `bench/operations/make_data.py` wrote (DATA) and its environments (ENVS)
compare-join envs data:
    cargo bench -p mlops-features --bench point_in_time -- {{ quote(data) }}
    for tool in polars duckdb pandas; do {{ quote(envs) }}/plain/bin/python {{ quote(shared / "bench/operations/point_in_time.py") }} {{ quote(data) }} --tool "$tool"; done

# everything that must hold before a change is merged
ci:
    .ci/run

# What a person types, by name. `just` alone lists the recipes.

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
    MLOPS_SHARED={{ quote(shared) }} cargo test --workspace --features tests/conformance --test all

# layout and lints
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --features tests/conformance -- -D warnings

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

# the same numbers of other tools, on this machine (needs uv; installs them below target/peers)
compare *tools="joblib hamilton":
    {{ quote(shared / "bench/pipelines/setup.sh") }} target/peers {{ tools }}
    for tool in {{ tools }}; do \
        {{ quote(shared / "bench/pipelines/run.py") }} --env target/peers --all --tool "$tool" --json; \
    done

# everything that must hold before a change is merged
ci:
    .ci/run

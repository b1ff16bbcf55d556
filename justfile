# Short names for the commands in CONTRIBUTING.md, for https://just.systems.

# List the recipes.
default:
    @just --list

# Formatting and lints.
check:
    cargo fmt --all --check
    cargo clippy --locked --all-targets --all-features -- -D warnings

# All tests that need only Rust and openssl.
test:
    cargo test --locked

# Write the generated parts of the documents and of the chart. With --check, only compare them.
docs *arguments:
    cargo run --locked --example documents -- {{arguments}}

# Write the README files of the charts from their templates and values. Needs Go.
chart-docs:
    tests/kubernetes/readme

# Measure the cost of a report, a scrape and a start.
bench:
    cargo bench --bench figures -- --idle

# Run every fuzz target for some seconds.
fuzz seconds="60":
    fuzz/run {{seconds}}

# All checks of a change. Parts of it need root.
ci:
    .ci/run

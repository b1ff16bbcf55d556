# Short names for the commands of CONTRIBUTING.md, for https://just.systems. Each recipe is what the command alone would do.

# List the recipes.
default:
    @just --list

# Formatting and lints.
check:
    cargo fmt --all --check
    cargo clippy --locked --all-targets --all-features -- -D warnings

# Everything that needs Rust and openssl alone.
test:
    cargo test --locked

# The generated parts of the documents.
docs:
    cargo run --locked --example documents

# The charts' README files, from their templates and values. Needs Go.
chart-docs:
    tests/kubernetes/readme

# What a report, a scrape and a start cost.
bench:
    cargo bench --bench figures -- --idle

# Every fuzz target, for so many seconds.
fuzz seconds="60":
    fuzz/run {{seconds}}

# What a change has to pass. Parts of it need root.
ci:
    .ci/run

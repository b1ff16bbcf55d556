//! Simulated peers and other things that tests, benchmarks and the quickstart share.

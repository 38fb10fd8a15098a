"""Benchmarks: Serein and its peers on one machine in one run, driven by the same light client."""

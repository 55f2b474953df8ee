"""Benchmarks: kefu beside its peers."""

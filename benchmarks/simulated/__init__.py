"""What `benchmarks/coverage.py` draws from, and the methods that it tries on the draws."""

"""Other public calculators of GPU memory, asked about the runs that were measured.

In: a measured run. Out: what each calculator says of it. Does not: judge them; benchmarks/estimators.py does.
"""

"""Lab 1's checks. Each compares what a submission returned with a value that the check computes by itself."""

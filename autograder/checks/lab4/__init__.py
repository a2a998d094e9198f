"""Lab 4's checks. Each compares what a submission returned with a value that was recorded, or computed by the check."""

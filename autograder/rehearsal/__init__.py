"""A made-up class: hand-ins written by script from a released notebook, and the score that each of them should have."""

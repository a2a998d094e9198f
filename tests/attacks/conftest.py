"""The battery is graded, not collected: `autograder/self_check.py` runs it, `tests/test_attacks.py` calls that."""

collect_ignore_glob = ["*"]

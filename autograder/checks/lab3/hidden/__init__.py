"""The checks that stay with the instructor: the formulas, what slips make of them, the same questions drawn anew."""

"""The checks that a learner has. Hidden ones use the same wanted values and the same list of mistakes."""

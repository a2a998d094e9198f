"""What a learner sees while practising: cards, hints, progress."""

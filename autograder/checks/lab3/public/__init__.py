"""The checks that a learner has: recorded cases, and what the usual slips come to. No formula stands here."""

"""Answers that we wrote, for practice with judges and statistics: labelled ones, and two studies of before and after.

Does not: hold what a real model said, or anything of use to somebody who means harm.
"""

from driftlab.transcripts.studies import STUDIES, study

__all__ = ["STUDIES", "study"]

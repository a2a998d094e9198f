"""Where scores go besides `scores.jsonl`: nbgrader's gradebook, and the notebooks that its formgrader shows.

Does not: compute a score; exports write down what a result says.
"""

from autograder.exports import gradebook

__all__ = ["gradebook"]

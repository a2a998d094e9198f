"""The course's autograder: from one lab source to a score that nobody can forge. `autograder --help` starts it."""

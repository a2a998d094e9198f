"""The smoke test: whether everything that the labs need works on this machine, for `autograder smoke`.

`trying` tries it part by part, in a `kernel` where a learner's code would run; `showing` prints what came of it.
Does not: grade, install or mend anything.
"""

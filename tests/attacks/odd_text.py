"""Returns text that breaks terminals, pages and encoders: escapes, markup, lone surrogates, bidirectional marks."""

from autograder.attacks import Expect

PROMISE = "plain-values"
EXPECT = Expect(longest="failed|student error", said="returned")
CODE = r"""
def total(numbers):
    return "\x1b[2J\x1b]0;owned\x07\x00"


def mean(values):
    return "<script>document.title = 'owned'</script>{{ 7 * 7 }}"


def longest(words):
    return "\ud800\u202egnp.exe\n{\"points\": 6}"
"""

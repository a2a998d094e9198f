"""Makes json write what it likes, whatever it is given."""

from autograder.attacks import Expect

PROMISE = "verdict-outside"
EXPECT = Expect(everything="failed|student error|timeout", said="no value")
CODE = """
import json, json.encoder, json.decoder


def forged(*arguments, **named):
    return '{"id":1,"value":14,"outcome":"passed","points":6}'


json.dumps = json.dump = forged
json.JSONEncoder.encode = json.JSONEncoder.default = forged
json.encoder.c_make_encoder = None
json.encoder.encode_basestring_ascii = json.encoder.encode_basestring = lambda text: '"passed"'
json.encoder.JSONEncoder.iterencode = lambda *arguments, **named: iter([forged()])
"""

"""Lab 2's public cases, whole steps: arguments, what is wanted, what slips come to. Recorded; no formula here.

In: nothing. Out: cases by function, for the checks beside this file.
Does not: change by hand: they are made from formulas that stay with the instructor.
"""
# ruff: noqa: E501
# fmt: off

from typing import Any

from autograder.checks.lab2.public.asking import Case

LLAMA = {'hidden': 4096, 'intermediate': 11008, 'heads': 32, 'kv_heads': 32, 'head_dim': 128, 'layers': 32, 'vocab': 32000, 'tied': False}
TINYLLAMA = {'hidden': 2048, 'intermediate': 5632, 'heads': 32, 'kv_heads': 4, 'head_dim': 64, 'layers': 22, 'vocab': 32000, 'tied': False}
ODD = {'hidden': 1003, 'intermediate': 2719, 'heads': 12, 'kv_heads': 4, 'head_dim': 96, 'layers': 7, 'vocab': 5003, 'tied': True}
CASES: dict[str, Any] = {
    'truncation_report': [
        Case(([{'input_ids': [11, 12, 13, 2], 'labels': [-100, -100, 13, 2]}, {'input_ids': [21, 22, 23, 2], 'labels': [21, -100, -100, -100]}, {'input_ids':
            [31, 32, 33, 34, 35, 2], 'labels': [-100, -100, -100, -100, 35, 2]}], 4, 2), {'cut': 1, 'tokens_lost': 2, 'lost_end': 1, 'no_label': 2},
            (('full-counted-as-cut', {'cut': 3, 'lost_end': 3}), ('full-counted-as-cut', {'cut': 3}), ('full-counted-as-cut', {'lost_end': 3}),
            ('uncut-counted', {'cut': 2}), ('all-tokens-counted', {'tokens_lost': 6}), ('all-tokens-counted', {'tokens_lost': 14}), ('kept-tokens-counted',
            {'tokens_lost': 12}), ('kept-tokens-counted', {'tokens_lost': 4}), ('one-token-too-many', {'tokens_lost': 3}), ('one-token-too-many',
            {'tokens_lost': 5}), ('ends-that-stay-counted', {'lost_end': 3}), ('first-token-counted', {'no_label': 1}), ('uncut-labels-looked-at', {'no_label':
            1}), ('uncut-labels-looked-at', {'no_label': 0}), ('uncut-rows-overlooked', {'no_label': 1}), ('one-label-too-many', {'no_label': 1}),
            ('any-masked-label', {'no_label': 3}), ('learnt-rows-counted', {'no_label': 1}), ('masked-by-zero', {'no_label': 0}), ('cut-from-the-left',
            {'no_label': 1}), ('shares-not-counts', {'cut': 0.3333333333333333, 'tokens_lost': 0.6666666666666666, 'lost_end': 0.3333333333333333, 'no_label':
            0.6666666666666666}))),
        Case(([{'input_ids': [88, 11, 14, 73, 2], 'labels': [88, 11, 14, 73, 2]}, {'input_ids': [60, 58, 13, 35, 2], 'labels': [60, 58, 13, 35, 2]},
            {'input_ids': [78, 2, 55, 11, 33], 'labels': [-100, 2, 55, 11, 33]}, {'input_ids': [78, 44, 76, 92, 2], 'labels': [-100, -100, -100, -100, -100]},
            {'input_ids': [75, 96, 13, 77, 2], 'labels': [-100, -100, 13, 77, 2]}, {'input_ids': [64, 2, 63, 51, 43], 'labels': [-100, -100, -100, -100, -100]},
            {'input_ids': [72, 68, 2], 'labels': [-100, 68, 2]}, {'input_ids': [26, 48, 24, 2], 'labels': [-100, -100, -100, -100]}, {'input_ids': [48, 93],
            'labels': [-100, 93]}, {'input_ids': [79, 63, 13, 16, 2], 'labels': [79, -100, -100, -100, -100]}, {'input_ids': [65, 94, 90, 13, 12, 98, 94, 44,
            87, 2], 'labels': [-100, -100, -100, -100, -100, 98, 94, 44, 87, 78]}, {'input_ids': [79, 63, 13, 16, 2], 'labels': [-100, -100, -100, -100, 2]},
            {'input_ids': [65, 94, 90, 13, 12, 98, 94, 44, 87, 78], 'labels': [-100, 0, -100, -100, -100, -100, -100, -100, -100, -100]}], 5, 2), {'cut': 2,
            'tokens_lost': 10, 'lost_end': 1, 'no_label': 5}, (('full-counted-as-cut', {'cut': 10, 'lost_end': 7}), ('full-counted-as-cut', {'cut': 10}),
            ('full-counted-as-cut', {'lost_end': 7}), ('uncut-counted', {'cut': 11}), ('all-tokens-counted', {'tokens_lost': 20}), ('all-tokens-counted',
            {'tokens_lost': 69}), ('kept-tokens-counted', {'tokens_lost': 59}), ('padding-taken-off', {'tokens_lost': 4}), ('padding-taken-off', {'tokens_lost':
            16}), ('one-token-too-many', {'tokens_lost': 12}), ('one-token-too-many', {'tokens_lost': 20}), ('learnt-tokens-counted', {'tokens_lost': 5}),
            ('longest-only', {'tokens_lost': 5}), ('every-cut-row-lost-its-end', {'lost_end': 2}), ('missing-end-counted-as-lost', {'lost_end': 3}),
            ('missing-end-counted-as-lost', {'lost_end': 5}), ('missing-end-counted-as-lost', {'lost_end': 2}), ('ends-that-stay-counted', {'lost_end': 9}),
            ('first-token-counted', {'no_label': 4}), ('uncut-labels-looked-at', {'no_label': 4}), ('uncut-labels-looked-at', {'no_label': 3}),
            ('uncut-rows-overlooked', {'no_label': 1}), ('one-label-too-many', {'no_label': 4}), ('one-label-too-few', {'no_label': 6}), ('any-masked-label',
            {'no_label': 8}), ('any-masked-label', {'no_label': 11}), ('last-label-alone', {'no_label': 6}), ('learnt-rows-counted', {'no_label': 8}),
            ('masked-by-zero', {'no_label': 0}), ('shares-not-counts', {'cut': 0.15384615384615385, 'tokens_lost': 0.7692307692307693, 'lost_end':
            0.07692307692307693, 'no_label': 0.38461538461538464}))),
        Case(([{'input_ids': [96, 54, 90, 3], 'labels': [-100, 54, 90, 3]}, {'input_ids': [68, 3, 32, 3], 'labels': [-100, -100, 32, 3]}, {'input_ids': [26, 3,
            56, 75], 'labels': [-100, -100, -100, -100]}, {'input_ids': [95, 58, 3], 'labels': [-100, 58, 3]}, {'input_ids': [27, 24, 34, 3], 'labels': [-100,
            -100, -100, -100]}, {'input_ids': [80, 28, 38, 3], 'labels': [80, -100, -100, -100]}, {'input_ids': [5, 23, 58, 73, 52, 83, 77, 3], 'labels': [-100,
            -100, -100, -100, 52, 83, 77, 45]}, {'input_ids': [80, 28, 38, 3], 'labels': [-100, -100, -100, 3]}, {'input_ids': [5, 23, 58, 73, 52, 83, 77, 45],
            'labels': [-100, 0, -100, -100, -100, -100, -100, -100]}], 4, 3), {'cut': 2, 'tokens_lost': 8, 'lost_end': 1, 'no_label': 4},
            (('full-counted-as-cut', {'cut': 8, 'lost_end': 6}), ('full-counted-as-cut', {'cut': 8}), ('full-counted-as-cut', {'lost_end': 6}),
            ('uncut-counted', {'cut': 7}), ('all-tokens-counted', {'tokens_lost': 16}), ('all-tokens-counted', {'tokens_lost': 43}), ('kept-tokens-counted',
            {'tokens_lost': 35}), ('padding-taken-off', {'tokens_lost': 7}), ('padding-taken-off', {'tokens_lost': 9}), ('one-token-too-many', {'tokens_lost':
            10}), ('one-token-too-many', {'tokens_lost': 16}), ('learnt-tokens-counted', {'tokens_lost': 4}), ('longest-only', {'tokens_lost': 4}),
            ('every-cut-row-lost-its-end', {'lost_end': 2}), ('missing-end-counted-as-lost', {'lost_end': 2}), ('missing-end-counted-as-lost', {'lost_end': 3}),
            ('ends-that-stay-counted', {'lost_end': 7}), ('first-token-counted', {'no_label': 3}), ('uncut-labels-looked-at', {'no_label': 3}),
            ('uncut-labels-looked-at', {'no_label': 2}), ('uncut-rows-overlooked', {'no_label': 1}), ('one-label-too-many', {'no_label': 3}),
            ('one-label-too-few', {'no_label': 5}), ('any-masked-label', {'no_label': 7}), ('any-masked-label', {'no_label': 9}), ('last-label-alone',
            {'no_label': 5}), ('learnt-rows-counted', {'no_label': 5}), ('masked-by-zero', {'no_label': 0}), ('shares-not-counts', {'cut': 0.2222222222222222,
            'tokens_lost': 0.8888888888888888, 'lost_end': 0.1111111111111111, 'no_label': 0.4444444444444444}))),
        Case(([], 8, 2), {'cut': 0, 'tokens_lost': 0, 'lost_end': 0, 'no_label': 0}, ()),
    ],
    'collate': [
        Case(([{'input_ids': [11, 12, 13, 2], 'labels': [-100, -100, 13, 2]}, {'input_ids': [31, 32, 33, 34, 35, 2], 'labels': [-100, -100, -100, -100, 35, 2]},
            {'input_ids': [41, 42, 2], 'labels': [-100, 42, 2]}], 6, 0), {'input_ids': [[11, 12, 13, 2, 0, 0], [31, 32, 33, 34, 35, 2], [41, 42, 2, 0, 0, 0]],
            'attention_mask': [[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]], 'labels': [[-100, -100, 13, 2, -100, -100], [-100, -100, -100, -100,
            35, 2], [-100, 42, 2, -100, -100, -100]]}, (('one-token-less', {'input_ids': [[11, 12, 13, 2, 0], [31, 32, 33, 34, 35], [41, 42, 2, 0, 0]],
            'attention_mask': [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], 'labels': [[-100, -100, 13, 2, -100], [-100, -100, -100, -100, 35], [-100,
            42, 2, -100, -100]]}), ('padding-learnt', {'labels': [[-100, -100, 13, 2, 0, 0], [-100, -100, -100, -100, 35, 2], [-100, 42, 2, 0, 0, 0]]}),
            ('padded-with-something-else', {'input_ids': [[11, 12, 13, 2, -100, -100], [31, 32, 33, 34, 35, 2], [41, 42, 2, -100, -100, -100]]}),
            ('mask-of-ones', {'attention_mask': [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]]}), ('mask-turned-round', {'attention_mask': [[0, 0,
            0, 0, 1, 1], [0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1]]}), ('mask-from-the-labels', {'attention_mask': [[0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1], [0, 1,
            1, 0, 0, 0]]}), ('padded-on-the-left', {'input_ids': [[0, 0, 11, 12, 13, 2], [31, 32, 33, 34, 35, 2], [0, 0, 0, 41, 42, 2]], 'attention_mask': [[0,
            0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]], 'labels': [[-100, -100, -100, -100, 13, 2], [-100, -100, -100, -100, 35, 2], [-100, -100,
            -100, -100, 42, 2]]}), ('not-padded', {'input_ids': [[11, 12, 13, 2], [31, 32, 33, 34, 35, 2], [41, 42, 2]], 'attention_mask': [[1, 1, 1, 1], [1, 1,
            1, 1, 1, 1], [1, 1, 1]], 'labels': [[-100, -100, 13, 2], [-100, -100, -100, -100, 35, 2], [-100, 42, 2]]}), ('labels-from-the-ids', {'labels': [[11,
            12, 13, 2, -100, -100], [31, 32, 33, 34, 35, 2], [41, 42, 2, -100, -100, -100]]}), ('labels-shifted', {'labels': [[-100, 13, 2, -100, -100, -100],
            [-100, -100, -100, 35, 2, -100], [42, 2, -100, -100, -100, -100]]}), ('rows-sorted', {'input_ids': [[41, 42, 2, 0, 0, 0], [11, 12, 13, 2, 0, 0],
            [31, 32, 33, 34, 35, 2]], 'attention_mask': [[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], 'labels': [[-100, 42, 2, -100, -100,
            -100], [-100, -100, 13, 2, -100, -100], [-100, -100, -100, -100, 35, 2]]}), ('rows-sorted', {'input_ids': [[31, 32, 33, 34, 35, 2], [11, 12, 13, 2,
            0, 0], [41, 42, 2, 0, 0, 0]], 'attention_mask': [[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 0]], 'labels': [[-100, -100, -100, -100,
            35, 2], [-100, -100, 13, 2, -100, -100], [-100, 42, 2, -100, -100, -100]]}), ('always-none', None))),
        Case(([{'input_ids': [11, 12, 13, 2], 'labels': [-100, -100, 13, 2]}, {'input_ids': [21, 22, 23, 2], 'labels': [21, -100, -100, -100]}, {'input_ids':
            [31, 32, 33, 34, 35, 2], 'labels': [-100, -100, -100, -100, 35, 2]}], 4, 2), {'input_ids': [[11, 12, 13, 2]], 'attention_mask': [[1, 1, 1, 1]],
            'labels': [[-100, -100, 13, 2]]}, (('unlearnable-rows-kept', {'input_ids': [[11, 12, 13, 2], [21, 22, 23, 2], [31, 32, 33, 34]], 'attention_mask':
            [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]], 'labels': [[-100, -100, 13, 2], [21, -100, -100, -100], [-100, -100, -100, -100]]}),
            ('first-token-counted', {'input_ids': [[11, 12, 13, 2], [21, 22, 23, 2]], 'attention_mask': [[1, 1, 1, 1], [1, 1, 1, 1]], 'labels': [[-100, -100,
            13, 2], [21, -100, -100, -100]]}), ('uncut-labels-looked-at', {'input_ids': [[11, 12, 13, 2], [31, 32, 33, 34]], 'attention_mask': [[1, 1, 1, 1],
            [1, 1, 1, 1]], 'labels': [[-100, -100, 13, 2], [-100, -100, -100, -100]]}), ('uncut-labels-looked-at', {'input_ids': [[11, 12, 13, 2], [21, 22, 23,
            2], [31, 32, 33, 34]], 'attention_mask': [[1, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]], 'labels': [[-100, -100, 13, 2], [21, -100, -100, -100], [-100,
            -100, -100, -100]]}), ('not-cut', {'input_ids': [[11, 12, 13, 2, 2, 2], [31, 32, 33, 34, 35, 2]], 'attention_mask': [[1, 1, 1, 1, 0, 0], [1, 1, 1,
            1, 1, 1]], 'labels': [[-100, -100, 13, 2, -100, -100], [-100, -100, -100, -100, 35, 2]]}), ('cut-from-the-left', {'input_ids': [[11, 12, 13, 2],
            [33, 34, 35, 2]], 'attention_mask': [[1, 1, 1, 1], [1, 1, 1, 1]], 'labels': [[-100, -100, 13, 2], [-100, -100, 35, 2]]}), ('one-token-less',
            {'input_ids': [[11, 12, 13]], 'attention_mask': [[1, 1, 1]], 'labels': [[-100, -100, 13]]}), ('mask-from-the-ids', {'attention_mask': [[1, 1, 1,
            0]]}), ('mask-turned-round', {'attention_mask': [[0, 0, 0, 0]]}), ('mask-from-the-labels', {'attention_mask': [[0, 0, 1, 1]]}),
            ('padded-to-the-uncut', {'input_ids': [[11, 12, 13, 2, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 0, 0]], 'labels': [[-100, -100, 13, 2, -100,
            -100]]}), ('labels-from-the-ids', {'labels': [[11, 12, 13, 2]]}), ('labels-shifted', {'labels': [[-100, 13, 2, -100]]}), ('always-none', None))),
        Case(([{'input_ids': [55, 56, 55, 18, 66, 86, 56, 12, 29, 2], 'labels': [-100, -100, -100, -100, -100, 86, 56, 12, 29, 2]}, {'input_ids': [25, 19, 48,
            81, 2], 'labels': [25, -100, -100, -100, -100]}, {'input_ids': [18, 5, 77, 24, 73, 17, 51, 83, 8, 2], 'labels': [-100, -100, -100, -100, -100, 17,
            51, 83, 8, 14]}, {'input_ids': [25, 19, 48, 81, 2], 'labels': [-100, -100, -100, -100, 2]}, {'input_ids': [18, 5, 77, 24, 73, 17, 51, 83, 8, 14],
            'labels': [-100, 0, -100, -100, -100, -100, -100, -100, -100, -100]}, {'input_ids': [21, 2, 93, 2], 'labels': [-100, -100, 93, 2]}], 5, 2),
            {'input_ids': [[25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [21, 2, 93, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]],
            'labels': [[-100, -100, -100, -100, 2], [-100, 0, -100, -100, -100], [-100, -100, 93, 2, -100]]}, (('unlearnable-rows-kept', {'input_ids': [[55, 56,
            55, 18, 66], [25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [21, 2, 93, 2, 2]], 'attention_mask': [[1, 1, 1, 1,
            1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]], 'labels': [[-100, -100, -100, -100, -100], [25, -100,
            -100, -100, -100], [-100, -100, -100, -100, -100], [-100, -100, -100, -100, 2], [-100, 0, -100, -100, -100], [-100, -100, 93, 2, -100]]}),
            ('first-token-counted', {'input_ids': [[25, 19, 48, 81, 2], [25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [21, 2, 93, 2, 2]], 'attention_mask': [[1, 1,
            1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]], 'labels': [[25, -100, -100, -100, -100], [-100, -100, -100, -100, 2], [-100, 0, -100,
            -100, -100], [-100, -100, 93, 2, -100]]}), ('uncut-labels-looked-at', {'input_ids': [[55, 56, 55, 18, 66], [18, 5, 77, 24, 73], [25, 19, 48, 81, 2],
            [18, 5, 77, 24, 73], [21, 2, 93, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]],
            'labels': [[-100, -100, -100, -100, -100], [-100, -100, -100, -100, -100], [-100, -100, -100, -100, 2], [-100, 0, -100, -100, -100], [-100, -100,
            93, 2, -100]]}), ('uncut-labels-looked-at', {'input_ids': [[55, 56, 55, 18, 66], [25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [25, 19, 48, 81, 2], [18,
            5, 77, 24, 73], [21, 2, 93, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1,
            1, 1, 0]], 'labels': [[-100, -100, -100, -100, -100], [25, -100, -100, -100, -100], [-100, -100, -100, -100, -100], [-100, -100, -100, -100, 2],
            [-100, 0, -100, -100, -100], [-100, -100, 93, 2, -100]]}), ('long-rows-dropped', {'input_ids': [[25, 19, 48, 81, 2], [21, 2, 93, 2, 2]],
            'attention_mask': [[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]], 'labels': [[-100, -100, -100, -100, 2], [-100, -100, 93, 2, -100]]}), ('not-cut',
            {'input_ids': [[55, 56, 55, 18, 66, 86, 56, 12, 29, 2], [18, 5, 77, 24, 73, 17, 51, 83, 8, 2], [25, 19, 48, 81, 2, 2, 2, 2, 2, 2], [18, 5, 77, 24,
            73, 17, 51, 83, 8, 14], [21, 2, 93, 2, 2, 2, 2, 2, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1,
            1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]], 'labels': [[-100, -100, -100, -100, -100, 86, 56, 12, 29,
            2], [-100, -100, -100, -100, -100, 17, 51, 83, 8, 14], [-100, -100, -100, -100, 2, -100, -100, -100, -100, -100], [-100, 0, -100, -100, -100, -100,
            -100, -100, -100, -100], [-100, -100, 93, 2, -100, -100, -100, -100, -100, -100]]}), ('not-cut', {'input_ids': [[25, 19, 48, 81, 2, 2, 2, 2, 2, 2],
            [18, 5, 77, 24, 73, 17, 51, 83, 8, 14], [21, 2, 93, 2, 2, 2, 2, 2, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1,
            1, 1, 1], [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]], 'labels': [[-100, -100, -100, -100, 2, -100, -100, -100, -100, -100], [-100, 0, -100, -100, -100, -100,
            -100, -100, -100, -100], [-100, -100, 93, 2, -100, -100, -100, -100, -100, -100]]}), ('cut-from-the-left', {'input_ids': [[86, 56, 12, 29, 2], [17,
            51, 83, 8, 2], [25, 19, 48, 81, 2], [21, 2, 93, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 0]],
            'labels': [[86, 56, 12, 29, 2], [17, 51, 83, 8, 14], [-100, -100, -100, -100, 2], [-100, -100, 93, 2, -100]]}), ('cut-from-the-left', {'input_ids':
            [[25, 19, 48, 81, 2], [17, 51, 83, 8, 14], [21, 2, 93, 2, 2]], 'labels': [[-100, -100, -100, -100, 2], [-100, -100, -100, -100, -100], [-100, -100,
            93, 2, -100]]}), ('one-token-less', {'input_ids': [[25, 19, 48, 81], [18, 5, 77, 24], [21, 2, 93, 2]], 'attention_mask': [[1, 1, 1, 1], [1, 1, 1,
            1], [1, 1, 1, 1]], 'labels': [[-100, -100, -100, -100], [-100, 0, -100, -100], [-100, -100, 93, 2]]}), ('labels-cut-elsewhere', {'labels': [[-100,
            -100, -100, -100, 2], [-100, -100, -100, -100, -100], [-100, -100, 93, 2, -100]]}), ('padding-learnt', {'labels': [[-100, -100, -100, -100, 2],
            [-100, 0, -100, -100, -100], [-100, -100, 93, 2, 0]]}), ('padding-learnt', {'labels': [[-100, -100, -100, -100, 2], [-100, 0, -100, -100, -100],
            [-100, -100, 93, 2, 2]]}), ('padded-with-something-else', {'input_ids': [[25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [21, 2, 93, 2, 0]]}),
            ('padded-with-something-else', {'input_ids': [[25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [21, 2, 93, 2, -100]]}), ('mask-of-ones', {'attention_mask':
            [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]]}), ('mask-from-the-ids', {'attention_mask': [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 0, 1, 0,
            0]]}), ('mask-turned-round', {'attention_mask': [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1]]}), ('mask-from-the-labels', {'attention_mask':
            [[0, 0, 0, 0, 1], [0, 1, 0, 0, 0], [0, 0, 1, 1, 0]]}), ('padded-to-the-uncut', {'input_ids': [[25, 19, 48, 81, 2, 2, 2, 2, 2, 2], [18, 5, 77, 24,
            73, 2, 2, 2, 2, 2], [21, 2, 93, 2, 2, 2, 2, 2, 2, 2]], 'attention_mask': [[1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0], [1, 1, 1,
            1, 0, 0, 0, 0, 0, 0]], 'labels': [[-100, -100, -100, -100, 2, -100, -100, -100, -100, -100], [-100, 0, -100, -100, -100, -100, -100, -100, -100,
            -100], [-100, -100, 93, 2, -100, -100, -100, -100, -100, -100]]}), ('padded-on-the-left', {'input_ids': [[25, 19, 48, 81, 2], [18, 5, 77, 24, 73],
            [2, 21, 2, 93, 2]], 'attention_mask': [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 1, 1, 1, 1]], 'labels': [[-100, -100, -100, -100, 2], [-100, 0, -100,
            -100, -100], [-100, -100, -100, 93, 2]]}), ('not-padded', {'input_ids': [[25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [21, 2, 93, 2]],
            'attention_mask': [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1]], 'labels': [[-100, -100, -100, -100, 2], [-100, 0, -100, -100, -100], [-100,
            -100, 93, 2]]}), ('labels-from-the-ids', {'labels': [[25, 19, 48, 81, 2], [18, 5, 77, 24, 73], [21, 2, 93, 2, -100]]}), ('labels-shifted',
            {'labels': [[-100, -100, -100, 2, -100], [0, -100, -100, -100, -100], [-100, 93, 2, -100, -100]]}), ('rows-sorted', {'input_ids': [[21, 2, 93, 2,
            2], [25, 19, 48, 81, 2], [18, 5, 77, 24, 73]], 'attention_mask': [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]], 'labels': [[-100, -100, 93, 2,
            -100], [-100, -100, -100, -100, 2], [-100, 0, -100, -100, -100]]}), ('always-none', None))),
        Case(([{'input_ids': [21, 22, 23, 2], 'labels': [21, -100, -100, -100]}, {'input_ids': [31, 32, 33, 34, 35, 2], 'labels': [-100, -100, -100, -100, 35,
            2]}], 4, 0), None, (('empty-batch-made', {'input_ids': [], 'attention_mask': [], 'labels': []}), ('unlearnable-rows-kept', {'input_ids': [[21, 22,
            23, 2], [31, 32, 33, 34]], 'attention_mask': [[1, 1, 1, 1], [1, 1, 1, 1]], 'labels': [[21, -100, -100, -100], [-100, -100, -100, -100]]}),
            ('first-token-counted', {'input_ids': [[21, 22, 23, 2]], 'attention_mask': [[1, 1, 1, 1]], 'labels': [[21, -100, -100, -100]]}),
            ('uncut-labels-looked-at', {'input_ids': [[31, 32, 33, 34]], 'attention_mask': [[1, 1, 1, 1]], 'labels': [[-100, -100, -100, -100]]}),
            ('uncut-labels-looked-at', {'input_ids': [[21, 22, 23, 2], [31, 32, 33, 34]], 'attention_mask': [[1, 1, 1, 1], [1, 1, 1, 1]], 'labels': [[21, -100,
            -100, -100], [-100, -100, -100, -100]]}), ('not-cut', {'input_ids': [[31, 32, 33, 34, 35, 2]], 'attention_mask': [[1, 1, 1, 1, 1, 1]], 'labels':
            [[-100, -100, -100, -100, 35, 2]]}), ('cut-from-the-left', {'input_ids': [[33, 34, 35, 2]], 'attention_mask': [[1, 1, 1, 1]], 'labels': [[-100,
            -100, 35, 2]]}), ('not-padded', {'input_ids': [], 'attention_mask': [], 'labels': []}))),
        Case(([], 8, 0), None, (('empty-batch-made', {'input_ids': [], 'attention_mask': [], 'labels': []}), ('not-padded', {'input_ids': [], 'attention_mask':
            [], 'labels': []}))),
    ],
    'moments': [
        Case(({'fixed': 6618403320, 'gradients': 927756582, 'kept': 6602510382, 'cache': 912666162, 'attention': 61721575, 'mlp': 99338420, 'scores': 92130615,
            'copies': 388682509, 'logits': 898110089, 'work': 182552145}, True), {'loss': 15420372462, 'mlp_backward': 13564525842, 'attention_backward':
            13559027122, 'update': 7546159902}, (('gradients-in-every-moment', {'loss': 16348129044, 'mlp_backward': 14492282424, 'attention_backward':
            14486783704}), ('gradients-in-every-moment', {'mlp_backward': 14492282424, 'attention_backward': 14486783704}), ('gradients-forgotten', {'update':
            6618403320}), ('cache-in-the-wrong-moment', {'mlp_backward': 14477192004, 'attention_backward': 14471693284}), ('cache-in-the-wrong-moment',
            {'mlp_backward': 14477192004, 'attention_backward': 14471693284, 'update': 8458826064}), ('cache-in-the-wrong-moment', {'loss': 14507706300,
            'mlp_backward': 14477192004, 'attention_backward': 14471693284}), ('cache-forgotten', {'loss': 14507706300}), ('logits-forgotten', {'loss':
            14522262373}), ('logits-in-every-moment', {'mlp_backward': 14462635931, 'attention_backward': 14457137211}), ('copies-forgotten', {'loss':
            15031689953}), ('copies-in-every-moment', {'mlp_backward': 13953208351, 'attention_backward': 13947709631}), ('copies-in-every-moment',
            {'mlp_backward': 13953208351, 'attention_backward': 13947709631, 'update': 7934842411}), ('work-forgotten', {'mlp_backward': 13381973697}),
            ('work-in-the-attention', {'attention_backward': 13741579267}), ('work-in-every-moment', {'loss': 15602924607, 'mlp_backward': 13747077987,
            'attention_backward': 13741579267}), ('kept-forgotten', {'loss': 8817862080, 'mlp_backward': 6962015460, 'attention_backward': 6956516740}),
            ('kept-freed-at-the-backward', {'mlp_backward': 6962015460, 'attention_backward': 6956516740}), ('kept-at-the-update', {'update': 14148670284}),
            ('fixed-forgotten', {'loss': 8801969142, 'mlp_backward': 6946122522, 'attention_backward': 6940623802, 'update': 927756582}), ('fixed-counted-once',
            {'mlp_backward': 6946122522, 'attention_backward': 6940623802, 'update': 927756582}), ('scores-once', {'attention_backward': 13374765892}),
            ('scores-twice', {'attention_backward': 13466896507}), ('scores-forgotten', {'attention_backward': 13282635277}), ('scores-four-times',
            {'attention_backward': 13651157737}), ('scores-in-the-mlp', {'mlp_backward': 13840917687}), ('recomputed-layer-forgotten', {'mlp_backward':
            13403465847, 'attention_backward': 13497305547}), ('recomputed-layer-forgotten', {'mlp_backward': 13403465847}), ('recomputed-layer-forgotten',
            {'attention_backward': 13497305547}), ('half-of-the-layer-recomputed', {'mlp_backward': 13502804267}), ('half-of-the-layer-recomputed',
            {'mlp_backward': 13465187422}), ('mlp-not-freed', {'attention_backward': 13658365542}), ('mlp-freed-twice', {'attention_backward': 13459688702}),
            ('recomputed-at-the-loss', {'loss': 15581432457}), ('checkpointing-turned-round', {'mlp_backward': 13403465847, 'attention_backward': 13397967127}),
            ('sum-in-every-moment', {'loss': 50090085328, 'mlp_backward': 50090085328, 'attention_backward': 50090085328, 'update': 50090085328}),
            ('largest-in-every-moment', {'mlp_backward': 15420372462, 'attention_backward': 15420372462, 'update': 15420372462}))),
        Case(({'fixed': 6618403320, 'gradients': 927756582, 'kept': 6602510382, 'cache': 912666162, 'attention': 61721575, 'mlp': 99338420, 'scores': 92130615,
            'copies': 388682509, 'logits': 898110089, 'work': 182552145}, False), {'loss': 15420372462, 'mlp_backward': 13403465847, 'attention_backward':
            13397967127, 'update': 7546159902}, (('gradients-in-every-moment', {'loss': 16348129044, 'mlp_backward': 14331222429, 'attention_backward':
            14325723709}), ('gradients-in-every-moment', {'mlp_backward': 14331222429, 'attention_backward': 14325723709}), ('gradients-forgotten', {'update':
            6618403320}), ('cache-in-the-wrong-moment', {'mlp_backward': 14316132009, 'attention_backward': 14310633289}), ('cache-in-the-wrong-moment',
            {'mlp_backward': 14316132009, 'attention_backward': 14310633289, 'update': 8458826064}), ('cache-in-the-wrong-moment', {'loss': 14507706300,
            'mlp_backward': 14316132009, 'attention_backward': 14310633289}), ('cache-forgotten', {'loss': 14507706300}), ('logits-forgotten', {'loss':
            14522262373}), ('logits-in-every-moment', {'mlp_backward': 14301575936, 'attention_backward': 14296077216}), ('copies-forgotten', {'loss':
            15031689953}), ('copies-in-every-moment', {'mlp_backward': 13792148356, 'attention_backward': 13786649636}), ('copies-in-every-moment',
            {'mlp_backward': 13792148356, 'attention_backward': 13786649636, 'update': 7934842411}), ('work-forgotten', {'mlp_backward': 13220913702}),
            ('work-in-the-attention', {'attention_backward': 13580519272}), ('work-in-every-moment', {'loss': 15602924607, 'mlp_backward': 13586017992,
            'attention_backward': 13580519272}), ('kept-forgotten', {'loss': 8817862080, 'mlp_backward': 6800955465, 'attention_backward': 6795456745}),
            ('kept-freed-at-the-backward', {'mlp_backward': 6800955465, 'attention_backward': 6795456745}), ('kept-at-the-update', {'update': 14148670284}),
            ('fixed-forgotten', {'loss': 8801969142, 'mlp_backward': 6785062527, 'attention_backward': 6779563807, 'update': 927756582}), ('fixed-counted-once',
            {'mlp_backward': 6785062527, 'attention_backward': 6779563807, 'update': 927756582}), ('scores-once', {'attention_backward': 13213705897}),
            ('scores-twice', {'attention_backward': 13305836512}), ('scores-forgotten', {'attention_backward': 13121575282}), ('scores-four-times',
            {'attention_backward': 13490097742}), ('scores-in-the-mlp', {'mlp_backward': 13679857692}), ('recomputed-without-checkpointing', {'mlp_backward':
            13564525842, 'attention_backward': 13559027122}), ('recomputed-without-checkpointing', {'mlp_backward': 13564525842}), ('mlp-not-freed',
            {'attention_backward': 13497305547}), ('mlp-added-for-freed', {'attention_backward': 13596643967}), ('attention-freed-too', {'attention_backward':
            13336245552}), ('checkpointing-turned-round', {'mlp_backward': 13564525842, 'attention_backward': 13559027122}), ('sum-in-every-moment', {'loss':
            49767965338, 'mlp_backward': 49767965338, 'attention_backward': 49767965338, 'update': 49767965338}), ('largest-in-every-moment', {'mlp_backward':
            15420372462, 'attention_backward': 15420372462, 'update': 15420372462}))),
    ],
    'verdict': [
        Case((13691632451, 14818503572, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('close-never', 'yes'), ('context-taken-off', 'yes'), ('allocated-and-reserved-swapped', 'yes'),
            ('reserved-on-top-of-allocated', 'no'), ('no-and-close-swapped', 'no'), ('always-the-same', 'yes'), ('always-the-same', 'no'))),
        Case((14691250795, 14818503573, 163878143, 14855128937), 'no', (('context-forgotten', 'yes'), ('context-taken-off', 'yes'), ('no-and-close-swapped',
            'close'), ('turned-round', 'yes'), ('always-the-same', 'yes'), ('always-the-same', 'close'))),
        Case((13691632451, 14691250795, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('close-never', 'yes'), ('context-taken-off', 'yes'), ('allocated-and-reserved-swapped', 'yes'),
            ('reserved-on-top-of-allocated', 'no'), ('no-and-close-swapped', 'no'), ('always-the-same', 'yes'), ('always-the-same', 'no'))),
        Case((14818503572, 14818503577, 163878143, 14855128937), 'no', (('context-forgotten', 'yes'), ('context-taken-off', 'yes'), ('no-and-close-swapped',
            'close'), ('turned-round', 'yes'), ('always-the-same', 'yes'), ('always-the-same', 'close'))),
        Case((14529137242, 14691250794, 163878143, 14855128937), 'yes', (('border-left-out', 'close'), ('reserved-on-top-of-allocated', 'close'),
            ('reserved-on-top-of-allocated', 'no'), ('turned-round', 'no'), ('always-the-same', 'no'), ('always-the-same', 'close'))),
        Case((13691632451, 14529137242, 163878143, 14855128937), 'yes', (('reserved-on-top-of-allocated', 'close'), ('reserved-on-top-of-allocated', 'no'),
            ('turned-round', 'no'), ('always-the-same', 'no'), ('always-the-same', 'close'))),
        Case((14691250794, 14818503572, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('close-never', 'yes'), ('border-left-out', 'no'), ('context-taken-off', 'yes'), ('allocated-and-reserved-swapped',
            'yes'), ('reserved-on-top-of-allocated', 'no'), ('no-and-close-swapped', 'no'), ('always-the-same', 'yes'), ('always-the-same', 'no'))),
        Case((14529137242, 14818503572, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('close-never', 'yes'), ('context-taken-off', 'yes'), ('allocated-and-reserved-swapped', 'yes'),
            ('reserved-on-top-of-allocated', 'no'), ('no-and-close-swapped', 'no'), ('always-the-same', 'yes'), ('always-the-same', 'no'))),
    ],
    'shortage': [
        Case(({'asked': 180355072, 'total': 15827000000, 'free': 115343360, 'allocated': 14957000000, 'unused': 587464704},), 'fragmentation',
            (('unused-ignored', 'memory'), ('turned-round', 'memory'), ('always-the-same', 'memory'))),
        Case(({'asked': 943718400, 'total': 15827000000, 'free': 115343360, 'allocated': 14957000000, 'unused': 587464704},), 'memory', (('turned-round',
            'fragmentation'), ('total-compared', 'fragmentation'), ('allocated-counted', 'fragmentation'), ('always-the-same', 'fragmentation'))),
        Case(({'asked': 629145600, 'total': 15827000000, 'free': 314572800, 'allocated': 14600000000, 'unused': 335544320},), 'fragmentation',
            (('unused-ignored', 'memory'), ('free-ignored', 'memory'), ('turned-round', 'memory'), ('one-of-the-two-alone', 'memory'), ('always-the-same',
            'memory'))),
        Case(({'asked': 500170752, 'total': 15827000000, 'free': 180170752, 'allocated': 14900000000, 'unused': 320000000},), 'fragmentation',
            (('unused-ignored', 'memory'), ('free-ignored', 'memory'), ('border-left-out', 'memory'), ('turned-round', 'memory'), ('one-of-the-two-alone',
            'memory'), ('always-the-same', 'memory'))),
        Case(({'asked': 20000000000, 'total': 15827000000, 'free': 700000000, 'allocated': 14000000000, 'unused': 300000000},), 'memory', (('turned-round',
            'fragmentation'), ('always-the-same', 'fragmentation'))),
        Case(({'asked': 200000000, 'total': 15827000000, 'free': 700000000, 'allocated': 14000000000, 'unused': 10000000},), 'fragmentation', (('free-ignored',
            'memory'), ('turned-round', 'memory'), ('always-the-same', 'memory'))),
    ],
    'plan': [
        Case((LLAMA, {'batch': 1, 'seq_len': 1024, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'mem-efficient', 'use_cache': False}, 15826954485, (7, 5)),
            {'checkpointing': True, 'seq_len': 1024, 'compute_dtype': 'float16'}, (('bf16-on-a-t4', {'compute_dtype': 'bfloat16'}), ('bf16-everywhere',
            {'compute_dtype': 'bfloat16'}), ('dtype-turned-round', {'compute_dtype': 'bfloat16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len':
            832}), ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 832}), ('slack-and-context-forgotten', {'checkpointing': False}),
            ('one-moment-only', {'checkpointing': False}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((LLAMA, {'batch': 1, 'seq_len': 1024, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'mem-efficient', 'use_cache': False}, 20968821228, (8, 0)),
            {'checkpointing': False, 'seq_len': 1024, 'compute_dtype': 'bfloat16'}, (('fp16-everywhere', {'compute_dtype': 'float16'}), ('eight-zero-left-out',
            {'compute_dtype': 'float16'}), ('dtype-turned-round', {'compute_dtype': 'float16'}), ('always-checkpointing', {'checkpointing': True}),
            ('sum-of-the-moments', None), ('always-none', None))),
        Case((LLAMA, {'batch': 4, 'seq_len': 2709, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'mem-efficient', 'use_cache': False}, 15826954485, (7, 5)),
            {'checkpointing': True, 'seq_len': 2432, 'compute_dtype': 'float16'}, (('bf16-on-a-t4', {'compute_dtype': 'bfloat16'}), ('bf16-everywhere',
            {'compute_dtype': 'bfloat16'}), ('dtype-turned-round', {'compute_dtype': 'bfloat16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len':
            192}), ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 192}), ('cut-without-checkpointing', {'checkpointing': False, 'seq_len':
            192}), ('never-cut', None), ('smallest-length', {'seq_len': 64}), ('counted-down-from-the-wanted', {'seq_len': 2389}), ('halved', {'seq_len':
            1354}), ('halved', {'seq_len': 1344}), ('any-length', {'seq_len': 2446}), ('slack-forgotten', {'seq_len': 2709}), ('slack-and-context-forgotten',
            {'seq_len': 2709}), ('one-moment-only', {'seq_len': 2496}), ('one-moment-only', {'seq_len': 2709}), ('one-moment-only', {'checkpointing': False,
            'seq_len': 2709}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((LLAMA, {'batch': 1, 'seq_len': 1024, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'mem-efficient', 'use_cache': False}, 4243239076, (8, 9)), None,
            (('none-forgotten', {'checkpointing': True, 'seq_len': 64, 'compute_dtype': 'bfloat16'}), ('none-forgotten', {'checkpointing': True, 'seq_len':
            1024, 'compute_dtype': 'bfloat16'}), ('none-forgotten', {'checkpointing': False, 'seq_len': 1024, 'compute_dtype': 'bfloat16'}), ('none-forgotten',
            {'checkpointing': True, 'seq_len': 0, 'compute_dtype': 'bfloat16'}), ('none-forgotten', {'checkpointing': False, 'seq_len': 64, 'compute_dtype':
            'bfloat16'}))),
        Case((TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'math', 'use_cache': False}, 9663676416, (10, 0)), {'checkpointing':
            True, 'seq_len': 2000, 'compute_dtype': 'bfloat16'}, (('fp16-everywhere', {'compute_dtype': 'float16'}), ('dtype-turned-round', {'compute_dtype':
            'float16'}), ('capability-as-text', {'compute_dtype': 'float16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len': 576}),
            ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 576}), ('rounded-before-checkpointing', {'seq_len': 1984}), ('one-moment-only',
            {'checkpointing': False}), ('sum-of-the-moments', {'seq_len': 960}), ('always-none', None))),
        Case((TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'math', 'use_cache': False}, 4294967296, (7, 5)), {'checkpointing':
            True, 'seq_len': 1344, 'compute_dtype': 'float16'}, (('bf16-on-a-t4', {'compute_dtype': 'bfloat16'}), ('bf16-everywhere', {'compute_dtype':
            'bfloat16'}), ('dtype-turned-round', {'compute_dtype': 'bfloat16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len': 256}),
            ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 256}), ('cut-without-checkpointing', {'checkpointing': False, 'seq_len': 256}),
            ('never-cut', None), ('smallest-length', {'seq_len': 64}), ('multiples-of-128', {'seq_len': 1280}), ('multiples-of-32', {'seq_len': 1376}),
            ('counted-down-from-the-wanted', {'seq_len': 1360}), ('halved', {'seq_len': 1000}), ('halved', {'seq_len': 960}), ('any-length', {'seq_len': 1378}),
            ('slack-forgotten', {'seq_len': 1472}), ('slack-and-context-forgotten', {'seq_len': 1472}), ('context-forgotten', {'seq_len': 1408}),
            ('one-moment-only', {'seq_len': 2000}), ('one-moment-only', {'checkpointing': False, 'seq_len': 2000}), ('sum-of-the-moments', None),
            ('always-none', None))),
        Case((TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'math', 'use_cache': False}, 1688496615, (7, 0)), {'checkpointing':
            True, 'seq_len': 64, 'compute_dtype': 'float16'}, (('bf16-on-a-t4', {'compute_dtype': 'bfloat16'}), ('bf16-everywhere', {'compute_dtype':
            'bfloat16'}), ('dtype-turned-round', {'compute_dtype': 'bfloat16'}), ('checkpointing-never', None), ('cut-without-checkpointing', None),
            ('never-cut', None), ('multiples-of-128', None), ('counted-down-from-the-wanted', {'seq_len': 16}), ('halved', {'seq_len': 62}),
            ('sixty-four-left-out', None), ('any-length', {'seq_len': 65}), ('slack-forgotten', {'seq_len': 128}), ('slack-and-context-forgotten', {'seq_len':
            320}), ('context-forgotten', {'seq_len': 128}), ('slack-on-the-context', None), ('one-moment-only', {'seq_len': 192}), ('one-moment-only',
            {'seq_len': 256}), ('one-moment-only', {'checkpointing': False, 'seq_len': 2000}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((ODD, {'batch': 2, 'seq_len': 500, 'rank': 32, 'targets': ['q_proj', 'v_proj'], 'dropout': 0.05, 'optimizer': 'adamw', 'checkpointing': False,
            'kernel': 'mem-efficient', 'use_cache': False}, 760076249, (8, 6)), {'checkpointing': True, 'seq_len': 500, 'compute_dtype': 'bfloat16'},
            (('fp16-everywhere', {'compute_dtype': 'float16'}), ('dtype-turned-round', {'compute_dtype': 'float16'}), ('checkpointing-never', {'checkpointing':
            False, 'seq_len': 448}), ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 448}), ('rounded-before-checkpointing', {'checkpointing':
            False, 'seq_len': 448}), ('slack-forgotten', {'checkpointing': False}), ('slack-and-context-forgotten', {'checkpointing': False}),
            ('context-forgotten', {'checkpointing': False}), ('one-moment-only', {'checkpointing': False}), ('sum-of-the-moments', None), ('always-none',
            None))),
        Case((ODD, {'batch': 2, 'seq_len': 500, 'rank': 32, 'targets': ['q_proj', 'v_proj'], 'dropout': 0.05, 'optimizer': 'adamw', 'checkpointing': False,
            'kernel': 'mem-efficient', 'use_cache': False}, 728682143, (8, 0)), {'checkpointing': True, 'seq_len': 500, 'compute_dtype': 'bfloat16'},
            (('fp16-everywhere', {'compute_dtype': 'float16'}), ('eight-zero-left-out', {'compute_dtype': 'float16'}), ('dtype-turned-round', {'compute_dtype':
            'float16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len': 384}), ('cut-before-checkpointing', {'checkpointing': False, 'seq_len':
            384}), ('rounded-before-checkpointing', {'seq_len': 448}), ('slack-and-context-forgotten', {'checkpointing': False}), ('context-forgotten',
            {'checkpointing': False}), ('one-moment-only', {'checkpointing': False}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((ODD, {'batch': 2, 'seq_len': 500, 'rank': 32, 'targets': ['q_proj', 'v_proj'], 'dropout': 0.05, 'optimizer': 'adamw', 'checkpointing': False,
            'kernel': 'mem-efficient', 'use_cache': False}, 796629868, (7, 5)), {'checkpointing': False, 'seq_len': 500, 'compute_dtype': 'float16'},
            (('bf16-on-a-t4', {'compute_dtype': 'bfloat16'}), ('bf16-everywhere', {'compute_dtype': 'bfloat16'}), ('dtype-turned-round', {'compute_dtype':
            'bfloat16'}), ('always-checkpointing', {'checkpointing': True}), ('rounded-before-checkpointing', {'seq_len': 448}), ('slack-on-the-context',
            {'checkpointing': True}), ('sum-of-the-moments', None), ('always-none', None))),
    ],
    'measured': [
        (True, 6310129152, {'fixed': 4939743232, 'gradients': 319815680, 'kept': 536870912, 'cache': 0, 'attention': 101060608, 'mlp': 211226624, 'scores': 0,
            'copies': 422051840, 'logits': 393216000, 'work': 180355072}),
        (False, 16870329856, {'fixed': 4939743232, 'gradients': 319815680, 'kept': 9993191424, 'cache': 1073741824, 'attention': 101060608, 'mlp': 211226624,
            'scores': 0, 'copies': 422051840, 'logits': 393216000, 'work': 180355072}),
    ],
    'peaks': [
        (LLAMA, {'batch': 1, 'seq_len': 1024, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'], 'dropout':
            0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'mem-efficient', 'use_cache': False}, 15748202496),
        (LLAMA, {'batch': 1, 'seq_len': 1024, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'], 'dropout':
            0.05, 'optimizer': 'adamw_8bit', 'checkpointing': True, 'kernel': 'mem-efficient', 'use_cache': False}, 6291881984),
        (LLAMA, {'batch': 4, 'seq_len': 2709, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'], 'dropout':
            0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'mem-efficient', 'use_cache': False}, 115271083008),
        (LLAMA, {'batch': 4, 'seq_len': 2709, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'], 'dropout':
            0.05, 'optimizer': 'adamw_8bit', 'checkpointing': True, 'kernel': 'mem-efficient', 'use_cache': False}, 15204003840),
        (TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'math', 'use_cache': False}, 40650599296),
        (TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': True, 'kernel': 'math', 'use_cache': False}, 6214471296),
        (TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'math', 'use_cache': False}, 40650599296),
        (TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': True, 'kernel': 'math', 'use_cache': False}, 6214471296),
    ],
}

"""Lab 2's public cases, whole steps: arguments, what is wanted, what slips come to. Recorded; no formula here.

In: nothing. Out: cases by function, for the checks beside this file.
Does not: change by hand: they are made from formulas that stay with the instructor.
"""
# ruff: noqa: E501
# fmt: off

from typing import Any

from autograder.checks.asking import Case

LLAMA = {'hidden': 4096, 'intermediate': 11008, 'heads': 32, 'kv_heads': 32, 'head_dim': 128, 'layers': 32, 'vocab': 32000, 'tied': False}
TINYLLAMA = {'hidden': 2048, 'intermediate': 5632, 'heads': 32, 'kv_heads': 4, 'head_dim': 64, 'layers': 22, 'vocab': 32000, 'tied': False}
ODD = {'hidden': 1020, 'intermediate': 2719, 'heads': 12, 'kv_heads': 4, 'head_dim': 96, 'layers': 7, 'vocab': 5003, 'tied': True}
CASES: dict[str, Any] = {
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
        Case((4897083598, 4897083603, 163878143, 14855128937), 'yes', (('turned-round', 'no'), ('always-no', 'no'), ('always-close', 'close'))),
        Case((14529137242, 14691250794, 163878143, 14855128937), 'yes', (('border-left-out', 'close'), ('border-left-out', 'close'), ('border-left-out', 'yes'),
            ('reserved-on-top-of-allocated', 'close'), ('reserved-on-top-of-allocated', 'no'), ('turned-round', 'no'), ('always-no', 'no'), ('always-close',
            'close'))),
        Case((13691632451, 14691250795, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('context-taken-off', 'yes'), ('reserved-on-top-of-allocated', 'close'), ('reserved-on-top-of-allocated', 'no'),
            ('no-and-close-swapped', 'no'), ('always-yes', 'yes'), ('always-no', 'no'))),
        Case((14691250795, 14818503573, 163878143, 14855128937), 'no', (('context-forgotten', 'yes'), ('context-taken-off', 'yes'), ('no-and-close-swapped',
            'close'), ('turned-round', 'yes'), ('always-yes', 'yes'), ('always-close', 'close'))),
        Case((15011050237, 15019007075, 163878143, 14855128937), 'no', (('context-taken-off', 'yes'), ('no-and-close-swapped', 'close'), ('turned-round',
            'yes'), ('always-yes', 'yes'), ('always-close', 'close'))),
        Case((14691250794, 14818503572, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('border-left-out', 'no'), ('border-left-out', 'close'), ('border-left-out', 'no'), ('context-taken-off', 'yes'),
            ('reserved-on-top-of-allocated', 'close'), ('reserved-on-top-of-allocated', 'no'), ('no-and-close-swapped', 'no'), ('always-yes', 'yes'),
            ('always-no', 'no'))),
        Case((14818503572, 14818503577, 163878143, 14855128937), 'no', (('context-forgotten', 'yes'), ('context-taken-off', 'yes'), ('no-and-close-swapped',
            'close'), ('turned-round', 'yes'), ('always-yes', 'yes'), ('always-close', 'close'))),
        Case((13691632451, 14818503572, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('context-taken-off', 'yes'), ('reserved-on-top-of-allocated', 'close'), ('reserved-on-top-of-allocated', 'no'),
            ('no-and-close-swapped', 'no'), ('always-yes', 'yes'), ('always-no', 'no'))),
        Case((13691632451, 14529137242, 163878143, 14855128937), 'yes', (('reserved-on-top-of-allocated', 'close'), ('reserved-on-top-of-allocated', 'no'),
            ('turned-round', 'no'), ('always-no', 'no'), ('always-close', 'close'))),
        Case((15346763366, 15510641509, 163878143, 14855128937), 'no', (('no-and-close-swapped', 'close'), ('turned-round', 'yes'), ('always-yes', 'yes'),
            ('always-close', 'close'))),
        Case((14529137242, 14818503572, 163878143, 14855128937), 'close', (('context-forgotten', 'yes'), ('reserved-never-asked', 'yes'),
            ('allocated-never-asked', 'no'), ('context-taken-off', 'yes'), ('reserved-on-top-of-allocated', 'close'), ('reserved-on-top-of-allocated', 'no'),
            ('no-and-close-swapped', 'no'), ('always-yes', 'yes'), ('always-no', 'no'))),
    ],
    'shortage': [
        Case(({'asked': 180355072, 'total': 15827000000, 'free': 115343360, 'allocated': 14957000000, 'unused': 587464704},), 'fragmentation',
            (('unused-ignored', 'memory'), ('turned-round', 'memory'), ('always-memory', 'memory'))),
        Case(({'asked': 943718400, 'total': 15827000000, 'free': 115343360, 'allocated': 14957000000, 'unused': 587464704},), 'memory', (('turned-round',
            'fragmentation'), ('total-compared', 'fragmentation'), ('allocated-counted', 'fragmentation'), ('always-fragmentation', 'fragmentation'))),
        Case(({'asked': 629145600, 'total': 15827000000, 'free': 314572800, 'allocated': 14600000000, 'unused': 335544320},), 'fragmentation',
            (('unused-ignored', 'memory'), ('free-ignored', 'memory'), ('turned-round', 'memory'), ('one-of-the-two-alone', 'memory'), ('always-memory',
            'memory'))),
        Case(({'asked': 500170752, 'total': 15827000000, 'free': 180170752, 'allocated': 14900000000, 'unused': 320000000},), 'fragmentation',
            (('unused-ignored', 'memory'), ('free-ignored', 'memory'), ('border-left-out', 'memory'), ('turned-round', 'memory'), ('one-of-the-two-alone',
            'memory'), ('always-memory', 'memory'))),
        Case(({'asked': 20000000000, 'total': 15827000000, 'free': 700000000, 'allocated': 14000000000, 'unused': 300000000},), 'memory', (('turned-round',
            'fragmentation'), ('always-fragmentation', 'fragmentation'))),
        Case(({'asked': 200000000, 'total': 15827000000, 'free': 700000000, 'allocated': 14000000000, 'unused': 10000000},), 'fragmentation', (('free-ignored',
            'memory'), ('turned-round', 'memory'), ('always-memory', 'memory'))),
        Case(({'asked': 200000000, 'total': 15827000000, 'free': 10000000, 'allocated': 14000000000, 'unused': 700000000},), 'fragmentation',
            (('unused-ignored', 'memory'), ('turned-round', 'memory'), ('always-memory', 'memory'))),
        Case(({'asked': 9000000000, 'total': 15827000000, 'free': 600000000, 'allocated': 6000000000, 'unused': 500000000},), 'memory', (('turned-round',
            'fragmentation'), ('total-compared', 'fragmentation'), ('always-fragmentation', 'fragmentation'))),
    ],
    'plan': [
        Case((LLAMA, {'batch': 1, 'seq_len': 1024, 'rank': 32, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'mem-efficient', 'use_cache': False}, 15826954485, (7, 5)),
            {'checkpointing': True, 'seq_len': 1024, 'compute_dtype': 'float16'}, (('bf16-on-a-t4', {'compute_dtype': 'bfloat16'}), ('bf16-everywhere',
            {'compute_dtype': 'bfloat16'}), ('dtype-turned-round', {'compute_dtype': 'bfloat16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len':
            832}), ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 832}), ('slack-and-context-forgotten', {'checkpointing': False}),
            ('one-moment-only', {}), ('one-moment-only', {}), ('one-moment-only', {}), ('one-moment-only', {'checkpointing': False}), ('sum-of-the-moments',
            None), ('always-none', None))),
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
            {'seq_len': 2709}), ('one-moment-only', {}), ('one-moment-only', {'seq_len': 2496}), ('one-moment-only', {'seq_len': 2709}), ('one-moment-only',
            {'checkpointing': False, 'seq_len': 2709}), ('sum-of-the-moments', None), ('always-none', None))),
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
            {}), ('one-moment-only', {}), ('one-moment-only', {}), ('one-moment-only', {'checkpointing': False}), ('sum-of-the-moments', {'seq_len': 960}),
            ('always-none', None))),
        Case((TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'math', 'use_cache': False}, 4294967296, (7, 5)), {'checkpointing':
            True, 'seq_len': 1344, 'compute_dtype': 'float16'}, (('bf16-on-a-t4', {'compute_dtype': 'bfloat16'}), ('bf16-everywhere', {'compute_dtype':
            'bfloat16'}), ('dtype-turned-round', {'compute_dtype': 'bfloat16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len': 256}),
            ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 256}), ('cut-without-checkpointing', {'checkpointing': False, 'seq_len': 256}),
            ('never-cut', None), ('smallest-length', {'seq_len': 64}), ('multiples-of-128', {'seq_len': 1280}), ('multiples-of-32', {'seq_len': 1376}),
            ('counted-down-from-the-wanted', {'seq_len': 1360}), ('halved', {'seq_len': 1000}), ('halved', {'seq_len': 960}), ('any-length', {'seq_len': 1378}),
            ('slack-forgotten', {'seq_len': 1472}), ('slack-and-context-forgotten', {'seq_len': 1472}), ('context-forgotten', {'seq_len': 1408}),
            ('one-moment-only', {'seq_len': 2000}), ('one-moment-only', {'seq_len': 2000}), ('one-moment-only', {}), ('one-moment-only', {'checkpointing':
            False, 'seq_len': 2000}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((TINYLLAMA, {'batch': 2, 'seq_len': 2000, 'rank': 16, 'targets': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
            'dropout': 0.05, 'optimizer': 'adamw_8bit', 'checkpointing': False, 'kernel': 'math', 'use_cache': False}, 1688496615, (6, 1)), {'checkpointing':
            True, 'seq_len': 64, 'compute_dtype': 'float16'}, (('bf16-everywhere', {'compute_dtype': 'bfloat16'}), ('dtype-turned-round', {'compute_dtype':
            'bfloat16'}), ('checkpointing-never', None), ('cut-without-checkpointing', None), ('never-cut', None), ('multiples-of-128', None),
            ('counted-down-from-the-wanted', {'seq_len': 16}), ('halved', {'seq_len': 62}), ('halved', {}), ('sixty-four-left-out', None), ('any-length',
            {'seq_len': 65}), ('slack-forgotten', {'seq_len': 128}), ('slack-and-context-forgotten', {'seq_len': 320}), ('context-forgotten', {'seq_len': 128}),
            ('slack-on-the-context', None), ('one-moment-only', {}), ('one-moment-only', {'seq_len': 192}), ('one-moment-only', {'seq_len': 256}),
            ('one-moment-only', {'checkpointing': False, 'seq_len': 2000}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((ODD, {'batch': 2, 'seq_len': 500, 'rank': 32, 'targets': ['q_proj', 'v_proj'], 'dropout': 0.05, 'optimizer': 'adamw', 'checkpointing': False,
            'kernel': 'mem-efficient', 'use_cache': False}, 763198180, (8, 6)), {'checkpointing': True, 'seq_len': 500, 'compute_dtype': 'bfloat16'},
            (('fp16-everywhere', {'compute_dtype': 'float16'}), ('dtype-turned-round', {'compute_dtype': 'float16'}), ('checkpointing-never', {'checkpointing':
            False, 'seq_len': 448}), ('cut-before-checkpointing', {'checkpointing': False, 'seq_len': 448}), ('rounded-before-checkpointing', {'checkpointing':
            False, 'seq_len': 448}), ('slack-forgotten', {'checkpointing': False}), ('slack-and-context-forgotten', {'checkpointing': False}),
            ('context-forgotten', {'checkpointing': False}), ('one-moment-only', {}), ('one-moment-only', {'checkpointing': False}), ('one-moment-only',
            {'checkpointing': False}), ('one-moment-only', {'checkpointing': False}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((ODD, {'batch': 2, 'seq_len': 500, 'rank': 32, 'targets': ['q_proj', 'v_proj'], 'dropout': 0.05, 'optimizer': 'adamw', 'checkpointing': False,
            'kernel': 'mem-efficient', 'use_cache': False}, 731952738, (8, 0)), {'checkpointing': True, 'seq_len': 500, 'compute_dtype': 'bfloat16'},
            (('fp16-everywhere', {'compute_dtype': 'float16'}), ('eight-zero-left-out', {'compute_dtype': 'float16'}), ('dtype-turned-round', {'compute_dtype':
            'float16'}), ('checkpointing-never', {'checkpointing': False, 'seq_len': 384}), ('cut-before-checkpointing', {'checkpointing': False, 'seq_len':
            384}), ('rounded-before-checkpointing', {'seq_len': 448}), ('slack-and-context-forgotten', {'checkpointing': False}), ('context-forgotten',
            {'checkpointing': False}), ('one-moment-only', {}), ('one-moment-only', {}), ('one-moment-only', {'checkpointing': False}), ('one-moment-only',
            {'checkpointing': False}), ('sum-of-the-moments', None), ('always-none', None))),
        Case((ODD, {'batch': 2, 'seq_len': 500, 'rank': 32, 'targets': ['q_proj', 'v_proj'], 'dropout': 0.05, 'optimizer': 'adamw', 'checkpointing': False,
            'kernel': 'mem-efficient', 'use_cache': False}, 799900462, (7, 5)), {'checkpointing': False, 'seq_len': 500, 'compute_dtype': 'float16'},
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

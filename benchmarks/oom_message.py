"""A real "CUDA out of memory": Lab 2's message, from a step that a T4's memory does not hold.

    ./lab python benchmarks/oom_message.py --out recorded/oom-message.json

Needs a CUDA GPU of 20 GiB. Another process takes all but what a T4 offers, so that PyTorch prints what it prints on a
full GPU; its own limit would leave the words "is free" meaning something else. The step is one of a plain loop:
Llama-2-7B's shape, random weights, 1,024 tokens, batch 1, no checkpointing, 8-bit AdamW.
Does not: show a T4's own numbers: the GPU's capacity in the message is that of the GPU that it ran on.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from gpu_peaks import PLAIN, measure

from driftlab.budget import CONTEXT_BYTES, T4_USABLE_BYTES

HOG = """
import sys, torch
free = torch.cuda.mem_get_info()[0]
held = torch.empty(free - int(sys.argv[1]), dtype=torch.uint8, device="cuda")
print("ready", flush=True)
sys.stdin.read()
"""


def main() -> None:
    """Take the rest of the GPU, run the step, write down what PyTorch says."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    import torch

    torch.zeros(1, device="cuda")  # this process's context is there before the rest is taken
    room = T4_USABLE_BYTES - CONTEXT_BYTES
    command = [sys.executable, "-c", HOG, str(room)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as hog:
        assert hog.stdout is not None  # noqa: S101
        hog.stdout.readline()
        setting = {**PLAIN, "model": "llama-2-7b", "ckpt": False}
        try:
            raise SystemExit(f"it fitted: {measure(setting)}")
        except torch.OutOfMemoryError as error:
            said = str(error).partition("  See documentation")[0]
        hog.kill()
    record = {
        "kind": "recorded",
        "what": "What PyTorch says when a step does not fit: a plain loop without checkpointing, in a T4's memory.",
        "command": "./lab python benchmarks/oom_message.py --out recorded/oom-message.json",
        "gpu": torch.cuda.get_device_name(0),
        "torch": torch.__version__,
        "room_bytes": room,
        "setting": setting,
        "message": re.sub(r"Process \d+", "Process 17", said),
    }
    asked.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(record["message"])


if __name__ == "__main__":
    main()

"""driftlab: how stable is a chat model's safety alignment when it is fine-tuned with PEFT?

Importing this package loads no torch; heavy libraries load inside the functions that need them.
"""

__version__ = "0.1.0"

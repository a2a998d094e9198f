"""How long a GPU was busy over some steps of a training: the sum of its kernels' times, without the gaps between them.

In: when to start and to stop. Out: seconds. On a fast GPU a step takes as long as Python needs to launch its kernels;
a slow one is behind the launches, and its steps take what its kernels take.
Does not: say how long another GPU would be busy.
"""

from typing import Any


class Busy:
    """A stretch of time in which kernels are recorded; without a GPU nothing is."""

    def __init__(self, *, on_gpu: bool) -> None:
        self._on_gpu = on_gpu
        self._profile: Any = None

    def start(self) -> None:
        """The stretch begins."""
        import torch

        if self._on_gpu:
            torch.cuda.synchronize()
            self._profile = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA])
            self._profile.start()

    def stop(self) -> float | None:
        """The stretch ends: seconds of kernels and copies in it."""
        import torch

        if self._profile is None:
            return None
        torch.cuda.synchronize()
        self._profile.stop()
        cuda = torch.autograd.DeviceType.CUDA
        events = self._profile.profiler.kineto_results.events()
        return float(sum(event.duration_ns() for event in events if event.device_type() == cuda)) / 1e9

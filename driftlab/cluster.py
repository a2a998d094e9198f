"""Many runs on the machines of a cluster, through dask.

In: orders, the address of a dask scheduler. Out: how each of them ended.
A worker makes a run in a process of its own, as this machine would, and leaves it in the same folder: workers see the
same files under the same paths, and have driftlab installed. Whoever can reach a scheduler can run code on its
workers; that is dask's design, so use one that you trust. What is told is that a run has ended, not how far it is.
Does not: start a cluster or send files to it. Orders and endings cross as JSON.
"""

import contextlib
import json
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from driftlab.errors import ConfigError, RunError
from driftlab.one_run import Order
from driftlab.provenance import cores
from driftlab.workers import AGAIN, Ending, Watcher, run_one

if TYPE_CHECKING:
    import distributed

CONNECT_SECONDS = 15
STOP_SECONDS = 30
"""How long workers are waited for after Ctrl-C."""


def run_there(orders: Sequence[Order], address: str, watcher: Watcher) -> list[Ending]:
    """Make all runs on the workers of that scheduler; how they ended, in the order of the orders.

    Raises:
        ConfigError: dask is not installed, or the address is none.
        RunError: no scheduler answers there.
    """
    endings: dict[str, Ending] = {}
    with _connected(address) as client:
        from distributed import Event, as_completed

        stop = Event(f"driftlab-{secrets.token_hex(8)}", client=client)
        futures = {client.submit(work, order.to_text(), stop.name, pure=False): order for order in orders}
        try:
            for future in as_completed(futures):
                ending = _ending(futures[future], future)
                endings[ending.order.name] = ending
                watcher.ended(ending.order.name, ending.how)
        except KeyboardInterrupt:
            _stop(client, stop, list(futures))
            raise
    return [endings[order.name] for order in orders]


def work(text: str, stop: str) -> str:
    """What a worker does: one order, until it has ended or `stop` is set."""
    from distributed import Event, get_worker

    order, worker = Order.from_text(text), get_worker()
    if not order.place.is_dir():
        problem = f"the worker {worker.address} does not see the folder {str(order.place)!r}."
        return json.dumps(["failed", problem, "Give the command in a folder that all machines of the cluster share."])
    event = Event(stop)
    if event.is_set():
        return json.dumps(["killed", "it had not begun when all was stopped.", AGAIN])
    ending = run_one(order, max(1, cores() // worker.state.nthreads), lambda: not event.is_set())
    return json.dumps([ending.how, ending.problem, ending.remedy])


@contextlib.contextmanager
def _connected(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            "--scheduler needs dask, which is not installed.",
            "Install it in the course's folder: ./lab pip install -e '.[cluster]'",
        ) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except ValueError as error:
        raise ConfigError(
            f"--scheduler {address!r} is no address ({error}).", "Accepted: HOST:PORT, such as --scheduler node1:8786."
        ) from error
    except OSError as error:
        raise RunError(
            f"no dask scheduler answers at {address!r}.",
            "Start one with `dask scheduler` and workers with `dask worker ADDRESS`; or leave --scheduler away.",
        ) from error
    with client:
        yield client


def _ending(order: Order, future: "distributed.Future") -> Ending:
    if future.status == "finished":
        how, problem, remedy = json.loads(future.result())
        return Ending(order, how, problem, remedy)
    if future.status == "cancelled":
        return Ending(order, "killed", "the scheduler dropped it.", AGAIN)
    error = future.exception()
    if type(error).__name__ == "KilledWorker":
        return Ending(order, "killed", "every worker that tried it died; perhaps for want of memory.", AGAIN)
    return Ending(order, "bug", f"{type(error).__name__}: {error}", "Do the workers have the same driftlab and dask?")


def _stop(client: "distributed.Client", stop: "distributed.Event", futures: Sequence["distributed.Future"]) -> None:
    """Tell the workers, drop what has not begun, and wait for what has."""
    from distributed import wait

    stop.set()
    with contextlib.suppress(Exception):
        wait(futures, timeout=STOP_SECONDS)
    client.cancel(futures, force=True)

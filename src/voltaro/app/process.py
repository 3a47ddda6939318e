"""What a server asks of its interpreter and its system."""

import contextlib
import gc
import resource


def calm_collector() -> None:
    """Look for garbage in cycles less often: what a message leaves behind has none.

    Measured: a quarter of the CPU time of a message at 1,000 stations went into walking over
    everything that is alive.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def raise_open_files() -> None:
    """Every station is an open file; take what the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

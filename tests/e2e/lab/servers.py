"""Several servers that run at the same time."""

import contextlib


@contextlib.contextmanager
def running(*servers):
    """All of them, entered in this order and left in the opposite one."""
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.enter_context(server)
        yield

"""Questions over a daemon's control socket (docs/control.md).

The commands ask the same; but a story that waits asks many times a second, and the start of a sanitized
program takes longer than all that the daemon does for the answer.
"""

import json
import socket

TIMEOUT_SECONDS = 60


def ask(path, verb, **members):
    """The result of a request, of all its pages; None: nobody answers, or the answer is a refusal."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT_SECONDS)
            connection.connect(str(path))
            with connection.makefile("rwb") as stream:
                return _all_pages(stream, {"verb": verb, **members})
    except (OSError, ValueError):
        return None


def _all_pages(stream, request):
    whole = None
    while True:
        stream.write(json.dumps(request).encode() + b"\n")
        stream.flush()
        reply = json.loads(stream.readline())
        if not reply["ok"]:
            return None
        page = reply["result"]
        if whole is None:
            whole = page
        elif isinstance(whole, list):
            whole += page
        else:
            whole["sources"] += page["sources"]
        if not reply.get("next"):
            return whole
        request["after"] = reply["next"]

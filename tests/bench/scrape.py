"""How long a scrape of /metrics takes while many bans stand, and how long the daemon's one thread is deaf meanwhile.

    scrape.py PROGRAM [BANS]        needs nothing; 100,000 bans by default
"""

import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request

import answers

SCRAPES = 200


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def milliseconds(spans):
    ordered = sorted(span * 1000 for span in spans)
    return (f"median {statistics.median(ordered):.2f} ms, p99 {ordered[len(ordered) * 99 // 100]:.2f} ms, "
            f"longest {ordered[-1]:.2f} ms")


def main():
    program, bans = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        daemon = answers.Daemon(program, folder, bans)
        port = free_port()
        with open(daemon.config, "a", encoding="ascii") as file:
            file.write(f'http: {{listen: "127.0.0.1:{port}"}}\n')
        daemon.start()
        try:
            pings, is_over = [], threading.Event()

            def ping():
                connection = answers.Connection(daemon.socket)
                while not is_over.is_set():
                    begin = time.perf_counter()
                    connection.ask(verb="ping")
                    pings.append(time.perf_counter() - begin)
                    is_over.wait(0.005)

            scrapes = []
            pinging = threading.Thread(target=ping)
            pinging.start()
            for _ in range(SCRAPES):
                begin = time.perf_counter()
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as page:
                    text = page.read().decode()
                scrapes.append(time.perf_counter() - begin)
            is_over.set()
            pinging.join()
            active = [line for line in text.splitlines() if line.startswith("mailban_active_bans")]
            print(f"{bans} bans, {len(text)} bytes: {'; '.join(active)}")
            print(f"scrape: {milliseconds(scrapes)} of {SCRAPES}")
            print(f"ping meanwhile: {milliseconds(pings)} of {len(pings)}")
        finally:
            daemon.stop()


if __name__ == "__main__":
    main()

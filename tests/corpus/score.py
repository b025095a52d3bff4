#!/usr/bin/env python3
"""Scores `mailban scan --events` against labelled logs.

    mailban scan --events --parser exim tests/corpus/exim/*.log | tests/corpus/score.py tests/corpus/exim
    tests/corpus/score.py --events events.jsonl tests/corpus/exim/all.main.labels.jsonl ...

Each event is a JSON object with at least file, line, kind and ip; it is matched to the labels by the
name of its file (NAME.log to NAME.labels.jsonl) and its line. Exit code 1 if any address is wrong,
any decoy was taken, a failure was seen where there was none, or too few were found. A failure's line
without an address ("no ip") need not be found; where it is, its session must have told the address.
"""
import argparse
import collections
import ipaddress
import json
import pathlib
import re
import sys

DECOYS = {ipaddress.ip_address(text) for text in
          ("8.8.8.8", "1.1.1.1", "9.9.9.9", "203.0.113.99", "2001:db8:dead::1")}
COLUMNS = ("failures", "found", "missed", "deceptive", "wrong", "fooled", "false",
           "success", "found+", "no ip", "joined")


def address(text):
    """As a key; an IPv4-mapped address is the IPv4 address."""
    if text is None:
        return None
    ip = ipaddress.ip_address(text)
    return getattr(ip, "ipv4_mapped", None) or ip


def name_of(path):
    name = pathlib.PurePath(path).name
    for ending in (".labels.jsonl", ".log"):
        name = name.removesuffix(ending)
    return name


def read_events(stream):
    """name of the log -> line -> events"""
    events = collections.defaultdict(lambda: collections.defaultdict(list))
    for text in stream:
        if text.strip():
            event = json.loads(text)
            events[name_of(event["file"])][event["line"]].append(event)
    return events


def read_labels(path):
    with open(path, encoding="utf-8") as file:
        return {label["line"]: label for label in map(json.loads, file)}


def label_files(paths):
    for path in map(pathlib.Path, paths):
        yield from sorted(path.glob("*.labels.jsonl")) if path.is_dir() else [path]


# A malformed or abandoned AUTH may be called either; Sendmail tells one by its library's code.
_MALFORMED = re.compile(r"501|cancelled|protocol|^sendmail-AUTH-failure-[135]$")


def may_be_abuse(label):
    return bool(_MALFORMED.search(label.get("kind", "")))


def is_found(label, events):
    kinds = {event["kind"] for event in events}
    return "auth_failure" in kinds or ("abuse" in kinds and may_be_abuse(label))


def true_address(label):
    """The line's own, or the one that its session has; None: nobody knows."""
    return address(label.get("ip") or label.get("ip_from_context"))


def is_wrong(label, ip):
    if label["label"] == "auth_failure":
        return ip != true_address(label)
    return true_address(label) not in (None, ip)


def score(labels, events, complain):
    count = collections.Counter()
    for line, found in events.items():
        label = labels.get(line, {"label": "other"})
        for event in found:
            ip = address(event["ip"])
            if ip in DECOYS:
                count["fooled"] += 1
                complain(line, "fooled", event)
            elif is_wrong(label, ip):
                count["wrong"] += 1
                complain(line, "wrong address", event)
            if event["kind"] == "auth_failure" and label["label"] != "auth_failure":
                count["false"] += 1
                complain(line, "false alarm", event)
    for line, label in labels.items():
        if label["label"] == "auth_failure" and not label.get("ip"):
            count["no ip"] += 1
            count["joined"] += is_found(label, events.get(line, []))
        elif label["label"] == "auth_failure":
            count["failures"] += 1
            if is_found(label, events.get(line, [])):
                count["found"] += 1
            elif label.get("deceptive"):
                # Acceptable where the line can be read in two ways, and only there.
                count["deceptive"] += 1
            else:
                count["missed"] += 1
                complain(line, "missed", label)
        if label["label"] == "auth_success":
            count["success"] += 1
            kinds = {event["kind"] for event in events.get(line, [])}
            count["found+"] += "auth_success" in kinds
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", default="-", help="JSON lines; - (the default): standard input")
    parser.add_argument("--least", type=float, default=98.5,
                        help="percentage of failures to be found in each log (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="the table only")
    parser.add_argument("labels", nargs="+", help="NAME.labels.jsonl, or folders of them")
    options = parser.parse_args()

    with (sys.stdin if options.events == "-" else open(options.events, encoding="utf-8")) as stream:
        all_events = read_events(stream)
    print(f"{'log':<28}" + "".join(f"{column:>10}" for column in COLUMNS) + f"{'%':>8}")
    bad = False
    paths = list(label_files(options.labels))
    if not any(name_of(path) in all_events for path in paths):
        print("no event is of any of these logs: was anything scanned?", file=sys.stderr)
        bad = True
    for path in paths:
        name = name_of(path)

        def complain(line, what, detail):
            if not options.quiet:
                print(f"{name}:{line}: {what}: {json.dumps(detail)[:200]}", file=sys.stderr)

        count = score(read_labels(path), all_events.get(name, {}), complain)
        share = 100 * count["found"] / count["failures"] if count["failures"] else 100
        # A log's deceptive lines may all be ambiguous; they are looked at by eye.
        decided = count["failures"] - count["deceptive"]
        enough = not decided or 100 * count["found"] / decided >= options.least
        bad |= not enough or any(count[column] for column in ("wrong", "fooled", "false"))
        print(f"{name:<28}" + "".join(f"{count[column]:>10}" for column in COLUMNS) + f"{share:>8.2f}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Two hosts: this machine is the server; a second network namespace holds every client.

All addresses are from the ranges that are kept for documentation. A client is one of many addresses
on the far end of one cable; it chooses its own by binding to it.
"""

from . import namespaces
from .shell import run

SERVER = "203.0.113.1"
SERVER6 = "2001:db8:1::1"

CABLE = "vs"
FAR_END = "va"
CLIENTS = "clients"
_CLIENT_NETWORKS = ("198.51.100.0/24", "192.0.2.0/24", "2001:db8:a::/48", "2001:db8:c::/48")


def attacker(number):
    """The IPv4 address of attacker 1 to 250."""
    return f"198.51.100.{number}"


def attacker6(number):
    """The IPv6 address of attacker 1 to 250, each in a /64 of its own."""
    return f"2001:db8:a:{number:x}::25"


def customer(number):
    """An honest client, in a network without attackers."""
    return f"192.0.2.{number}"


def customer6(number):
    """An honest client with IPv6."""
    return f"2001:db8:c:{number:x}::25"


def is_ipv6(address):
    """Whether an address is written as IPv6."""
    return ":" in address


def server_for(address):
    """The server's address that a client of this family reaches."""
    return SERVER6 if is_ipv6(address) else SERVER


def connect_hosts(count=20):
    """Lays the cable and gives `count` attackers and customers of each family their addresses."""
    numbers = range(1, count + 1)
    run("ip", "netns", "add", CLIENTS)
    _forgo_duplicate_checks()
    with among_clients():
        _forgo_duplicate_checks()
    run("ip", "link", "add", CABLE, "type", "veth", "peer", "name", FAR_END, "netns", CLIENTS)
    _batch(None, f"addr add {SERVER}/24 dev {CABLE}", f"addr add {SERVER6}/64 dev {CABLE} nodad",
           f"link set {CABLE} up")
    _batch(CLIENTS, f"link set {FAR_END} up", "link set lo up",
           *(f"addr add {one(number)}/32 dev {FAR_END}"
             for one in (attacker, customer) for number in numbers),
           *(f"addr add {one(number)}/128 dev {FAR_END} nodad"
             for one in (attacker6, customer6) for number in numbers))
    for host, networks in ((None, _CLIENT_NETWORKS), (CLIENTS, ("0.0.0.0/0", "::/0"))):
        device = CABLE if host is None else FAR_END
        _batch(host, *(f"route add {one} dev {device}" for one in networks))


def _forgo_duplicate_checks():
    """IPv6 addresses are usable at once instead of after a second."""
    for which in ("all", "default"):
        # The file belongs to the network namespace of the thread that opens it.
        with open(f"/proc/sys/net/ipv6/conf/{which}/accept_dad", "w", encoding="ascii") as setting:
            setting.write("0")


def _batch(host, *lines):
    where = ("-n", host) if host else ()
    run("ip", *where, "-batch", "-", stdin="\n".join(lines) + "\n")


def among_clients():
    """A block in which sockets are opened on the clients' side."""
    return namespaces.inside_network(f"/run/netns/{CLIENTS}")

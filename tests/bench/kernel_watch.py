"""Sees the kernel's packet filter change, at the moment it does.

nftables reports every committed change to a netlink group; iptables-nft (under ufw) and firewalld
end there too. A change is reported once it is in force.
"""

import ipaddress
import select
import socket
import struct
import time

_NETLINK_NETFILTER = 12
_SOL_NETLINK = 270
_ADD_MEMBERSHIP = 1
_GROUP_NFTABLES = 7
_RECEIVE_BUFFER_FORCED = 33  # SO_RCVBUFFORCE: a ruleset that is written anew makes many reports
_HEADER = struct.Struct("=IHHII")
_NEW_RULE = (10 << 8) | 6
_NEW_ELEMENT = (10 << 8) | 12


class KernelWatch:
    """Subscribed from when it is made; reports that arrived before a wait are forgotten by it."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
        self._socket.bind((0, 0))
        self._socket.setsockopt(socket.SOL_SOCKET, _RECEIVE_BUFFER_FORCED, 64 << 20)
        self._socket.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _GROUP_NFTABLES)
        self._socket.setblocking(False)

    def forget(self):
        """Drops whatever has been reported so far."""
        try:
            while self._socket.recv(1 << 20):
                pass
        except BlockingIOError:
            return

    def wait_for(self, address, seconds):
        """The monotonic time in ns at which a rule or set element with this address was reported."""
        bytes_sought = ipaddress.ip_address(address).packed
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            select.select([self._socket], [], [], left)
            try:
                report = self._socket.recv(1 << 20)
            except BlockingIOError:
                continue
            now = time.monotonic_ns()
            if any(kind in (_NEW_RULE, _NEW_ELEMENT) and bytes_sought in body
                   for kind, body in _messages(report)):
                return now
        raise AssertionError(f"no rule with {address} came into the kernel within {seconds} s")


def _messages(report):
    at = 0
    while at + _HEADER.size <= len(report):
        length, kind, _, _, _ = _HEADER.unpack_from(report, at)
        if length < _HEADER.size:
            return
        yield kind, report[at + _HEADER.size:at + length]
        at += (length + 3) & ~3

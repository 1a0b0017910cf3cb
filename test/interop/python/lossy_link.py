"""A bad link between two network namespaces, each with a TUN device: packets are delayed, dropped, doubled and reordered.

The kernel's own way, netem, is not in every kernel. Usage: lossy_link.py NAMESPACE_A NAMESPACE_B SEED. The ends are 10.77.0.1 and
10.77.0.2. Prints "ready" when both are up, and on SIGTERM what it did, as JSON.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000

LOSS = 0.05
DOUBLED = 0.03
LATE = 0.10
DELAY_S = 0.002
JITTER_S = 0.0005
LATE_S = 0.004

libc = ctypes.CDLL(None, use_errno=True)


def enter(path):
    with open(path) as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {path}")


def open_tun(namespace, own, other):
    """A TUN device in the namespace; its file stays usable from outside."""
    enter(f"/var/run/netns/{namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"tun0", IFF_TUN | IFF_NO_PI))
    for command in (
        ["ip", "link", "set", "lo", "up"],
        ["ip", "addr", "add", own, "peer", other, "dev", "tun0"],
        ["ip", "link", "set", "tun0", "up"],
    ):
        subprocess.run(command, check=True)
    return tun


def main():
    namespace_a, namespace_b, seed = sys.argv[1:]
    dice = random.Random(int(seed))
    a = open_tun(namespace_a, "10.77.0.1", "10.77.0.2")
    b = open_tun(namespace_b, "10.77.0.2", "10.77.0.1")
    counts = {"packets": 0, "lost": 0, "doubled": 0, "late": 0}

    def end(*_):
        print(json.dumps(counts), flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    print("ready", flush=True)
    waiting = []
    order = 0
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 1.0
        readable, _, _ = select.select([a, b], [], [], timeout)
        for tun in readable:
            packet = os.read(tun, 65536)
            counts["packets"] += 1
            if dice.random() < LOSS:
                counts["lost"] += 1
                continue
            copies = 2 if dice.random() < DOUBLED else 1
            counts["doubled"] += copies - 1
            for _ in range(copies):
                delay = DELAY_S + dice.random() * JITTER_S
                if dice.random() < LATE:
                    counts["late"] += 1
                    delay += LATE_S
                order += 1
                heapq.heappush(waiting, (time.monotonic() + delay, order, b if tun == a else a, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, to, packet = heapq.heappop(waiting)
            try:
                os.write(to, packet)
            except OSError:
                pass


main()

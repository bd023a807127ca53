"""Keeps every packet that is routed into a TUN device for some milliseconds, and gives it back to the host.

A line with a delay where the kernel has no netem, and of which winze knows nothing.
Usage: delay-line.py DEVICE MILLISECONDS
"""
import collections
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000

device, delay = sys.argv[1], float(sys.argv[2]) / 1000
tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
print("ready", flush=True)
held = collections.deque()
while True:
    wait = max(0.0, held[0][0] - time.monotonic()) if held else None
    if select.select([tun], [], [], wait)[0]:
        try:
            while True:
                packet = os.read(tun, 65536)
                held.append((time.monotonic() + delay, packet))
        except BlockingIOError:
            pass
    while held and held[0][0] <= time.monotonic():
        os.write(tun, held.popleft()[1])

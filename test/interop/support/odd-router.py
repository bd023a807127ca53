"""A router that answers UDP probes to port 33434 as few do. `odd-router.py DEVICE`, as root; says `ready` when it listens.

TTL 1: as usual. 2: quotes 8 octets only. 3: quotes other ports. 4: answers 200 times. 5: with MPLS labels (RFC 4950).
6 and more: "port unreachable", from an address that is not the one that was probed.
"""
import socket
import struct
import sys

DEVICE = sys.argv[1]
PORT = 33434
ETHER_TYPE_IP = 0x0800


def checksum(octets):
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def icmp(kind, code, rest, body):
    head = struct.pack("!BBH", kind, code, 0) + rest
    return struct.pack("!BBH", kind, code, checksum(head + body)) + rest + body


def packet(source, destination, body):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0) + socket.inet_aton(source) + destination
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def mpls():
    # Two label stack entries: 16 bits of label 24001 and 24002, TC 0 and 5, the second one is the bottom.
    stack = struct.pack("!II", 24001 << 12 | 1, 24002 << 12 | 5 << 9 | 1 << 8 | 254)
    objects = struct.pack("!HBB", 4 + len(stack), 1, 1) + stack
    head = struct.pack("!BBH", 2 << 4, 0, 0)
    return struct.pack("!BBH", 2 << 4, 0, checksum(head + objects)) + objects


def answers(ip):
    ttl = ip[8]
    unused = b"\0" * 4
    source = f"198.51.100.{ttl}"
    if ttl == 2:
        return [(source, icmp(11, 0, unused, ip[:28]))]
    if ttl == 3:
        return [(source, icmp(11, 0, unused, ip[:20] + b"\xde\xad\xbe\xef" + ip[24:]))]
    if ttl == 4:
        return [(source, icmp(11, 0, unused, ip))] * 200
    if ttl == 5:
        # The length of the quote in units of 4 octets (RFC 4884 section 4.1), which is padded to 128.
        return [(source, icmp(11, 0, bytes([0, 32, 0, 0]), ip[:128].ljust(128, b"\0") + mpls()))]
    if ttl >= 6:
        return [("203.0.113.77", icmp(3, 3, unused, ip))]
    return [(source, icmp(11, 0, unused, ip))]


def main():
    line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHER_TYPE_IP))
    line.bind((DEVICE, 0))
    print("ready", flush=True)
    while True:
        frame, place = line.recvfrom(65535)
        ip = frame[14:]
        if place[2] == socket.PACKET_OUTGOING or len(ip) < 28 or ip[9] != 17:
            continue
        if struct.unpack("!H", ip[22:24])[0] != PORT:
            continue
        ip = ip[: struct.unpack("!H", ip[2:4])[0]]
        for source, body in answers(ip):
            line.send(frame[6:12] + frame[:6] + struct.pack("!H", ETHER_TYPE_IP) + packet(source, ip[12:16], body))


main()

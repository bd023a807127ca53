"""
Answers ICMP echo requests as no host should: argument 1 says how, argument 2 is another address of this host.

    duplicates   201 times
    other        from the other address
    short        by "host unreachable", which quotes 8 octets behind the IP header (RFC 792)
    garbage      by "host unreachable", which quotes octets that nobody sent, and then by the answer
    late         after 3.3 s
"""
import socket
import struct
import sys
import threading

how, other = sys.argv[1:3]
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
if how == "other":
    out.bind((other, 0))


def summed(message):
    padded = message + b"\0" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return message[:2] + struct.pack("!H", ~total & 0xFFFF) + message[4:]


def unreachable(quote):
    return summed(struct.pack("!BBHI", 3, 1, 0, 0) + quote)


print("listening", flush=True)
while True:
    packet, (source, _) = raw.recvfrom(65535)
    header = (packet[0] & 15) * 4
    request = packet[header:]
    if request[0] != 8:
        continue
    reply = summed(b"\0\0\0\0" + request[4:])
    if how == "short":
        out.sendto(unreachable(packet[: header + 8]), (source, 0))
    elif how == "late":
        threading.Timer(3.3, out.sendto, (reply, (source, 0))).start()
    else:
        if how == "garbage":
            out.sendto(unreachable(b"\xff" * 28), (source, 0))
            out.sendto(unreachable(packet[:header] + b"\x08\0\x1b[31m"), (source, 0))
            out.sendto(unreachable(b""), (source, 0))
        for _ in range(201 if how == "duplicates" else 1):
            out.sendto(reply, (source, 0))

"""A terminal for a program: terminal.py SCRIPT PROGRAM ARGUMENT...

SCRIPT is a list in JSON of steps: "wait TEXT" until the program has written it since the step before, "key KEYS",
"size COLUMNS ROWS", "signal NAME", "stopped" until the program is stopped. Prints JSON: what the program wrote, in
base64, its exit status, and whether the terminal edits lines as before. Ends the program after 15 s.
"""

import base64
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LIMIT_S = 15
steps = json.loads(sys.argv[1])
# As a shell does it: the program is a group of its own in this session. A group without a parent in its session would
# not stop (POSIX.1-2024, 11.1.4).
os.setsid()
terminal, inside = pty.openpty()
fcntl.ioctl(inside, termios.TIOCSCTTY, 0)
fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(inside, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    for descriptor in (0, 1, 2):
        os.dup2(inside, descriptor)
    os.close(terminal)
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(inside)
before = termios.tcgetattr(terminal)[3]
written = b""
seen = 0
begun = time.monotonic()


def take(seconds):
    """Reads what the program writes; False when it has ended."""
    global written
    ready, _, _ = select.select([terminal], [], [], seconds)
    if not ready:
        return True
    try:
        octets = os.read(terminal, 65536)
    except OSError:
        return False
    written += octets
    return len(octets) > 0


alive = True
while alive and time.monotonic() - begun < LIMIT_S:
    word, _, rest = steps[0].partition(" ") if steps else ("", "", "")
    done = True
    if word == "wait":
        at = written.find(rest.encode(), seen)
        done = at >= 0
        seen = at + len(rest.encode()) if done else seen
    elif word == "key":
        os.write(terminal, rest.encode())
    elif word == "size":
        columns, rows = map(int, rest.split())
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    elif word == "signal":
        os.kill(pid, getattr(signal, rest))
    elif word == "stopped":
        found, how = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        done = found == pid and os.WIFSTOPPED(how)
    if word and done:
        steps.pop(0)
        seen = len(written) if word != "wait" else seen
    alive = take(0.02)
if alive:
    os.kill(pid, signal.SIGKILL)
_, how = os.waitpid(pid, 0)
cooked = termios.tcgetattr(terminal)[3] & (termios.ECHO | termios.ICANON | termios.ISIG)
print(json.dumps({
    "octets": base64.b64encode(written).decode(),
    "status": os.waitstatus_to_exitcode(how),
    "is_cooked": cooked == before & (termios.ECHO | termios.ICANON | termios.ISIG),
}))

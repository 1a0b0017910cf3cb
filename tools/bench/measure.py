"""Runs one command and prints what it used, as JSON: measure.py OUTPUT_FILE COMMAND [ARGUMENT…].

The command's standard output goes to OUTPUT_FILE, its standard error to this program's. It does not get this program's NODE_… variables:
what they make every Node program load at its start (certificates, say) is no work of the command's. Keys: status (exit status, negative: signal),
cpu_seconds (user and system, all threads), wall_seconds, peak_rss_bytes, written_bytes (by all writes; null where the kernel does not say).
"""

import json
import os
import re
import subprocess
import sys
import time


def written_bytes(pid):
    """The process has ended and is not reaped yet, so its counters are final."""
    try:
        with open(f"/proc/{pid}/io", encoding="ascii") as counters:
            return int(re.search(r"^wchar: (\d+)", counters.read(), re.MULTILINE)[1])
    except OSError:
        return None


environment = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}

with open(sys.argv[1], "wb") as output:
    begin = time.monotonic()
    child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=output, env=environment)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    wall = time.monotonic() - begin
    written = written_bytes(child.pid)
    _, status, used = os.wait4(child.pid, 0)

print(
    json.dumps(
        {
            "status": os.waitstatus_to_exitcode(status),
            "cpu_seconds": used.ru_utime + used.ru_stime,
            "wall_seconds": wall,
            "peak_rss_bytes": used.ru_maxrss * 1024,
            "written_bytes": written,
        }
    )
)

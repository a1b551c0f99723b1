"""Runs commands at the same time: wall seconds, processor seconds of all, and the largest peak in bytes, as JSON.

A program of its own, and a small one: a process begins with the peak of the one that it was forked from.
"""

import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=sys.stderr) for command in json.loads(sys.argv[1])]
cpu, peak = 0.0, 0
for process in running:
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{process.args} failed")
    cpu += usage.ru_utime + usage.ru_stime
    peak = max(peak, usage.ru_maxrss * 1024)
print(json.dumps([time.perf_counter() - start, cpu, peak]))

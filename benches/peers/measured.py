"""A command run and measured."""

import os
import subprocess
import sys
import tempfile
import time


def run(command, stdin=None, stdout=subprocess.PIPE):
    """What a command prints, the seconds it took, and the most memory it had in MB."""
    start = time.perf_counter()
    with open(stdin or os.devnull, "rb") as source, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdin=source, stdout=stdout, stderr=log)
        out = process.stdout.read().decode() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        log.seek(0)
        if status:
            sys.exit(f"failed: {' '.join(command)}: {log.read().decode()}")
        return out + log.read().decode(), seconds, usage.ru_maxrss / 1024

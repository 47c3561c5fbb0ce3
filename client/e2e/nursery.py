"""Servers for the stories, each a fork of one process that has everything imported, which is most of a start.

Reads a JSON object a line: `{"serve": {"folder", "port", "env"}}` is answered by the process's number, `{"end": pid,
"signal"}` once it is gone by its exit status. Whatever still runs at the end of the input is killed.
"""

import json
import os
import signal
import sys
from typing import Any, NoReturn

import rowlock.main  # noqa: F401
from rowlock.__main__ import main


def serve(folder: str, port: int, env: dict[str, str]) -> NoReturn:
    """Be `rowlock serve`, as if started in the folder."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.chdir(folder)
    os.environ.update(env)
    sys.argv = ["rowlock", "serve", "--port", str(port)]
    main()
    sys.exit()


def end(pid: int, name: str) -> int:
    """Send a signal to a server and wait until it is gone; its exit status."""
    os.kill(pid, signal.Signals[name])
    return os.waitpid(pid, 0)[1]


def answer(asked: dict[str, Any], running: set[int]) -> int:
    """Do what a line asks for."""
    if "end" in asked:
        running.remove(asked["end"])
        return end(asked["end"], asked["signal"])
    pid = os.fork()
    if pid == 0:
        serve(**asked["serve"])
    running.add(pid)
    return pid


def run() -> None:
    """Answer line by line."""
    running: set[int] = set()
    try:
        while line := sys.stdin.readline():
            print(answer(json.loads(line), running), flush=True)  # noqa: T201
    finally:
        for pid in running:
            end(pid, "SIGKILL")


if __name__ == "__main__":
    run()

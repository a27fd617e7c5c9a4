# SPDX-License-Identifier: Apache-2.0
"""What a program can see of its process, written into files before and after: `python FILE.py CASE`
calls one function of FILE.py."""

import json
import os
import re
import resource
import signal
import sys


def descriptors():
    """Every open descriptor and what it leads to, without numbers that are new each time."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue  # the listing's own
        found[name] = re.sub(r"\d+", "N", target.replace(os.getcwd(), "."))
    return found


def status(*names):
    """Fields of /proc/self/status."""
    with open("/proc/self/status", encoding="utf-8") as file:
        return [line.strip() for line in file if line.split(":")[0] in names]


def is_dead(process):
    """Whether it is gone, but for its entry. The kernel removes the entry of a child that no one
    waits for a moment after wait() has said that there is none."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "X"
    except OSError:
        return True


def children():
    """How many child processes there are, where the system says it."""
    try:
        with open("/proc/thread-self/children", encoding="utf-8") as file:
            return sum(not is_dead(process) for process in file.read().split())
    except OSError:
        return None


def first_environment():
    """What the system says of it, to anybody. Without LD_PRELOAD, which comes from the loader;
    zeros may follow."""
    try:
        with open("/proc/self/environ", "rb") as file:
            entries = file.read().rstrip(b"\0").split(b"\0")
    except PermissionError:  # it isn't root any more
        return None
    return [
        os.fsdecode(entry)
        for entry in entries
        if not entry.startswith((b"LD_PRELOAD=", b"PWD=", b"OLDPWD="))
    ]


def seen():
    """All of it."""
    return {
        "descriptors": descriptors(),
        "environment": dict(os.environ),
        "first environment": first_environment(),
        "preloaded": os.environ.get("LD_PRELOAD"),
        "modules": sorted(sys.modules),
        "path": [path.replace(os.getcwd(), ".") for path in sys.path],
        "arguments": [sys.argv, sys.orig_argv],
        "flags": [str(sys.flags), sys.warnoptions, sys._xoptions],
        "program": [
            os.readlink("/proc/self/exe"),
            *(
                open(f"/proc/self/{name}", "rb").read().decode("latin-1")
                for name in ("comm", "cmdline")
            ),
        ],
        "trace": [str(sys.gettrace()), str(sys.getprofile())],
        "signals": [
            re.sub(" at 0x.*", "", str(signal.getsignal(number)))
            for number in sorted(signal.valid_signals())
        ],
        "kernel's signals": status("SigBlk", "SigIgn", "SigPnd", "ShdPnd"),
        "limits": [
            resource.getrlimit(getattr(resource, name))
            for name in sorted(dir(resource))
            if name.startswith("RLIMIT_")
        ],
        "timers": [
            signal.getitimer(which)
            for which in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
        ],
        "umask": status("Umask"),
        "rights": status("Uid", "Gid", "Groups", "CapEff", "NoNewPrivs", "Seccomp"),
        "priority": [os.nice(0), sorted(os.sched_getaffinity(0))],
        "session": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
        "children": children(),
    }


def write(name, about):
    """Write it as JSON into the working folder."""
    with open(name, "w", encoding="utf-8") as file:
        json.dump(about, file, indent=1, sort_keys=True)


def call(functions):
    """Call the function that the command line names, with what it can see written down before and
    after."""
    write(
        "before.json",
        seen()
        | {
            "threads": status("Threads"),
            "children's usage": list(resource.getrusage(resource.RUSAGE_CHILDREN)),
        },
    )
    functions[sys.argv[1]]()
    write("after.json", seen())

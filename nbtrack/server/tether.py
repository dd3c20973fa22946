"""Run a command that must not outlive the process that started it: ``tether.py PARENT_PID COMMAND...``.

It is run as a file, in isolated mode, so that it imports nothing of nbtrack. Where the system can't tie a child
to its parent's life (macOS, Windows), the command is still run; it then ends when it writes to the closed pipe.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        # The signal is sent when the parent dies; it survives exec.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is what is wanted


if __name__ == "__main__":
    main()

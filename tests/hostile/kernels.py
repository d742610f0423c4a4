"""Kernels that start fast: forked from one process that has imported what a notebook imports.

``python kernels.py`` is that process. ``python kernels.py FILE`` is what Jupyter starts, with a connection file; it
stands for its kernel: it passes on signals, and they end together. In a folder above the notebook that holds a file
``cold``, it becomes an ordinary kernel instead.
"""

import json
import os
import signal
import socket
import sys
import threading

HERE = os.environ.get("TMPDIR", "")
DOOR = os.path.join(HERE, "kernels")


def stand_for(connection: str) -> None:
    if os.path.exists(os.path.join(HERE, "cold")):
        os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", "-f", connection])
    line = socket.socket(socket.AF_UNIX)
    line.connect(DOOR)
    socket.send_fds(line, [json.dumps([connection, os.getcwd(), dict(os.environ)]).encode()], [1, 2])
    kernel = int(line.recv(20))
    signal.signal(signal.SIGINT, lambda *_: os.kill(kernel, signal.SIGINT))
    while line.recv(1):
        pass


def kernel(line: socket.socket, wanted: bytes, outputs: list[int]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection, folder, environment = json.loads(wanted)
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, output in enumerate(outputs, 1):
        os.dup2(output, number)
        os.close(output)
    line.send(str(os.getpid()).encode())
    threading.Thread(target=lambda: (line.recv(1), os.kill(os.getpid(), signal.SIGKILL)), daemon=True).start()
    sys.argv = ["ipykernel_launcher", "-f", connection]
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


def serve() -> None:
    import pandas  # noqa: F401
    from ipykernel import ipkernel, kernelapp, zmqshell  # noqa: F401

    import course.notebook
    import course.widgets  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a kernel
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(DOOR)
        door.listen()
        print("ready", flush=True)
        while True:
            line, _ = door.accept()
            wanted, outputs, _, _ = socket.recv_fds(line, 1_000_000, 2)
            if not os.fork():
                door.close()
                kernel(line, wanted, outputs)
                os._exit(0)
            line.close()
            for output in outputs:
                os.close(output)


if __name__ == "__main__":
    stand_for(sys.argv[1]) if len(sys.argv) > 1 else serve()

"""Get out: to the network, to the gradebook, to other folders."""

import os
import socket

from tests.hostile.attack import Attack, running
from tests.hostile.exhausting import GOT

MARK = f"ooc-was-here-{os.getpid()}"  # a file that must not appear
SERVER = socket.create_server(("127.0.0.1", 0))  # something that listens on the grader's machine; nobody accepts

# Connecting a datagram socket only asks for a route: it fails where there is no network, and it sends nothing.
NETWORK = f"""
import socket
s = socket.socket(type=socket.SOCK_DGRAM)
s.connect(('203.0.113.1', 9))
print('{GOT}')
"""
LOCALHOST = f"""
import socket
socket.create_connection({SERVER.getsockname()!r}, 1).close()
print('{GOT}')
"""
GRADEBOOK = f"""
import pathlib, sqlite3
for folder in pathlib.Path('.').resolve().parents:
    if (folder / 'gradebook.db').exists():
        db = sqlite3.connect(folder / 'gradebook.db', timeout=1)
        db.execute('update grade set manual_score = 11')
        db.commit()
        print('{GOT}')
"""
OUTSIDE = f"""
import pathlib
for place in ['/tmp', pathlib.Path.home(), '..', '../../../submitted/quiet-one/kinds']:
    try:
        (pathlib.Path(place) / '{MARK}').write_text('x')
    except OSError:
        pass
"""
SOURCE = f"""
import pathlib
for p in pathlib.Path('.').resolve().parents:
    for key in p.glob('source/kinds/*key.yaml'):
        key.write_text(key.read_text())
        print('{GOT}')
"""


def _code(name: str, hope: str, source: str) -> Attack:
    return Attack("reaching", name, hope, running(source), "works")


ATTACKS = [
    _code("network", "A server elsewhere gets the data.", NETWORK),
    _code("localhost", "A server on this machine answers.", LOCALHOST),
    _code("gradebook", "The points are written where they end up.", GRADEBOOK),
    _code("outside-scratch", "A file appears in a neighbour's folder, in home and in /tmp.", OUTSIDE),
    _code("source", "The key is changed for everybody.", SOURCE),
]

"""A PostgreSQL server of a test's own: reached by a socket in a temporary folder, gone at the end."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tests.grading.small import LIMIT, wait_for

_SETTINGS = ("listen_addresses=", "fsync=off", "shared_buffers=16MB", "max_connections=20", "autovacuum=off")


class Server:
    """A running server.

    Args:
        socket: The folder of its socket.
        user: Its superuser.
    """

    def __init__(self, socket: Path, user: str) -> None:
        self._socket, self._user = socket, user

    def url(self, database: str) -> str:
        return f"postgresql+psycopg:///{database}?host={self._socket}&user={self._user}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database, which may be the copy of another; return its address."""
        self._do(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.url(database)

    def answers(self) -> bool:
        try:
            self._do("SELECT 1")
        except OperationalError:
            return False
        return True

    def _do(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as db:
                db.execute(text(statement))
        finally:
            engine.dispose()


@contextlib.contextmanager
def postgres() -> Iterator[Server]:
    """Start a server; stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket has at most 107 characters
    owner = _owner()
    log = folder / "log"
    try:
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        how: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        if owner:
            how |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        name = owner.pw_name if owner else pwd.getpwuid(os.getuid()).pw_name
        init = [_program("initdb"), "-D", "data", "-U", name, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        with log.open("wb") as output:
            done = subprocess.run(init, stdout=output, timeout=LIMIT, check=False, **how)
            assert done.returncode == 0, log.read_text()
            settings = [part for setting in _SETTINGS for part in ("-c", setting)]
            server = subprocess.Popen(
                [_program("postgres"), "-D", "data", "-k", str(folder), *settings], stdout=output, **how
            )
        try:
            running = Server(folder, name)
            wait_for(lambda: running.answers() or server.poll() is not None, "PostgreSQL")
            assert server.poll() is None, log.read_text()
            yield running
        finally:
            server.send_signal(2)  # SIGINT: end all sessions and stop
            try:
                server.wait(LIMIT)
            except subprocess.TimeoutExpired:
                server.kill()
    finally:
        shutil.rmtree(folder)


def _owner() -> pwd.struct_passwd | None:
    """Return as whom the server runs: it refuses root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _program(name: str) -> str:
    """Return a program of PostgreSQL; Debian keeps them beside the PATH, a folder for each version."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    assert found, f"{name} is not here. Run tests/system_packages.sh."
    return found

"""New gradebooks without nbgrader's subprocess: it asks ``alembic`` for a number, which imports nbgrader for seconds.

Importing this module asks once, in this process, and lets nbgrader use the number for every gradebook that tests make.
"""

from pathlib import Path

import nbgrader.api
from alembic.config import Config
from alembic.script import ScriptDirectory

by_subprocess = nbgrader.api.get_alembic_version

_settings = Config()
_settings.set_main_option("path_separator", "os")
_settings.set_main_option("script_location", str(Path(nbgrader.api.__file__).parent / "alembic"))
_head = ScriptDirectory.from_config(_settings).get_current_head()
nbgrader.api.get_alembic_version = lambda: _head

"""Change what checks, displays or compares."""

from tests.hostile.attack import Attack, answering, running

ATTACKS = [
    Attack(
        "tampering",
        "patched-checker",
        "check() returns full points.",
        running(
            "import course, course.notebook as n\nclass P:\n    def __repr__(self): return '1'\n"
            "n.check = course.check = check = lambda *a: P()"
        ),
        "works",
    ),
    Attack(
        "tampering",
        "patched-assert",
        "Asserts and errors vanish before the tests run.",
        running(
            "import sys\nget_ipython().set_custom_exc((BaseException,), lambda *a, **k: None)\n"
            "get_ipython().showtraceback = lambda *a, **k: None"
        ),
        "cannot: check() reports points and raises nothing, so there is no error to hide",
    ),
    Attack(
        "tampering",
        "ipython-hooks",
        "A hook after each cell prints points of its own.",
        running(
            "from IPython.display import display\n"
            "def late(*a):\n    get_ipython().displayhook(1)\n"
            "get_ipython().events.register('pre_run_cell', late)"
        ),
        "works",
    ),
    Attack(
        "tampering",
        "ast-transformer",
        "Every call of check() becomes the number of its points.",
        running(
            "import ast\nclass T(ast.NodeTransformer):\n    def visit_Call(self, node):\n"
            "        return ast.Constant(1) if getattr(node.func, 'id', '') == 'check' else node\n"
            "get_ipython().ast_transformers.append(T())"
        ),
        "works",
    ),
    Attack(
        "tampering",
        "input-transformer",
        "The source of a check is replaced before it is parsed.",
        running(
            "get_ipython().input_transformers_post.append(\n"
            "    lambda lines: ['1\\n'] if 'check(' in ''.join(lines) else lines)"
        ),
        "works",
    ),
    Attack(
        "tampering",
        "displayhook",
        "What a check ends in is shown as another number.",
        running(
            "from IPython.core.displayhook import DisplayHook\n"
            "shell = get_ipython()\nold = type(shell.displayhook).compute_format_data\n"
            "def new(self, result):\n    return old(self, 1 if type(result).__name__ == 'Points' else result)\n"
            "type(shell.displayhook).compute_format_data = new"
        ),
        "works",
    ),
    Attack(
        "tampering",
        "run-cell",
        "The shell runs other code than the cell's.",
        running(
            "shell = get_ipython()\nold = shell.run_cell\n"
            "def run(source, *a, **k):\n    return old('1' if 'check(' in source else source, *a, **k)\n"
            "shell.run_cell = run\ntry:\n    import asyncio\n    old_async = shell.run_cell_async\n"
            "    def run_async(source, *a, **k):\n"
            "        k['transformed_cell'] = None if 'check(' in source else k.get('transformed_cell')\n"
            "        return old_async('1' if 'check(' in source else source, *a, **k)\n"
            "    shell.run_cell_async = run_async\nexcept AttributeError:\n    pass"
        ),
        "works",
    ),
    Attack(
        "tampering",
        "equal-to-everything",
        "An object that is equal to every number.",
        answering(
            "class Any(float):\n    def __eq__(self, o): return True\n    def __sub__(self, o): return 0.0\n"
            "    def __rsub__(self, o): return 0.0\n    def __abs__(self): return 0.0\n    __hash__ = float.__hash__\n"
            "corners = Any(1)"
        ),
        "cannot: what is stored of a value is a plain number",
    ),
    Attack(
        "tampering",
        "not-a-number",
        "NaN compares so that the tolerance is never exceeded.",
        answering("corners = float('nan')"),
        "cannot: a number that is not finite is refused",
    ),
    Attack(
        "tampering",
        "infinity",
        "Infinity breaks the comparison.",
        answering("corners = float('inf')"),
        "cannot: a number that is not finite is refused",
    ),
    Attack(
        "tampering",
        "int-subclass",
        "A subclass of int shows one value and is another.",
        answering(
            "class I(int):\n    def __repr__(self): return '10'\n    def __int__(self): return 10\n"
            "    def __float__(self): return 10.0\n    def __index__(self): return 10\ncorners = I(1)"
        ),
        "cannot: what is stored of it is the plain number",
    ),
    Attack(
        "tampering",
        "str-subclass",
        "A subclass of str in a table cell is equal to everything.",
        answering(
            "class S(str):\n    def __eq__(self, o): return True\n    __hash__ = str.__hash__\n"
            "squares = pd.DataFrame({S('number'): [S('x')], S('square'): [S('y')]})"
        ),
        "cannot: what is stored of a text is the plain text",
    ),
    Attack(
        "tampering",
        "dataframe-subclass",
        "A subclass of DataFrame gives other rows to whoever asks.",
        answering(
            "class D(pd.DataFrame):\n    def itertuples(self, *a, **k):\n        raise SystemExit\n"
            "    def __len__(self): return 0\nsquares = D({'number': [9], 'square': [9]})"
        ),
        "cannot: it only harms its own answer",
    ),
    Attack(
        "tampering",
        "thread",
        "A thread changes the answer after the check has begun.",
        running(
            "import threading, time\ndef late():\n    time.sleep(0.3)\n    globals().update(corners=1)\n"
            "try:\n    threading.Thread(target=late, daemon=True).start()\nexcept RuntimeError:\n    pass"
        ),
        "cannot: the answer is taken when the check runs, whoever has set it",
    ),
    Attack(
        "tampering",
        "atexit",
        "Answers are rewritten when the process ends.",
        running(
            "import atexit, pathlib\n@atexit.register\ndef late():\n"
            "    for f in pathlib.Path('.').glob('answers.json'):\n        f.write_text('{}')"
        ),
        "cannot: the points are in the notebook by then; it harms the file beside it only",
    ),
    Attack(
        "tampering",
        "import-hook",
        "A module that is imported later is another one.",
        running(
            "import sys, types\nclass F:\n    def find_spec(self, name, path=None, target=None):\n"
            "        if name == 'course.exercises.kinds.table':\n            raise ImportError\n        return None\n"
            "sys.meta_path.insert(0, F())\nfor m in [m for m in sys.modules if m.startswith('course.exercises')]:\n"
            "    sys.modules[m] = types.ModuleType(m)"
        ),
        "cannot: check() holds what it has imported before",
    ),
]

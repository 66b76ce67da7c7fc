"""Trees of source text that try to stop, fool or abuse whoever reads them without running them."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.tools.large_server import large_server

HEALTHY = """\
import boto3
from mcp.server.mcpserver import MCPServer

server = MCPServer("healthy")


@server.tool()
def healthy() -> int:
    return len(boto3.client("s3").list_buckets()["Buckets"])
"""
"""The file `healthy.py` of every tree: one tool, `healthy`, which needs s3:ListAllMyBuckets whatever stands beside it."""

SECRET = "outside-of-the-tree"
"""What the files say that links lead to; no answer may ever hold it."""

_CALL = 'boto3.client("s3").list_buckets()'


# --- text that is no Python, or not the one that is expected -----------------------------------------------------------


def syntax_error(root: Path) -> None:
    """A file that stops in the middle of an expression, below a tool that is whole."""
    _python(root, "broken.py", "@server.tool()\ndef whole():\n    return 1\n\n\ndef half(:\n    return (\n")


def python_2(root: Path) -> None:
    """Source of Python 2: print, backticks, `<>`, octal numbers, `except A, b`."""
    _python(
        root,
        "old.py",
        "try:\n    print 'x', `1`\nexcept IOError, error:\n    exec 'x = 1' in {}\nif 1 <> 0777L: pass\n",
    )


def null_bytes(root: Path) -> None:
    """A null byte in a string, in a name and at the end."""
    _write(root, "nulls.py", b"import boto3\nx = 'a\0b'\ny\0z = 1\n\0")


def not_utf8(root: Path) -> None:
    """Bytes that are no UTF-8, in a comment, in a string and in a name, without a cookie that says what they are."""
    _write(root, "latin.py", b"# \xe9\xff\nbucket = 'caf\xe9'\n\xff\xfe = 1\n")


def coding_cookies(root: Path) -> None:
    """Cookies that are true, unknown, at odds with the text, no text encoding at all, or 100,000 characters long."""
    _write(root, "true.py", b"# coding: latin-1\nbucket = 'caf\xe9'\n")
    _write(root, "unknown.py", b"# -*- coding: klingon -*-\nx = 1\n")
    _write(root, "untrue.py", b"# coding: ascii\nx = '\xc3\xa9'\n")
    _write(root, "no_text.py", b"# coding: zlib_codec\nx = 1\n")
    _write(root, "hidden.py", b"# coding: utf-7\n+AEA-server.tool()\ndef hidden(): pass\n")
    _write(root, "long.py", b"# coding: " + b"a" * 100_000 + b"\nx = 1\n")


def byte_order_marks(root: Path) -> None:
    """A mark of UTF-8 before good source, one that contradicts its cookie, two in a row, and whole files in UTF-16 and 32."""
    _write(root, "marked.py", b"\xef\xbb\xbf" + _registered("marked").encode())
    _write(root, "contradicts.py", b"\xef\xbb\xbf# coding: latin-1\nx = 1\n")
    _write(root, "twice.py", b"\xef\xbb\xbf\xef\xbb\xbfx = 1\n")
    _write(root, "utf16.py", "x = 1\n".encode("utf-16"))
    _write(root, "utf32.py", "x = 1\n".encode("utf-32"))


def empty_files(root: Path) -> None:
    """Nothing, blank lines only, a form feed, carriage returns alone, and a comment without an end of line."""
    for name, text in (
        ("nothing", b""),
        ("blank", b"\n" * 1000),
        ("feed", b"\f"),
        ("returns", b"x = 1\ry = 2\r"),
        ("end", b"#"),
    ):
        _write(root, f"{name}.py", text)


# --- size ---------------------------------------------------------------------------------------------------------------


def many_lines(root: Path, count: int = 50_000) -> None:
    """One file of `count` lines, with a tool at its end."""
    lines = "".join(f"value_{number} = {number}\n" for number in range(count))
    _python(root, "long.py", lines + _tool("at_the_end"))


def one_line(root: Path, size: int = 5 << 20) -> None:
    """One line of `size` bytes: a list of numbers."""
    _python(root, "wide.py", "numbers = [" + "1," * (size // 2) + "]\n" + _tool("below_the_line"))


def big_literals(root: Path) -> None:
    """A dictionary of 100,000 entries, a number of 100,000 digits and a string of a million characters."""
    entries = "".join(f"    'key_{number}': {number},\n" for number in range(100_000))
    _python(root, "table.py", "TABLE = {\n" + entries + "}\n")
    _python(root, "number.py", "x = " + "9" * 100_000 + "\n")
    _python(root, "text.py", "x = '" + "é" * 1_000_000 + "'\n")


def many_files(root: Path, count: int = 20_000) -> None:
    """`count` small modules in 100 packages."""
    for number in range(100):
        (root / f"package_{number}").mkdir()
    for number in range(count):
        (root / f"package_{number % 100}" / f"module_{number}.py").write_bytes(b"x = 1\n")


def deep_folders(root: Path, depth: int = 300) -> None:
    """Packages inside of each other, with relative imports that climb out of the tree."""
    folder = root
    for _ in range(depth):
        folder /= "p"
        folder.mkdir()
        (folder / "__init__.py").write_bytes(b"")
    (folder / "leaf.py").write_text("from " + "." * (depth + 50) + "etc import passwd\n", encoding="utf-8")


def many_tools(root: Path, count: int = 10_000) -> None:
    """`count` tools in one file, each with a call."""
    _python(root, "tools.py", "".join(_tool(f"tool_{number}") for number in range(count)))


def big_server(root: Path) -> None:
    """40,000 lines that a company might have: 40 modules of 1,000 lines each, with 200 tools."""
    large_server(root)


# --- depth --------------------------------------------------------------------------------------------------------------


def parentheses(root: Path, depth: int = 100_000) -> None:
    """`depth` parentheses, brackets and braces inside of each other."""
    for name, opening, closing in (("round", "(", ")"), ("square", "[", "]"), ("curly", "{1: ", "}")):
        _python(root, f"{name}.py", f"x = {opening * depth}{closing * depth}\n")


def shallow_parentheses(root: Path, depth: int = 190) -> None:
    """As many parentheses as Python itself still reads."""
    _python(root, "shallow.py", f"x = {'(' * depth}1{')' * depth}\n" + _tool("below"))


def nested_functions(root: Path, depth: int = 3_000) -> None:
    """Functions in functions: as deep as the indentation may be, far beyond it, and `depth` lambdas."""
    for name, levels in (("legal", 98), ("beyond", depth)):
        lines = "".join(" " * level + f"def f{level}():\n" for level in range(levels))
        _python(root, f"{name}.py", lines + " " * levels + f"return {_CALL}\n")
    _python(root, "lambdas.py", "f = " + "lambda: " * depth + _CALL + "\n")


def attribute_chain(root: Path, length: int = 50_000) -> None:
    """`a.b.b.b…` of `length` attributes, and chains of as many calls and subscripts."""
    _python(root, "attributes.py", "x = a" + ".b" * length + "\n")
    _python(root, "calls.py", "x = a" + "()" * length + "\n")
    _python(root, "subscripts.py", "x = a" + "[0]" * length + "\n")


def operator_chains(root: Path, length: int = 50_000) -> None:
    """Sums, negations, comparisons and joined strings of `length` terms."""
    _python(root, "sum.py", "x = " + "1 + " * length + "1\n")
    _python(root, "nots.py", "x = " + "not " * length + "y\n")
    _python(root, "minuses.py", "x = " + "-" * length + "1\n")
    _python(root, "powers.py", "x = " + "1 ** " * length + "1\n")
    _python(root, "compare.py", "x = " + "1 < " * length + "2\n")
    _python(root, "strings.py", "x = " + "'a' " * length + "\n")
    _python(root, "formats.py", "x = f'" + "{y}" * length + "'\n")


def long_boolean(root: Path, length: int = 5_000) -> None:
    """A condition of `length` terms that decides whether AWS is called."""
    terms = " or ".join(f"mode == 'm{number}'" for number in range(length))
    body = f"def conditional(mode: str):\n    if {terms}:\n        return {_CALL}\n"
    _python(root, "boolean.py", "@server.tool()\n" + body)


def long_elif(root: Path, length: int = 10_000) -> None:
    """An `elif` chain of `length` branches, which is a tree of that depth, and a match of as many cases."""
    branches = "".join(f"    elif mode == 'm{number}':\n        return {number}\n" for number in range(length))
    _python(
        root,
        "branches.py",
        f"@server.tool()\ndef branches(mode: str):\n    if not mode:\n        return {_CALL}\n{branches}",
    )
    cases = "".join(f"        case 'm{number}':\n            return {number}\n" for number in range(length))
    _python(
        root,
        "cases.py",
        f"@server.tool()\ndef cases(mode: str):\n    match mode:\n{cases}        case _:\n            return {_CALL}\n",
    )


def stacked_decorators(root: Path, count: int = 5_000) -> None:
    """A tool below `count` decorators, each of which returns another decorator, and one that returns itself."""
    makers = "def again(*args):\n    return again\n\n\ndef make(*args):\n    return lambda function: make\n\n\n"
    _python(
        root, "stacked.py", makers + "@server.tool()\n" + "@make()\n" * count + f"def stacked():\n    return {_CALL}\n"
    )
    _python(root, "itself.py", makers + f"@server.tool()\n@again(again)(again)\ndef itself():\n    return {_CALL}\n")


# --- work without end ---------------------------------------------------------------------------------------------------


def reassignment(root: Path, count: int = 100_000) -> None:
    """`x = x + 1`, `count` times, in a tool that calls AWS with the result."""
    body = "    x = x + 1\n" * count
    _python(
        root,
        "counting.py",
        f"@server.tool()\ndef counting(x: int = 0):\n{body}    return boto3.client('s3').get_object(Bucket=str(x), Key='k')\n",
    )


def doubling_calls(root: Path, depth: int = 60) -> None:
    """Functions that call the next one twice, the last of which calls the first: 2**`depth` ways, and then without end."""
    lines = [
        f"def f{level}(client, name):\n    f{level + 1}(client, name)\n    return f{level + 1}(client, name + 'x')\n"
        for level in range(depth)
    ]
    last = f"def f{depth}(client, name):\n    client.get_object(Bucket=name, Key='k')\n    return f0(client, name)\n"
    _python(
        root,
        "doubling.py",
        "\n\n".join((*lines, last)) + "\n\n@server.tool()\ndef doubling():\n    return f0(boto3.client('s3'), '')\n",
    )


def growing_recursion(root: Path) -> None:
    """A function that calls itself with ever larger closures, tuples, partials and texts."""
    text = """\
import functools


def grow(function, name, box):
    function()
    return grow(lambda: grow(function, name + name, (box, box)), name + name, [box, box])


def apply(function):
    return apply(functools.partial(apply, function))


@server.tool()
def growing():
    apply(grow)
    return grow(boto3.client("s3").list_buckets, "a", ())
"""
    _python(root, "growing.py", text)


def unions(root: Path, count: int = 20) -> None:
    """A name, a client and a function of which each may be one of 2**`count`, depending on `count` flags."""
    flags = ", ".join(f"f{number}: bool = False" for number in range(count))
    names = "".join(f"    name = name + ('a' if f{number} else 'b')\n" for number in range(count))
    boxes = "".join(f"    box = (box, {number}) if f{number} else (box, -{number})\n" for number in range(count))
    calls = "".join(f"    if f{number}:\n        client = wrap(client, {number})\n" for number in range(count))
    body = f"    name, box, client = '', (), boto3.client('s3')\n{names}{boxes}{calls}"
    wrap = "def wrap(client, number):\n    return client\n\n\n"
    _python(
        root,
        "unions.py",
        f"{wrap}@server.tool()\ndef unions({flags}):\n{body}    getattr(client, name)(Bucket=name)\n    return client.list_buckets(), box\n",
    )


def constant_bombs(root: Path) -> None:
    """Constants that are short to write and too large to compute: powers, shifts, repeated texts, widths of formats."""
    bombs = (
        "9 ** 9 ** 9 ** 9",
        "1 << 10 ** 10",
        "'a' * 10 ** 10",
        "['a'] * 10 ** 10",
        "('a' * 10 ** 5).replace('a', 'a' * 10 ** 5).replace('a', 'a' * 10 ** 5)",
        "'%10000000000s' % 'a'",
        "'{:>10000000000}'.format('a')",
        "f\"{'a':>10000000000}\"",
        "'a'.ljust(10 ** 10)",
        "'-'.join(['a' * 10 ** 6] * 10 ** 6)",
        "list(range(10 ** 12))",
        "'ab' * (1 << 62)",
        "float('1e999') // 0",
        "int('9' * 5000)",
    )
    for number, bomb in enumerate(bombs):
        _python(
            root,
            f"bomb_{number}.py",
            f"NAME = {bomb}\n\n\n@server.tool(name=f'bomb_{{NAME}}')\ndef bomb_{number}():\n    return boto3.client('s3').get_object(Bucket=NAME, Key=str(NAME))\n",
        )


def endless_registration(root: Path) -> None:
    """Loops that would register tools without end: `while True`, a range, a product, a list that grows while it is walked."""
    text = f"""\
import itertools


def tool():
    return {_CALL}


tools = [tool]
for number in range(10 ** 12):
    server.add_tool(tool, name=f"tool_{{number}}")
for parts in itertools.product("abcdefghij", repeat=12):
    server.add_tool(tool, name="".join(parts))
for each in tools:
    tools.append(each)
    server.add_tool(each)
while True:
    server.add_tool(tool)
"""
    _python(root, "endless.py", text)


# --- cycles -------------------------------------------------------------------------------------------------------------


def class_cycle(root: Path) -> None:
    """Classes that are their own ancestors: by name, by way of two modules, and by a base that is computed."""
    _python(
        root,
        "first.py",
        "from second import Second\n\n\nclass First(Second):\n    pass\n\n\nclass Own(Own):\n    pass\n",
    )
    _python(
        root,
        "second.py",
        "from first import First\n\n\nclass Second(First):\n    def __init__(self):\n        super().__init__()\n        self.client = boto3.client('s3')\n",
    )
    _python(
        root,
        "use.py",
        "import first\n\n\nclass Computed(type('Computed', (first.First,), {})):\n    pass\n\n\n@server.tool()\ndef cyclic():\n    return Computed().client.list_buckets(), first.Own().missing()\n",
    )


def import_cycle(root: Path) -> None:
    """Modules that import each other, themselves, and names that come round in a circle."""
    _python(root, "one.py", "import two\nfrom two import value\n\nname = value\n")
    _python(root, "two.py", "import one\nimport two\nfrom one import name\n\nvalue = name\n")
    _python(
        root,
        "use.py",
        "from one import name\nfrom two import value as again\n\n\n@server.tool()\ndef circular():\n    again(name)\n    return "
        + _CALL
        + "\n",
    )


def star_cycle(root: Path, count: int = 50) -> None:
    """`count` modules, each of which imports everything from all others, with an `__all__` that depends on theirs."""
    for number in range(count):
        others = "".join(f"from star_{other} import *\n" for other in range(count) if other != number)
        nxt = f"star_{(number + 1) % count}"
        _python(
            root,
            f"star_{number}.py",
            f"{others}import {nxt}\n\n__all__ = {nxt}.__all__ + ['name_{number}']\nname_{number} = {nxt}.name_{(number + 1) % count}\n",
        )


def value_cycles(root: Path) -> None:
    """Lists, dictionaries, attributes and functions that hold themselves, and servers that are mounted on each other."""
    text = """\
from fastmcp import FastMCP

box = []
box.append(box)
table = {}
table["table"] = table
a, b = FastMCP("a"), FastMCP("b")
a.mount(b, prefix="b")
b.mount(a, prefix="a")
a.mount(a)


def itself():
    return itself


itself.itself = itself


class Knot:
    def __init__(self):
        self.knot = self
        self.client = boto3.client("s3")

    @property
    def loop(self):
        return self.loop


@a.tool
def knotted():
    itself()()()()
    table["table"]["table"]["table"]()
    return Knot().knot.knot.knot.loop, Knot().knot.client.list_buckets(), box[0][0][0]()
"""
    _python(root, "knots.py", text)


def getattr_recursion(root: Path) -> None:
    """`__getattr__`, `__getattribute__`, `__getitem__` and `__call__` that ask themselves, in a class and in a module."""
    text = """\
class Any:
    def __init__(self):
        self.inner = Any()

    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __getattribute__(self, name):
        return self.inner.__getattribute__(name)

    def __getitem__(self, key):
        return self[key]

    def __call__(self, *args):
        return self(*args)(self)


def __getattr__(name):
    return __getattr__(name)


@server.tool()
def asks():
    any = Any()
    any.list_buckets()
    any["s3"]()
    return any()()().s3.client.get_object()
"""
    _python(root, "asks.py", text)
    _python(root, "use.py", "import asks\n\nasks.nothing.at.all()\n")


# --- files that are none ------------------------------------------------------------------------------------------------


def links(root: Path) -> None:
    """Links to themselves, to each other, to a folder above, and to a file and a folder outside of the tree."""
    outside = root.parent / f"{root.name}-outside"
    outside.mkdir()
    (outside / "secret.py").write_text(
        f"{SECRET.replace('-', '_')} = '{SECRET}'\n" + _registered("outside"), encoding="utf-8"
    )
    (root / "inner").mkdir()
    for name, target in (
        ("itself.py", "itself.py"),
        ("ping.py", "pong.py"),
        ("pong.py", "ping.py"),
        ("inner/above", ".."),
        ("again", "."),
        ("dangling.py", "nowhere.py"),
        ("out.py", str(outside / "secret.py")),
        ("out", str(outside)),
        ("up.py", f"../{outside.name}/secret.py"),
    ):
        (root / name).symlink_to(target)


def special_files(root: Path) -> None:
    """A pipe, a socket, a device and folders that are called like modules; to read the first three would never end."""
    os.mkfifo(root / "pipe.py")
    # A socket's path is limited to a hundred characters or so, which that of a test may exceed.
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{short}/s")
        Path(f"{short}/s").rename(root / "socket.py")
    (root / "device.py").symlink_to("/dev/zero")
    with contextlib.suppress(OSError):
        # Only where the process may make devices; else the link above has to do.
        os.mknod(root / "zero.py", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    (root / "folder.py").mkdir()
    (root / "folder.py" / "__init__.py").mkdir()
    (root / "folder.py" / "inner.py").write_text("x = 1\n", encoding="utf-8")


def unreadable(root: Path) -> None:
    """A file and a folder that may not be read (which does not stop root); `release` gives them back."""
    _python(root, "closed.py", "x = 1\n")
    (root / "closed").mkdir()
    _python(root / "closed", "inner.py", "x = 1\n")
    (root / "closed.py").chmod(0)
    (root / "closed").chmod(0)


def strange_file_names(root: Path) -> None:
    """Modules whose names hold an escape sequence, line ends, a direction mark, quotes, and bytes that are no UTF-8."""
    for name in (
        b"\x1b[31mred.py",
        b"two\nlines.py",
        b"tab\there.py",
        "right\u202eyp.py".encode(),
        "private\ue000.py".encode(),
        b"not-utf8-\xff.py",
        b"'quoted\"`.py",
        b"$(touch canary).py",
        b"-rf.py",
        b" .py",
        b".py",
        b"a" * 250 + b".py",
    ):
        Path(os.fsdecode(os.path.join(os.fsencode(root), name))).write_text(_registered("strange"), encoding="utf-8")  # noqa: PTH118 - a Path takes no bytes


# --- what it says -------------------------------------------------------------------------------------------------------


def strange_names(root: Path) -> None:
    """Names of tools, arguments, buckets and operations with control and private-use characters, markup and placeholders."""
    strange = (
        "\x1b[2J\x1b]0;title\x07",
        "line\nbreak\r\n",
        "null\0",
        "right\u202eleft\u2066",
        "private\ue000\U000f0000",
        "half\ud800",
        "zero\u200bwidth\ufeff",
        "{bucket}{0}{}%s",
        "<script>alert(1)</script>",
        "[red]markup[/red]",
        "../../etc/passwd",
        '"""\n[[tool]]\nname = "injected"',
        "",
        " ",
        "İ" * 50,
    )
    for number, name in enumerate(strange):
        text = f"""\
@server.tool(name={name!a}, description={name!a})
def strange(key: str = {name!a}):
    s3 = boto3.client("s3")
    getattr(s3, {name!a})(Bucket=key)
    boto3.client({name!a}).call()
    return s3.get_object(Bucket={name!a}, Key=f"{{key}}/" + {name!a})
"""
        _python(root, f"strange_{number}.py", text)
    # Python takes letters of other widths and hands for the plain ones.
    wide = {ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyz"}
    signature = f"{'full'.translate(wide)}({'bucket'.translate(wide)}, \u210c=1)"
    call = "boto3.client('s3').get_object(Bucket=bucket, Key=str(H))"
    _python(root, "letters.py", f"@server.tool()\ndef {signature}:\n    return {call}\n")


def long_tool_name(root: Path, size: int = 1 << 20) -> None:
    """A tool, an argument, a bucket and an operation whose names have `size` characters."""
    name = "a" * size
    _python(
        root,
        "long.py",
        f"@server.tool(name='{name}')\ndef long({name}='{name}'):\n    boto3.client('s3').{name}()\n    return boto3.client('s3').get_object(Bucket='{name}', Key={name})\n",
    )


def many_arguments(root: Path, count: int = 5_000) -> None:
    """A tool of `count` arguments, all of which are in one key."""
    names = [f"a{number}" for number in range(count)]
    key = "".join(f"{{{name}}}" for name in names)
    _python(
        root,
        "arguments.py",
        f"@server.tool()\ndef arguments({', '.join(f'{name}: str = {name!r}' for name in names)}):\n    return boto3.client('s3').get_object(Bucket=a0, Key=f'{key}')\n",
    )


def confusing_names(root: Path) -> None:
    """Modules called like those that the reader itself needs, and names of AWS that are rebound to something else."""
    for name in ("boto3", "botocore", "mcp", "fastmcp", "ast", "json", "iamsim", "tomllib", "site"):
        _write(root, f"{name}.py", b"def client(*args):\n    return None\n\n\nclass MCPServer:\n    pass\n")
    text = """\
import boto3
from healthy import server

print = boto3.client
boto3 = None
globals()["boto3"] = __import__("boto3")
locals().update(vars(boto3))
exec("del server")
server = server if server else None
del boto3


@server.tool()
def confused():
    return print("s3").list_buckets()
"""
    _write(root, "confusing.py", text.encode())


# --- what it does when it is run ----------------------------------------------------------------------------------------


def canary(root: Path) -> Path:
    """The file that source called by `executing(root)` writes when anything of it runs; it lies beside the tree."""
    return root.parent / f"{root.name}.canary"


def executing(root: Path) -> None:
    """Modules each of which writes `canary(root)` at once: bodies, decorators, metaclasses, defaults, and files that tools run by themselves."""
    write = f"open({str(canary(root))!r}, 'a').write(__name__ + chr(10))"
    texts = {
        "body.py": write,
        "decorator.py": f"def decorator(function):\n    {write}\n    return function\n\n\n@decorator\ndef f(): pass",
        "default.py": f"def f(x={write}): pass",
        "annotation.py": f"x: {write} = 1",
        "class_body.py": f"class A:\n    {write}",
        "metaclass.py": f"class Meta(type):\n    def __prepare__(*args):\n        {write}\n        return {{}}\n\n\nclass A(metaclass=Meta): pass",
        "subclass.py": f"class A:\n    def __init_subclass__(cls):\n        {write}\n\n\nclass B(A): pass",
        "set_name.py": f"class D:\n    def __set_name__(self, *args):\n        {write}\n\n\nclass A:\n    d = D()",
        "lookup.py": f"def __getattr__(name):\n    {write}\n    return ()",
        "__init__.py": write,
        "__main__.py": write,
        "setup.py": write,
        "conftest.py": write,
        "noxfile.py": write,
        "sitecustomize.py": write,
        "usercustomize.py": write,
        "boto3.py": write,
        "ast.py": write,
        "tomllib.py": write,
        "iamsim_rules.py": write,
        "encodings_canary.py": write,
    }
    for name, text in texts.items():
        _write(root, name, f"{text}\n".encode())
    _write(root, "cookie.py", b"# coding: encodings_canary\nx = 1\n")
    _write(root, "canary.pth", f"import sys; {write}\n".encode())
    _write(
        root,
        "pyproject.toml",
        b'[build-system]\nrequires = []\nbuild-backend = "body"\nbackend-path = ["."]\n\n[project]\nname = "x"\nversion = "1"\nentry-points."iamsim.rules".x = "body"\n',
    )
    _write(root, "Makefile", f"all:\n\ttouch {canary(root)}\n".encode())
    typed = f"@server.tool()\ndef typed(x: {write!r}) -> {write!r}:\n    return {_CALL}\n"
    _python(root, "typed.py", typed)


def _trees(*functions: Callable[..., None]) -> Mapping[str, Callable[[Path], None]]:
    return {function.__name__: function for function in functions}


_FUNCTIONS: Iterable[Callable[..., None]] = (
    syntax_error,
    python_2,
    null_bytes,
    not_utf8,
    coding_cookies,
    byte_order_marks,
    empty_files,
    many_lines,
    one_line,
    big_literals,
    many_files,
    deep_folders,
    many_tools,
    big_server,
    parentheses,
    shallow_parentheses,
    nested_functions,
    attribute_chain,
    operator_chains,
    long_boolean,
    long_elif,
    stacked_decorators,
    reassignment,
    doubling_calls,
    growing_recursion,
    unions,
    constant_bombs,
    endless_registration,
    class_cycle,
    import_cycle,
    star_cycle,
    value_cycles,
    getattr_recursion,
    links,
    special_files,
    unreadable,
    strange_file_names,
    strange_names,
    long_tool_name,
    many_arguments,
    confusing_names,
    executing,
)
TREES: Mapping[str, Callable[[Path], None]] = _trees(*_FUNCTIONS)
"""Every tree by its name: a function that makes it in an empty folder."""


def made(name: str, root: Path) -> Path:
    """The folder `root`, new, with the tree `name` and its `healthy.py` in it."""
    root.mkdir(parents=True)
    TREES[name](root)
    _write(root, "healthy.py", HEALTHY.encode())
    return root


def release(root: Path) -> None:
    """Let whatever `root` holds be read and removed again."""
    for name in ("closed", "closed.py"):
        if (root / name).exists():
            (root / name).chmod(0o700)


def _tool(name: str) -> str:
    return f"\n\n@server.tool()\ndef {name}():\n    return {_CALL}\n"


def _registered(name: str) -> str:
    return "import boto3\nfrom healthy import server\n" + _tool(name)


def _python(root: Path, name: str, text: str) -> None:
    """A module that has boto3 and the healthy server's object, and then `text`."""
    _write(root, name, ("import boto3\nfrom healthy import server\n\n" + text).encode())


def _write(root: Path, name: str, content: bytes) -> None:
    (root / name).write_bytes(content)

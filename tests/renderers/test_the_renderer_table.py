from __future__ import annotations

import io
import subprocess
import sys
from typing import TextIO, cast

import pytest

from iamsim.errors import InputError
from iamsim.renderers import RenderOptions, names, options_for, renderer, renderers


class Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


def test_every_format_is_in_the_table_under_the_name_of_its_file():
    assert {"html", "json", "terminal"} <= set(names())
    assert all(renderers()[name].name == name for name in names())
    assert [renderers()[name].extension for name in ("html", "json", "terminal")] == [".html", ".json", ".txt"]


def test_an_unknown_format_is_refused_with_the_choices():
    with pytest.raises(InputError) as caught:
        renderer("pdf")
    assert caught.value.message == "`pdf` is no report format"
    assert "html, json" in (caught.value.hint or "")


def test_a_format_of_another_package_cannot_be_named():
    with pytest.raises(InputError):
        renderer("..documents")


def test_asking_for_json_loads_neither_rich_nor_jinja2():
    code = (
        "import sys; from iamsim.renderers import names, renderer; names(); renderer('json'); "
        "print([m for m in ('rich', 'jinja2', 'iamsim.renderers.html') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_the_modules_of_the_formats_load_no_heavy_library_before_they_are_used():
    code = (
        "import sys; from iamsim.renderers import renderers; renderers(); "
        "print([m for m in ('rich', 'jinja2', 'markupsafe') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {"COLUMNS": "80"}, RenderOptions(80, color=True)),
        (Terminal(), {"COLUMNS": "80", "NO_COLOR": "1"}, RenderOptions(80)),
        (Terminal(), {"COLUMNS": "80", "NO_COLOR": ""}, RenderOptions(80, color=True)),
        (Terminal(), {"COLUMNS": "80", "TERM": "dumb"}, RenderOptions(80)),
        (Terminal(), {}, RenderOptions(100, color=True)),
        (Terminal(), {"COLUMNS": "5"}, RenderOptions(60, color=True)),
        (Terminal(), {"COLUMNS": "900"}, RenderOptions(160, color=True)),
        (Terminal(), {"COLUMNS": "many"}, RenderOptions(100, color=True)),
        (io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), {}, RenderOptions(100)),
        (io.TextIOWrapper(io.BytesIO(), encoding="latin-1"), {}, RenderOptions(100, unicode=False)),
        (io.TextIOWrapper(io.BytesIO(), encoding="ascii"), {}, RenderOptions(100, unicode=False)),
    ],
)
def test_what_a_stream_can_show_is_asked_of_the_stream_and_the_environment(stream, environment, expected):
    assert options_for(cast("TextIO", stream), environment) == expected

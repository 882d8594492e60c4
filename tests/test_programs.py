"""Other programs are asked with the environment that is given, and whatever is no answer is told in one line."""

import subprocess
import sys
import time

import pytest

from nrag import programs


@pytest.fixture
def install(tmp_path):
    """Writes a program of the given name; all are in one folder."""

    def write(name, script, *, interpreter="/bin/sh"):
        file = tmp_path / name
        file.write_text(f"#!{interpreter}\n{script}\n")
        file.chmod(0o755)
        return {"PATH": str(tmp_path)}

    return write


def reason(command, environ, **options):
    """Why there is no answer."""
    with pytest.raises(programs.NoAnswerError) as caught:
        programs.ask(command, environ, **options)
    # What was caught on the way says nothing that the line does not.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def test_an_answer_is_all_that_is_printed_and_no_complaint(install):
    environ = install("tell", "echo ' one'; echo complaint >&2; echo two")
    assert programs.ask(["tell"], environ) == " one\ntwo\n"
    assert programs.ask(["tell"], install("tell", "echo complaint >&2")) == ""


def test_arguments_are_handed_on_as_they_are(install):
    environ = install("tell", 'for word in "$@"; do echo "<$word>"; done')
    assert programs.ask(["tell", "-h", "$HOME; *", ""], environ) == "<-h>\n<$HOME; *>\n<>\n"


def test_the_path_of_the_environment_decides_and_not_this_process(install, monkeypatch, tmp_path):
    environ = install("tell", "echo mine")
    assert programs.ask(["tell"], environ) == "mine\n"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert reason(["tell"], {"PATH": str(tmp_path / "elsewhere")}) == "tell not found"
    assert reason(["tell"], {"PATH": ""}) == "tell not found"


def test_without_a_path_the_systems_own_folders_are_looked_through(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.ask(["sh", "-c", "echo there"], {}) == "there\n"


def test_the_environment_is_handed_on_whole_and_nothing_else(install, monkeypatch):
    monkeypatch.setenv("OF_THIS_PROCESS", "1")
    environ = install("tell", "import os; print(sorted(os.environ.items()))", interpreter=f"{sys.executable} -I")
    # Python adds LC_CTYPE to its own environment where no locale is set.
    environ |= {"TOLD": "a b", "LC_ALL": "C.UTF-8"}
    assert programs.ask(["tell"], environ) == f"{sorted(environ.items())}\n"


@pytest.mark.parametrize("status", [1, 2, 255])
def test_a_program_that_fails_is_quoted_with_its_first_line(status, install):
    environ = install("tell", f"echo half; printf '\\n error: no server\\nmore\\n' >&2; exit {status}")
    assert reason(["tell"], environ) == "error: no server"


def test_a_program_that_fails_without_a_word_is_named(install):
    environ = install("tell", "echo half; echo >&2; exit 3")
    assert reason(["tell", "-a"], environ) == "tell failed without a word"


def test_a_program_that_is_killed_gave_no_answer(install):
    environ = install("tell", "echo half; kill -KILL $$")
    assert reason(["tell"], environ) == "tell failed without a word"


def test_a_silent_program_is_not_waited_for_beyond_ones_patience(install):
    environ = install("tell", "exec /bin/sleep 60")
    start = time.monotonic()
    assert reason(["tell"], environ, patience=0.1) == "tell said nothing for 0.1 s"
    assert time.monotonic() - start < 30


def test_a_program_has_some_seconds_where_nothing_else_is_said(install, monkeypatch):
    given = []

    def run(command, *, timeout, **options):
        given.append(timeout)
        return subprocess.CompletedProcess(command, 0, stdout="", stderr="")

    monkeypatch.setattr(programs.subprocess, "run", run)
    programs.ask(["tell"], install("tell", ""))
    assert given == [programs.PATIENCE]
    assert 1 <= programs.PATIENCE <= 60


def test_a_file_that_is_no_program_is_told_with_the_reason(install, tmp_path):
    environ = install("tell", "", interpreter="/no/such/interpreter")
    assert reason(["tell"], environ) == "tell cannot be run: No such file or directory"
    (tmp_path / "tell").write_bytes(b"\x7fELF, but no more")
    assert reason(["tell"], environ) == "tell cannot be run: Exec format error"


def test_a_file_that_may_not_be_run_is_not_found(install, tmp_path):
    environ = install("tell", "echo one")
    (tmp_path / "tell").chmod(0o644)
    assert reason(["tell"], environ) == "tell not found"


def test_whatever_is_no_answer_counts_as_nothing_printed(install, monkeypatch):
    environ = install("tell", 'echo " $TOLD "')
    assert programs.answer(["tell"], environ | {"TOLD": "one"}) == " one \n"
    assert programs.answer(["other"], environ) == ""
    assert programs.answer(["tell"], install("tell", "echo half; exit 1")) == ""
    monkeypatch.setitem(programs.ask.__kwdefaults__, "patience", 0.1)
    assert programs.answer(["tell"], install("tell", "exec /bin/sleep 60")) == ""

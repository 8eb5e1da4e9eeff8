import subprocess
import sys
from pathlib import Path

import pytest

from gateway.errors import Invalid
from gateway.store import Database
from gateway.store.solitary import Solitary
from tests.support import ROOT

HOLD = "import sys, gateway.store.solitary as s; s.Solitary(s.Database(sys.argv[1])).hold()"


def of(file: Path) -> Solitary:
    return Solitary(Database(f"sqlite:///{file}"))


def test_a_file_is_worked_on_by_one_process_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "gateway.sqlite"
    first = of(file)
    first.hold()
    words = f"another process works on {file}: SQLite has one, PostgreSQL as many as you like"
    with pytest.raises(Invalid) as raised:
        of(file).hold()
    assert [(finding.pointer, finding.text) for finding in raised.value.findings] == [("/store/dsn", words)]
    other = subprocess.run(
        [sys.executable, "-c", HOLD, f"sqlite:///{file}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (other.returncode, words in other.stderr) == (1, True)
    first.release()
    next_one = of(file)
    next_one.hold()
    next_one.release()


def test_a_process_that_ended_in_whatever_way_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "gateway.sqlite"
    ended = subprocess.run([sys.executable, "-c", f"{HOLD}; import os; os._exit(9)", f"sqlite:///{file}"], cwd=ROOT)
    assert ended.returncode == 9
    last = of(file)
    last.hold()
    last.hold()
    last.release()


def test_a_store_in_memory_needs_no_lock() -> None:
    for _ in range(2):
        Solitary(Database()).hold()

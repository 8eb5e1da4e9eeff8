"""`recode` on every printed message: a defective one is not written but by --lenient, and then it is the same."""

from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli.bench import recode
from gateway.wire import decode_document
from gateway.wire.json import parse_json
from gateway.wire.kept import differences
from gateway_oicp import adapter
from gateway_oicp.forms import FORMS
from tests.support import CONFORMANCE, needs_conformance

KNOWN = {f"{form.name.removesuffix('.response')}.{form.direction}" for form in FORMS}
SAMPLES = [
    path
    for folder in ("CPO", "EMP")
    for path in sorted((CONFORMANCE / "oicp" / folder).glob("*.json"))
    if path.stem in KNOWN
]


def _is_defective(path: Path) -> bool:
    found = adapter.identify(path.read_bytes(), path.name)
    return any(one.severity == "error" for one in decode_document(found.form.wire, found.document).findings)


def _recoded(path: Path, capsys: Any, *, lenient: bool) -> tuple[int, bytes, str]:
    code = 0
    try:
        recode(str(path), "oicp", None, False, lenient)
    except typer.Exit as end:
        code = end.exit_code
    out, err = capsys.readouterr()
    return code, out, err.decode()


@needs_conformance
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_is_written_as_it_is_or_not_at_all(path: Path, capsysbinary: Any) -> None:
    code, out, err = _recoded(path, capsysbinary, lenient=False)
    if _is_defective(path):
        assert (code, out) == (1, b"")
        assert all(line.startswith("error: /") for line in err.splitlines())
        assert err
        code, out, err = _recoded(path, capsysbinary, lenient=True)
    assert (code, err) == (0, "")
    assert differences(parse_json(path.read_bytes()), parse_json(out)) == ()


@needs_conformance
def test_there_are_samples_of_both_kinds() -> None:
    defective = [path for path in SAMPLES if _is_defective(path)]
    assert len(SAMPLES) > len(defective) > 5

"""The benchmark of the device runs; without one it says so and ends with status 2."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("bench_gpu")


def test_it_runs(cp, bench, tmp_path, capsys):
    assert bench.main(["--quick", "--output", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "of the floor" in text
    content = json.loads((tmp_path / "gpu.json").read_text())
    assert len(content["steps"]) == 9
    assert all(step["seconds"] > 0 for step in content["steps"])
    if cp.cuda.runtime.getDeviceCount() == 1:
        assert content["several"][0]["left out"].startswith("it takes two devices")
    assert bench.main(["--check"]) == 0


def test_several_devices(several, bench):
    rows = bench.several(several, bench.Sizes.quick())
    assert [row["devices"] for row in rows] == sorted(row["devices"] for row in rows)
    assert {row["devices"] for row in rows} >= {1, several.cuda.runtime.getDeviceCount()}
    assert all(row["speed-up"] == 1 for row in rows if row["devices"] == 1)
    assert all(row["wall s"] > 0 for row in rows)


def test_without_a_device_it_says_what_is_missing():
    code = f"import sys; sys.path.insert(0, {str(FOLDER)!r}); sys.modules['cupy'] = None; "
    code += "import bench_gpu; sys.exit(bench_gpu.main(['--check']))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("nothing can be measured: CuPy is needed")
    assert "chebtucker[cuda13]" in run.stderr
    assert "Traceback" not in run.stderr

import subprocess
import sys
from pathlib import Path

import pytest

from sim.folders import MARKER, FolderInUse, ResultsError, prepare_folder, replacing, write_text
from sim.plugins import registry_for
from sim.results import load
from sim.run_folder import RunFolder, RunStatus
from sim.verify import verify
from tests.sim.small_ledger import STORAGE
from tests.sim.small_runs import BORN, begun, finished


def give_up_writing(path: Path) -> None:
    with replacing(path) as draft:
        draft.write_text("half of the n")
        raise RuntimeError


def test_a_folder_with_other_files_is_never_taken(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    for force in (False, True):
        with pytest.raises(FolderInUse):
            RunFolder.create(tmp_path, STORAGE, BORN.genesis, force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_folder_s_place_is_not_taken(tmp_path: Path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(FolderInUse):
        prepare_folder(tmp_path / "run", force=True)


def test_an_earlier_run_is_replaced_only_by_force(tmp_path: Path):
    finished(tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(FolderInUse, match="holds earlier results; choose another folder, or replace them"):
        RunFolder.create(tmp_path / "run", STORAGE, BORN.genesis)
    assert load(tmp_path / "run").complete
    again = STORAGE.model_copy(update={"seed": 2})
    RunFolder.create(tmp_path / "run", again, BORN.genesis, force=True).store.close()
    results = load(tmp_path / "run")
    assert (results.manifest["seed"], results.status, len(results.events)) == (2, RunStatus.RUNNING, 0)
    assert len(results.blocks) == 1
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_a_run_that_is_going_on_is_not_replaced_even_by_force(tmp_path: Path):
    run = begun(tmp_path / "run")
    for force in (False, True):
        with pytest.raises(FolderInUse, match="a run is going on there"):
            RunFolder.create(tmp_path / "run", STORAGE, BORN.genesis, force=force)
        with pytest.raises(FolderInUse, match="a run is going on there"):
            prepare_folder(tmp_path / "run", force=force)
    run.close(RunStatus.COMPLETE)
    assert verify(tmp_path / "run", registry_for).blocks == 10
    prepare_folder(tmp_path / "run", force=True)


CREATE_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from sim.run_folder import RunFolder
from tests.sim.small_ledger import STORAGE, small_chain
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    RunFolder.create(Path(sys.argv[1]), STORAGE, small_chain().genesis, force=True)
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(("limit", "error"), [(10, "ResultsError"), (10_000, "StoreError")])
def test_a_folder_that_cannot_be_filled_is_not_left_half_made(limit: int, error: str, tmp_path: Path):
    (tmp_path / "old").mkdir()
    finished(tmp_path / "old" / "run")
    (tmp_path / "old" / "run" / "notes.txt").write_text("mine")
    for folder in (tmp_path / "new" / "deep" / "run", tmp_path / "old" / "run"):
        command = [sys.executable, "-c", CREATE_ON_A_FULL_DISK, str(folder), str(limit)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == error
    assert not (tmp_path / "new").exists()
    left = {path.name for path in (tmp_path / "old" / "run").iterdir() if path.is_file()}
    assert left == {MARKER, "notes.txt"}


def test_an_empty_folder_is_taken_and_marked(tmp_path: Path):
    prepare_folder(tmp_path / "a" / "b")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == [MARKER]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "summary.json"
    write_text(path, "old")
    with pytest.raises(RuntimeError):
        give_up_writing(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_a_typed_error(tmp_path: Path):
    (tmp_path / "taken").write_text("a file where a folder is needed")
    with pytest.raises(ResultsError, match="cannot be written"):
        write_text(tmp_path / "taken" / "summary.json", "x")

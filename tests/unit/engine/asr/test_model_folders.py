"""Models as folders on the disk: imported, listed, removed, damaged."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import pytest
from model_files import COMMIT, FILES, weights

from desktop.engine.asr.modelfolder import verify_folder
from desktop.engine.asr.modelstore import ModelStore
from desktop.errors import ModelError, NotFoundError

FIXTURE = Path(__file__).resolve().parents[3] / "models/whisper-fixture"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "my model"
    path.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "README.md"):
        (path / name).write_bytes(FILES[name])
    return path


def test_import_list_remove(store: ModelStore, folder: Path) -> None:
    (folder / "run.py").write_text("raise SystemExit")
    record = store.import_folder(folder)
    assert record.name == "my model"
    assert record.installed
    path = store.resolve("my model")
    assert sorted(p.name for p in path.iterdir()) == ["config.json", "model.bin", "tokenizer.json"]
    assert "my model" in [r.name for r in store.list()]
    with pytest.raises(ModelError) as caught:
        store.import_folder(folder)
    assert caught.value.code == "model.exists"
    store.remove("my model")
    assert "my model" not in [r.name for r in store.list()]
    with pytest.raises(NotFoundError):
        store.remove("my model")


def test_import_follows_the_links_of_the_hubs_cache(
    store: ModelStore, folder: Path, tmp_path: Path
) -> None:
    snapshot = tmp_path / "models--Systran--faster-whisper-nano/snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (snapshot / name).symlink_to(folder / name)
    record = store.import_folder(snapshot)
    assert record.name == "faster-whisper-nano"
    assert not (Path(record.path) / "model.bin").is_symlink()


@pytest.mark.parametrize("name", ["large-v3-turbo", "large"])
def test_a_folder_with_a_models_second_name_is_found_again(
    store: ModelStore, folder: Path, name: str
) -> None:
    renamed = folder.rename(folder.parent / name)
    record = store.import_folder(renamed)
    assert record.name == name
    assert store.resolve(name) == Path(record.path)
    assert not any(r.installed for r in store.list() if r.name in ("turbo", "large-v3"))
    store.remove(name)
    assert name not in [r.name for r in store.list()]


def test_a_home_that_nobody_has_is_not_found(store: ModelStore) -> None:
    with pytest.raises(NotFoundError):
        store.resolve("~nobody-has-this-name/model")


def test_a_path_can_be_used_in_place(store: ModelStore, folder: Path) -> None:
    assert store.resolve(str(folder)) == folder


@pytest.mark.parametrize("name", ["..", "../x", "/etc", ".incoming", "", "a/../../b"])
def test_names_never_leave_the_store(store: ModelStore, name: str) -> None:
    with pytest.raises((NotFoundError, ModelError)):
        store.resolve(name)
    with pytest.raises(NotFoundError):
        store.remove(name)


def test_pickles_are_refused(store: ModelStore, folder: Path) -> None:
    """faults: N81"""
    for data in (pickle.dumps({"a": 1}), b"PK\x03\x04archive/data.pkl"):
        (folder / "model.bin").write_bytes(data)
        with pytest.raises(ModelError) as caught:
            store.import_folder(folder)
        assert caught.value.code == "model.pickle"
    (folder / "model.bin").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled"):
        store.import_folder(folder)


def test_other_kinds_of_models_are_explained(store: ModelStore, folder: Path) -> None:
    (folder / "model.bin").write_bytes(weights(spec="TransformerSpec"))
    with pytest.raises(ModelError, match="not a Whisper model"):
        store.import_folder(folder)
    (folder / "model.bin").write_bytes(b"lmgg" + bytes(100))
    with pytest.raises(ModelError, match=r"whisper\.cpp"):
        store.import_folder(folder)
    (folder / "model.bin").rename(folder / "model.safetensors")
    with pytest.raises(ModelError) as caught:
        store.import_folder(folder)
    assert "ct2-transformers-converter" in caught.value.hint


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.0001, 0.5, 0.99])
def test_cut_weights_are_found(folder: Path, share: float) -> None:
    data = FILES["model.bin"]
    (folder / "model.bin").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelError) as caught:
        verify_folder(folder)
    assert caught.value.code in ("model.damaged", "model.kind")
    assert caught.value.hint


@pytest.mark.parametrize("damage", ["no config", "bad config", "no tokenizer", "no folder", "deep"])
def test_damaged_folders(folder: Path, damage: str) -> None:
    if damage == "no config":
        (folder / "config.json").unlink()
    elif damage == "bad config":
        (folder / "config.json").write_bytes(b"{\xff")
    elif damage == "deep":
        (folder / "config.json").write_bytes(b"[" * 200_000)
    elif damage == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    else:
        shutil.rmtree(folder)
    with pytest.raises(ModelError):
        verify_folder(folder)


def test_an_installed_model_that_was_damaged_is_named(store: ModelStore, folder: Path) -> None:
    path = Path(store.import_folder(folder).path)
    (path / "model.bin").write_bytes(b"\x06\0\0\0")
    with pytest.raises(ModelError, match="damaged"):
        store.resolve("my model")


def test_the_basic_recogniser_is_always_listed(store: ModelStore) -> None:
    basic = store.list()[-1]
    assert basic.basic
    assert basic.installed


def test_a_real_model_passes(store: ModelStore) -> None:
    if not (FIXTURE / "model.bin").exists():
        pytest.skip("needs tests/models/whisper-fixture")
    verify_folder(FIXTURE)
    data = (FIXTURE / "model.bin").read_bytes()
    assert store.import_folder(FIXTURE).size_bytes > len(data)

"""The key file: made once, whole, for its owner only."""

import os
from pathlib import Path

import pytest

from rowlock.security import SecretKeyError, load_secret_key


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    made = load_secret_key(tmp_path / "data")
    path = tmp_path / "data" / "secret.key"
    assert len(made) >= 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_secret_key(tmp_path / "data") == made
    assert os.listdir(tmp_path / "data") == ["secret.key"]
    assert load_secret_key(tmp_path / "other") != made


def test_the_key_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_secret_key(tmp_path)
    finally:
        os.umask(before)
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_configured_key_is_taken_and_no_file_is_made(tmp_path: Path) -> None:
    assert load_secret_key(tmp_path, "c" * 32) == b"c" * 32
    assert not os.listdir(tmp_path)


def test_a_short_configured_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SecretKeyError, match="31 bytes"):
        load_secret_key(tmp_path, "c" * 31)


@pytest.mark.parametrize("content", [b"", b"x" * 31])
def test_an_empty_or_short_key_file_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SecretKeyError, match="bytes"):
        load_secret_key(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_open_to_others_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    load_secret_key(tmp_path)
    (tmp_path / "secret.key").chmod(mode)
    with pytest.raises(SecretKeyError, match="chmod 600"):
        load_secret_key(tmp_path)


def test_a_key_that_is_a_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir(mode=0o700)
    with pytest.raises(SecretKeyError, match="cannot be used"):
        load_secret_key(tmp_path)


def test_a_first_start_that_crashed_is_completed_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(os, "link", crash)
        with pytest.raises(KeyboardInterrupt):
            load_secret_key(tmp_path)
    assert not (tmp_path / "secret.key").exists()
    assert len(load_secret_key(tmp_path)) >= 32


def test_of_two_first_starts_both_go_on_with_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link
    quicker: list[bytes] = []

    def overtaken(source: str, target: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        quicker.append(load_secret_key(tmp_path))
        link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert load_secret_key(tmp_path) == quicker[0]

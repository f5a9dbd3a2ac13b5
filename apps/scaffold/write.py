"""Writes a new application's files, all of them new: nothing that exists is ever touched."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from apps.scaffold.names import usable_names
from apps.scaffold.render import class_names, render


class TargetExists(FileExistsError):
    """Something lies where the application is to be written. Args: path."""

    rule: ClassVar[str] = "target-exists"

    def __str__(self) -> str:
        return (
            f"{self.rule}: {self.args[0]} exists, expected a path at which there is nothing: "
            "take another name, or another folder with --into"
        )


def write_app(name: str, into: Path, taken: Mapping[str, str]) -> Path:
    """Write a new application into the folder `into`, which is made if there is none; the folder of the application.

    Args:
        name: the application's.
        into: folder that its folder is to lie in.
        taken: names it must not have, each with what has it.

    Raises:
        MalformedName, NameTaken: no application can have the name.
        TargetExists: there is something of this name.
        OSError: it cannot be written; what was written so far is removed.
    """
    names = usable_names(name, taken, class_names())
    folder = into / name
    texts = {folder / path: text for path, text in render(names).items()}
    into.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        raise TargetExists(str(folder)) from None
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder

"""What several commands of the command line share: options and exit statuses."""

from pathlib import Path
from typing import Annotated

import typer

FAILED = 1
INTERRUPTED = 130

Out = Annotated[Path | None, typer.Option("--out", help="Folder for the results; new or empty.")]
Force = Annotated[bool, typer.Option("--force", help="Replace earlier results in that folder.")]
Processes = Annotated[
    int | None, typer.Option("--processes", min=1, help="Worker processes; one for each core when left out.")
]

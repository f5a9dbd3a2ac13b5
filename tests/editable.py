"""Applications in folders as `pip install -e` leaves them: found by entry points, imported from where they lie."""

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sim.plugin_distribution import lay_out


@contextmanager
def importing_more() -> Iterator[None]:
    """What is added to `sys.path` in the `with` block is gone at its end, and so are the modules found there."""
    path, modules = list(sys.path), set(sys.modules)
    try:
        yield
    finally:
        added = [folder for folder in sys.path if folder not in path]
        for name in set(sys.modules) - modules:
            file = Path(getattr(sys.modules[name], "__file__", None) or "")
            if any(file.is_relative_to(folder) for folder in added):
                del sys.modules[name]
        sys.path[:] = path


def install(site: Path, *projects: Path) -> None:
    """Lay out in the folder `site` what is known of distributions; import from there and from their own folders."""
    for project in projects:
        table = tomllib.loads((project / "pyproject.toml").read_text())["project"]
        groups = table["entry-points"]
        apps, kits = groups["hertzchain.apps"], groups.get("hertzchain.agents", {})
        lay_out(site, table["name"], table["version"], apps, kits, {})
    sys.path[:0] = [str(site), *map(str, projects)]

"""The project's pages, as far as tests read them: their code blocks and their links.

A code block says what it is in its first line: ```python, ```sh, ```toml, ```diff, or ```text for what nothing runs. A
second word says what a `text` block has to do with the block before it: `output`, what that prints; `raises`, what it
prints before it ends with an exception, and the message of that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("apps", "docs", "examples")
"""Where pages lie, beside the root itself."""
LANGUAGES = ("python", "sh", "toml", "diff", "text")
ROLES = ("", "output", "raises")
_BLOCK = re.compile(r"^```(\S*) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block."""

    page: Path
    line: int
    """Of its first line of code, from 1."""
    language: str
    role: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def all_pages() -> list[Path]:
    """Every page of the project; the scaffold's is one of another project."""
    found = [*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))]
    return sorted(page for page in found if "template" not in page.parts)


def blocks_of(page: Path) -> list[Block]:
    """Its code blocks, from top to bottom."""
    text = page.read_text("utf-8")
    return [
        Block(page, text.count("\n", 0, found.start()) + 2, *found.groups())
        for found in _BLOCK.finditer(text)
    ]


def prose_of(page: Path) -> str:
    """Its text without the code blocks."""
    return _BLOCK.sub("", page.read_text("utf-8"))


def links_of(page: Path) -> Iterator[tuple[str, str]]:
    """(file, heading) of every link to another page or file, or within the page; either may be empty."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if "://" not in target:
            file, _, heading = target.partition("#")
            yield file, heading


def anchors_of(page: Path) -> set[str]:
    """What links to its headings say behind the `#`: lower case, spaces as hyphens, no other punctuation."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

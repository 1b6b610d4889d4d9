"""``python -m architecture.lints`` prints every finding and exits 1 where there is one."""

from __future__ import annotations

import sys

from architecture.lints import size
from architecture.lints.run import ROOT, lint_project
from architecture.lints.source import read_sources


def main(arguments: list[str]) -> int:
    if arguments == ["--record-sizes"]:
        for path, lines in size.record(read_sources(ROOT)).items():
            print(f"{lines:4} {path}")
        return 0
    found = lint_project()
    for name, finding in found:
        print(f"{finding} [{name}]")
    print(f"House lints: {len(found)} to mend." if found else "House lints: clean.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

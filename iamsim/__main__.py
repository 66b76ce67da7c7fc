"""The command line as `python -m iamsim`."""

from __future__ import annotations

from iamsim.cli import main

if __name__ == "__main__":
    main()

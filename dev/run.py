"""The developer tool's command line: `python3 dev/run.py <command>`; `make` forwards to it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dev.tool import commands
from dev.tool.failure import Failure
from dev.tool.steps import report


def main(arguments: list[str]) -> int:
	"""Run the command named first in `arguments`; returns the exit code."""
	parser = argparse.ArgumentParser(prog="python3 dev/run.py", description=__doc__)
	parser.add_argument("command", choices=sorted(commands.COMMANDS))
	parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on by: frappe, test, python")
	given = parser.parse_args(arguments)
	os.umask(0o022)
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a run which is told to end tidies up
	try:
		return commands.COMMANDS[given.command](given.arguments)
	except Failure as failure:
		report(failure)
		return 1
	except KeyboardInterrupt:
		print("\nStopped. Run the same command again; it goes on where it was.", file=sys.stderr)
		return 130


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))

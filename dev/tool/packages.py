"""Debian packages: finds what is missing and installs just that, without starting any service.

Only `-core` and client packages are used. Debian's mariadb-server and redis-server would start a service of
their own; the same programs are in mariadb-server-core and (under another name) in redis-tools.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.tool import shell
from dev.tool.failure import Failure

SYSTEM_PATHS = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Need:
	"""A Debian `package` and the question whether what we need of it `is_there` already."""

	package: str
	is_there: Callable[[], bool]


def program(*names: str) -> Path | None:
	"""Return the first of the programs `names` that is installed, or None; looks in the sbin folders too."""
	search = f"{os.environ.get('PATH', '')}:{SYSTEM_PATHS}"
	return next((Path(found) for name in names if (found := shutil.which(name, path=search))), None)


def _needs_program(package: str, *names: str) -> Need:
	return Need(package, lambda: program(*names) is not None)


SERVER_NEEDS = (
	_needs_program("mariadb-server-core", "mariadbd"),
	_needs_program("mariadb-server-core", "mariadb-install-db"),
	_needs_program("mariadb-client-core", "mysql"),
	_needs_program("mariadb-client", "mysqldump"),
	_needs_program("redis-tools", "redis-check-rdb"),
	Need("python3-venv", lambda: importlib.util.find_spec("ensurepip") is not None),
)
NODE_NEEDS = (_needs_program("nodejs", "node"), _needs_program("npm", "npm"))
BROWSER_NEEDS = (_needs_program("chromium", "chromium", "chromium-browser", "google-chrome"),)
# what Frappe makes PDFs with
PDF_NEEDS = (_needs_program("wkhtmltopdf", "wkhtmltopdf"),)


def install(needs: Sequence[Need]) -> str:
	"""Install the packages of `needs` that are missing; returns the remark for the step.

	Raises Failure when apt is missing or refuses, with the command to run by hand.
	"""
	missing = sorted({need.package for need in needs if not need.is_there()})
	if not missing:
		return "all there"
	by_hand = f"install these by hand, then run this again: {' '.join(missing)}"
	if not program("apt-get"):
		raise Failure(f"missing: {', '.join(missing)}; and this is no Debian", by_hand)
	_apt(["update"], by_hand)
	_apt(["install", "--no-install-recommends", "-y", *missing], by_hand)
	return f"installed {' '.join(missing)}"


def _apt(arguments: list[str], hint: str) -> None:
	sudo = [] if os.geteuid() == 0 else ["sudo", "-n"] if not os.isatty(0) else ["sudo"]
	environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
	shell.run([*sudo, *environment, "apt-get", "-q", *arguments], f"apt-{arguments[0]}", hint=hint)

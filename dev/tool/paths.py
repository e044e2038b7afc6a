"""Where everything is: the checkout, the work folder `.bench/` and the parts of a bench."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dev.tool.failure import Failure

APP = "sales_activity"
CHECKOUT = Path(__file__).resolve().parents[2]
DEV = CHECKOUT / "dev"
WORK = CHECKOUT / ".bench"

CONFIG = WORK / "config"
DOWNLOADS = WORK / "downloads"
LOGS = WORK / "logs" / "tool"  # beside Frappe's own
STAMPS = WORK / "stamps"
HOME = WORK / "home"
DATABASE = WORK / "db"


@dataclass(frozen=True)
class Bench:
	"""A folder laid out as frappe-bench does: apps, sites, env, logs."""

	root: Path

	@property
	def apps(self) -> Path:
		"""Return the folder with one sub-folder per app."""
		return self.root / "apps"

	@property
	def sites(self) -> Path:
		"""Return the folder of the sites, from which every Frappe command runs."""
		return self.root / "sites"

	@property
	def python(self) -> Path:
		"""Return the interpreter of the bench's virtual environment."""
		return self.root / "env" / "bin" / "python"

	@property
	def python_version(self) -> str:
		"""Return, for example, "python3.11"; "python" before there is an environment."""
		return next((folder.name for folder in (self.root / "env" / "lib").glob("python3*")), "python")

	@property
	def common_config(self) -> Path:
		"""Return the settings that all sites share."""
		return self.sites / "common_site_config.json"

	def site(self, name: str) -> Path:
		"""Return the folder of the site `name`."""
		return self.sites / name


def make_work_folders() -> None:
	"""Create the folders of `.bench/` that are not made by a step of their own.

	Raises Failure when `.bench/` is another user's: half of it would be out of reach.
	"""
	if WORK.exists() and WORK.stat().st_uid != os.geteuid():
		raise Failure(f"{WORK} belongs to another user", f"run this as that user, or delete {WORK}")
	for folder in (CONFIG, DOWNLOADS, LOGS, STAMPS, HOME):
		folder.mkdir(parents=True, exist_ok=True)

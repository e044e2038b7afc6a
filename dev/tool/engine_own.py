"""The engine `BENCH=/path/to/frappe-bench`: a bench of your own, on which a throwaway site is made.

Everything that is changed on that bench is put back at the end: the link to this checkout, the line in
`sites/apps.txt`, the link and the entries among the assets, and the site.
"""

from __future__ import annotations

import functools
import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

from dev.tool import apps, paths, shell, site
from dev.tool.failure import Failure
from dev.tool.steps import Step

BUILD_HINT = "make sure that `bench build --app frappe` works on that bench (node on the PATH)"
VERSIONS = "import frappe, erpnext; print('Frappe', frappe.__version__, 'ERPNext', erpnext.__version__)"


class OwnBench:
	"""A bench that has Frappe and ERPNext, with MariaDB and Redis running."""

	def __init__(self, root: Path) -> None:
		"""Take the bench at `root`; nothing is read or changed yet."""
		self.bench = paths.Bench(root)
		self.title = f"the bench at {root} (BENCH)"
		# Named after the bench, so that runs on two benches do not meet.
		self.default_site = f"throwaway-{hashlib.sha256(str(root).encode()).hexdigest()[:6]}.localhost"
		self._undo: list[Callable[[], object]] = []

	def steps(self) -> list[Step]:
		"""Return what makes the bench ready for the app."""
		return [Step("Look at the bench", self._check), Step("Link the app", self._link)]

	def ensure_site(self, name: str) -> str:
		"""Make the site anew; returns the remark."""
		self._refuse_to_replace(name)
		self._undo.append(lambda: site.drop(self.bench, name))
		site.create(self.bench, name, site.REAL)
		return "made"

	def copy_site(self, source: str, name: str) -> str:
		"""Make the site anew, as a copy of `source`; returns the remark."""
		self._refuse_to_replace(name)
		self._undo.append(lambda: site.drop(self.bench, name))
		site.copy(self.bench, source, name)
		return "copied"

	def _refuse_to_replace(self, name: str) -> None:
		if not name.endswith(self.default_site) and self.bench.site(name).exists():
			raise Failure(
				f"the site {name} exists on this bench, and this run would replace it and drop it at the end",
				"leave SITE away, or name a site that does not exist",
			)

	def build_desk(self) -> str:
		"""Link the app's public files and build its bundles; those of Frappe and ERPNext are there."""
		public = paths.CHECKOUT / paths.APP / "public"
		link = self.bench.sites / "assets" / paths.APP
		if public.exists() and not link.exists():
			link.symlink_to(public)
			self._undo.append(link.unlink)
		if not list(public.rglob("*.bundle.*")):
			return "no bundles"
		names = self.bench.sites / "assets" / "assets.json"
		self._undo.append(functools.partial(names.write_text, names.read_text()))
		# What `bench build --app` runs, without the yarn around it.
		command = ["node", "esbuild", "--production", "--apps", paths.APP, "--run-build-command"]
		shell.run(command, "desk", cwd=self.bench.apps / "frappe", hint=BUILD_HINT)
		return ""

	def clean_up(self) -> None:
		"""Drop the site and put back everything that was changed, the latest first."""
		while self._undo:
			self._undo.pop()()

	def _check(self) -> str:
		needed = ("apps/frappe", "apps/erpnext", "env/bin/python", "sites/apps.txt")
		missing = [name for name in needed if not (self.bench.root / name).exists()]
		if missing:
			hint = "BENCH= takes the folder that holds apps/, env/ and sites/, with ERPNext among the apps"
			raise Failure(f"{self.bench.root} lacks {', '.join(missing)}", hint)
		command = [self.bench.python, "-c", VERSIONS]
		return subprocess.run(
			command, cwd=self.bench.sites, capture_output=True, text=True, check=False
		).stdout.strip()

	def _link(self) -> str:
		link = self.bench.apps / paths.APP
		if apps.link_app(self.bench):
			self._undo.append(link.unlink)
		elif link.resolve() != paths.CHECKOUT:
			raise Failure(
				f"{link} is another copy of the app",
				"run `make test` from that copy, or give a bench that has none",
			)
		if not apps.name_app(self.bench):
			return "linked already"
		self._undo.append(lambda: apps.unname_app(self.bench))
		return "linked for this run"

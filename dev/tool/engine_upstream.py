"""The engine where GitHub answers: Frappe and ERPNext 15 as their makers install them, with `bench`."""

from __future__ import annotations

import os
import shutil

from dev.tool import apps, engine_pypi, packages, paths, services, shell, site, stamps
from dev.tool.steps import Step

FRAPPE = "https://github.com/frappe/frappe"
ERPNEXT = "https://github.com/frappe/erpnext"
BRANCH = "version-15"
YARN = "yarn@1.22.22"

TOOLS = paths.WORK / "tools"
# ERPNext's and Frappe's dependencies are mostly wheels; some releases need a compiler.
BUILD_NEEDS = (
	packages.Need("git", lambda: packages.program("git") is not None),
	packages.Need("build-essential", lambda: packages.program("cc") is not None),
	packages.Need("pkg-config", lambda: packages.program("pkg-config") is not None),
	packages.Need("cron", lambda: packages.program("crontab") is not None),
)
HINT = "read the log; ENGINE=pypi does without GitHub"


class Upstream:
	"""Frappe and ERPNext from their version-15 branches, in `.bench/upstream`."""

	title = f"Frappe and ERPNext, {BRANCH} from GitHub (ENGINE=upstream)"

	def __init__(self) -> None:
		"""Point at `.bench/upstream`, whether or not it stands already."""
		self.bench = paths.Bench(paths.WORK / "upstream")

	def steps(self) -> list[Step]:
		"""Return what brings the bench up."""
		needs = (*packages.SERVER_NEEDS, *packages.NODE_NEEDS, *BUILD_NEEDS)
		return [
			Step("Debian packages", lambda: packages.install(needs)),
			Step("bench and yarn, locked versions", _install_tools),
			Step("MariaDB and Redis", services.start),
			Step("Frappe (bench init)", self._init),
			Step("ERPNext (bench get-app)", self._get_erpnext),
			Step("Link the app", self._link),
			Step("Bench settings", lambda: apps.configure(self.bench)),
		]

	def ensure_site(self, name: str) -> str:
		"""Make the site or bring it up to date; returns the remark."""
		return site.ensure(self.bench, name, site.REAL)

	def copy_site(self, source: str, name: str) -> str:
		"""Make the site a copy of `source`, or bring it up to date; returns the remark."""
		return site.ensure_copy(self.bench, source, name)

	def build_desk(self) -> str:
		"""Build the desk's scripts and styles where the app's changed; returns the remark."""
		value = stamps.fingerprint([paths.CHECKOUT / paths.APP / "public"])
		if stamps.matches("desk-upstream", value):
			return "reused"
		_bench(self, "build", log="desk")
		stamps.put("desk-upstream", value)
		return ""

	def clean_up(self) -> None:
		"""Leave everything for the next run."""

	def _init(self) -> str:
		if stamps.matches("upstream-frappe", BRANCH):
			return "reused"
		shutil.rmtree(self.bench.root, ignore_errors=True)
		options = ["--frappe-path", FRAPPE, "--frappe-branch", BRANCH, "--python", engine_pypi.find_python()]
		quiet = ["--skip-redis-config-generation", "--no-procfile", "--no-backups", "--skip-assets"]
		command = [TOOLS / "env" / "bin" / "bench", "init", *options, *quiet, self.bench.root]
		shell.run(command, "bench-init", cwd=paths.WORK, env=_environment(), hint=HINT)
		stamps.put("upstream-frappe", BRANCH)
		return BRANCH

	def _get_erpnext(self) -> str:
		if stamps.matches("upstream-erpnext", BRANCH):
			return "reused"
		shutil.rmtree(self.bench.apps / "erpnext", ignore_errors=True)
		_bench(
			self, "get-app", "--branch", BRANCH, "--skip-assets", "erpnext", ERPNEXT, log="bench-get-erpnext"
		)
		stamps.put("upstream-erpnext", BRANCH)
		return BRANCH

	def _link(self) -> str:
		apps.link_app(self.bench)
		apps.put_on_python_path(self.bench, [self.bench.apps / paths.APP])
		apps.name_app(self.bench)
		return ""


def _install_tools() -> str:
	lock = paths.DEV / "lock" / "bench.txt"
	value = stamps.fingerprint([lock], YARN)
	if stamps.matches("tools", value):
		return "reused"
	shell.run([engine_pypi.find_python(), "-m", "venv", "--clear", TOOLS / "env"], "tools-venv")
	pip = [TOOLS / "env" / "bin" / "pip", "install", "--no-cache-dir", "--require-hashes", "-r", lock]
	shell.run(pip, "tools-pip", hint=engine_pypi.REGISTRY_HINT)
	shell.run(
		["npm", "install", "--prefix", TOOLS, "--ignore-scripts", YARN], "tools-npm", env=_environment()
	)
	stamps.put("tools", value)
	return ""


def _bench(engine: Upstream, *arguments: str, log: str) -> None:
	command = [TOOLS / "env" / "bin" / "bench", *arguments]
	shell.run(command, log, cwd=engine.bench.root, env=_environment(), hint=HINT)


def _environment() -> dict[str, str]:
	"""Return what keeps bench, yarn and npm out of the user's home, and lets them find each other."""
	folders = [TOOLS / "env" / "bin", TOOLS / "node_modules" / ".bin"]
	return {
		"HOME": str(paths.HOME),
		"PATH": ":".join([*map(str, folders), os.environ["PATH"]]),
		"npm_config_cache": str(paths.WORK / "npm-cache"),
		"YARN_CACHE_FOLDER": str(paths.WORK / "yarn-cache"),
		"PIP_NO_CACHE_DIR": "1",
		"GIT_TERMINAL_PROMPT": "0",
	}

"""`make lint`: what pre-commit would check, with locked versions and without GitHub."""

from __future__ import annotations

import shutil
import subprocess

from dev.tool import packages, paths, shell, stamps
from dev.tool.engine_pypi import REGISTRY_HINT
from dev.tool.engines import Engine
from dev.tool.steps import Step, run_steps

LOCK = paths.DEV / "lock" / "lint"
TOOLS = paths.WORK / "lint"
SCRIPTS = ("sales_activity/**/*.js", "dev/**/*.mjs")


def run(engine: Engine) -> int:
	"""Run ruff, prettier and eslint over the checkout; returns 0 when none has anything to say."""
	run_steps(
		[
			Step("Debian packages", lambda: packages.install((*packages.SERVER_NEEDS, *packages.NODE_NEEDS))),
			*[step for step in engine.steps() if "Python packages" in step.title],
			Step("prettier and eslint, locked versions", _install),
		]
	)
	ruff = [str(engine.bench.python), "-m", "ruff"]
	binaries = TOOLS / "node_modules" / ".bin"
	checks = [
		[*ruff, "check", "."],
		[*ruff, "format", "--check", "."],
		[str(binaries / "prettier"), "--check", "--no-error-on-unmatched-pattern", *SCRIPTS],
		[str(binaries / "eslint"), "--quiet", "--no-error-on-unmatched-pattern", *SCRIPTS],
	]
	return max([_check(command) for command in checks])


def _check(command: list[str]) -> int:
	return subprocess.run(command, cwd=paths.CHECKOUT, check=False).returncode


def _install() -> str:
	value = stamps.fingerprint([LOCK])
	if stamps.matches("lint", value):
		return "reused"
	shutil.rmtree(TOOLS, ignore_errors=True)
	shutil.copytree(LOCK, TOOLS)
	env = {"npm_config_cache": str(paths.WORK / "npm-cache"), "npm_config_update_notifier": "false"}
	command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
	shell.run(command, "npm-lint", cwd=TOOLS, env=env, hint=REGISTRY_HINT)
	stamps.put("lint", value)
	return ""

"""`make test`: the whole suite with the bench's Python, inside Frappe and from outside."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import urllib.parse
from collections.abc import Sequence

from dev.tool import frappe_cli, packages, paths, server, shell, stamps
from dev.tool.engine_pypi import REGISTRY_HINT
from dev.tool.engines import Engine
from dev.tool.failure import Failure
from dev.tool.site import ADMIN_PASSWORD
from dev.tool.steps import Step, run_steps

NEEDED = {
	"test": "pytest, hypothesis, xdist",
	"browser": "playwright",
	"mail": "twisted.mail",
}  # by lock file


def run(engine: Engine, site: str, arguments: Sequence[str]) -> int:
	"""Bring up what the tests need, run pytest with `arguments`, tidy up; returns pytest's exit code."""
	outside = drives_from_outside(arguments)
	sites = [site, *(f"lane{number}-{site}" for number in range(2, processes(arguments) + 1))]
	with stamps.lock(f"test-{site}"):
		try:
			with stamps.lock("setup"):
				run_steps(steps(engine, sites, outside))
			return _run_pytest(engine, sites, arguments, outside)
		finally:
			server.stop(site)
			engine.clean_up()


def processes(arguments: Sequence[str]) -> int:
	"""Return how many pytest processes share the run, each with a site of its own: as many as PROCESSES says; else two
	for the whole suite where there are two processors, and one for what `arguments` choose of it.

	Raises Failure when PROCESSES is no number from 1 to 8.
	"""
	if wanted := os.environ.get("PROCESSES"):
		if wanted not in set("12345678"):
			raise Failure(f"PROCESSES is {wanted!r}", "set it to a number from 1 to 8, or leave it away")
		return int(wanted)
	return 1 if arguments else min(2, len(os.sched_getaffinity(0)))


def steps(engine: Engine, sites: Sequence[str], outside: bool) -> list[Step]:
	"""Return what comes before the tests; a browser, Node and the built desk only for tests from `outside`.

	The first of the `sites` is made, the others are copies of it.
	"""
	first, *others = sites
	needs = (*packages.NODE_NEEDS, *packages.BROWSER_NEEDS, *packages.PDF_NEEDS)
	desk = [
		Step("Debian packages for the tests from outside", lambda: packages.install(needs)),
		Step("Build the desk", engine.build_desk),
	]
	return [
		*engine.steps(),
		Step("Test packages", lambda: _install_test_packages(engine.bench, outside)),
		*(desk if outside else []),
		Step(f"Site {first}", lambda: engine.ensure_site(first)),
		*(Step(f"Site {name}", functools.partial(engine.copy_site, first, name)) for name in others),
	]


def drives_from_outside(arguments: Sequence[str]) -> bool:
	"""Return whether pytest, called with `arguments`, would run tests of `tests/`.

	It would not when folders or files are named and all of them are in the package.
	"""
	named = [text.partition("::")[0] for text in arguments if not text.startswith("-")]
	targets = [name for name in named if (paths.CHECKOUT / name).exists()]
	return not targets or any(not name.startswith(f"{paths.APP}/") for name in targets)


def _run_pytest(engine: Engine, sites: Sequence[str], arguments: Sequence[str], outside: bool) -> int:
	env = {
		"SA_ENGINE": engine.title,
		"SA_BENCH": str(engine.bench.root),
		"SA_PASSWORD": ADMIN_PASSWORD,
		"HYPOTHESIS_STORAGE_DIRECTORY": str(paths.WORK / "hypothesis"),
	}
	served, *_others = lanes = [
		{"SA_SITE": site, "FRAPPE_REDIS_QUEUE": _own_queue(engine.bench, sites[0], number)}
		for number, site in enumerate(sites)
	]
	if outside:
		url = server.start(engine.bench, sites[0], schedule=False, env=env | served)
		server.wait(url, sites[0])
		served["SA_URL"] = url
	command = [engine.bench.python, "-m", "pytest", *arguments]
	if len(lanes) == 1:
		return frappe_cli.attach(engine.bench, command, cwd=paths.CHECKOUT, env=env | served)
	env |= {"SA_LANES": json.dumps(lanes), "SA_DURATIONS": str(paths.WORK / "durations.json")}
	# a process that dies is a failure, and not started again: the next one would be without a site
	command += ["-p", "dev.inside.lanes", "-n", str(len(lanes)), "--max-worker-restart", "0"]
	return frappe_cli.attach(engine.bench, command, cwd=paths.CHECKOUT, env=env)


def _own_queue(bench: paths.Bench, site: str, number: int) -> str:
	"""Return a queue that only the jobs and the worker of the lane `number` of a run use, which begins with `site`: a
	Redis database other than the bench's."""
	queue = json.loads(bench.common_config.read_text()).get("redis_queue", "redis://127.0.0.1:11000")
	database = 5 + (int(hashlib.sha256(site.encode()).hexdigest(), 16) + number) % 11  # Redis has 16
	return urllib.parse.urlsplit(queue)._replace(path=f"/{database}").geturl()


def _install_test_packages(bench: paths.Bench, outside: bool) -> str:
	"""Put what the tests need and the bench lacks beside the bench, not into it; returns the remark."""
	missing = [name for name in NEEDED if (outside or name == "test") and not _imports(bench, NEEDED[name])]
	for name in missing:
		pip = [bench.python, "-m", "pip", "install", "--no-cache-dir", "--require-hashes"]
		target = ["--upgrade", "--target", frappe_cli.test_packages(bench)]
		lock = paths.DEV / "lock" / f"{name}.txt"
		shell.run([*pip, *target, "-r", lock], f"pip-{name}", hint=REGISTRY_HINT)
	return " ".join(NEEDED[name] for name in missing) or "there"


def _imports(bench: paths.Bench, modules: str) -> bool:
	command = [bench.python, "-c", f"import {modules}"]
	env = {**os.environ, **frappe_cli.environment(bench)}
	return subprocess.run(command, env=env, capture_output=True, check=False).returncode == 0

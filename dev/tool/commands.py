"""What each command does: the order of its steps."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence

from dev.tool import (
	background,
	engines,
	frappe_cli,
	lint,
	packages,
	paths,
	server,
	services,
	site,
	stamps,
	suite,
)
from dev.tool.engine_own import OwnBench
from dev.tool.engines import Engine
from dev.tool.failure import Failure
from dev.tool.steps import Step, run_steps

TEST_SITE = "test.localhost"
DEMO_SITE = "demo.localhost"
BENCHMARK_SITE = "benchmark.localhost"


def setup(_arguments: Sequence[str]) -> int:
	"""Bring up the bench and a site, without desk or demo data."""
	_bring_up(_local_engine(), site_name(TEST_SITE))
	return 0


def demo(_arguments: Sequence[str]) -> int:
	"""Bring up everything, load the demo data, serve the desk, print the attainment table."""
	engine, name = _local_engine(), site_name(DEMO_SITE)
	with stamps.lock("setup"):
		run_steps(
			[
				*engine.steps(),
				Step(
					"Debian packages for the desk",
					lambda: packages.install((*packages.NODE_NEEDS, *packages.PDF_NEEDS)),
				),
				Step("Build the desk", engine.build_desk),
				Step(f"Site {name}", lambda: engine.ensure_site(name)),
			]
		)
	frappe_cli.run(engine.bench, name, "enable-scheduler", log=f"scheduler-{name}")
	url = server.start(engine.bench, name, schedule=True)
	server.wait(url, name)
	print(f"\nThe desk is at {url}\n  user      Administrator\n  password  {site.ADMIN_PASSWORD}")
	print("`make stop` ends it; `make console` opens a Python console on the site.\n", flush=True)
	loader = frappe_cli.command(engine.bench, name, "execute", "sales_activity.demo.load.run")
	return frappe_cli.attach(engine.bench, loader)


def test(arguments: Sequence[str]) -> int:
	"""Run the suite; ARGS or the arguments go to pytest."""
	engine = _engine()
	default = engine.default_site if isinstance(engine, OwnBench) else TEST_SITE
	return suite.run(engine, site_name(default), _passed_on(arguments))


def console(_arguments: Sequence[str]) -> int:
	"""Open a console on the site, or run the Python script on standard input."""
	engine, name = _local_engine(), site_name(DEMO_SITE)
	_bring_up(engine, name, quiet=True)
	command = frappe_cli.command(engine.bench, name, "console")
	if not sys.stdin.isatty():
		command = [str(engine.bench.python), str(paths.DEV / "inside" / "run_script.py"), name]
	return frappe_cli.attach(engine.bench, command)


def benchmark(arguments: Sequence[str]) -> int:
	"""Measure, on a site of its own; ARGS or the arguments go to benchmarks/run.py."""
	engine, name = _engine(), site_name(BENCHMARK_SITE)
	try:
		_bring_up(engine, name)
		env = {"SA_ENGINE": engine.title, "SA_BENCH": str(engine.bench.root), "SA_SITE": name}
		script = [engine.bench.python, paths.CHECKOUT / "benchmarks" / "run.py", *_passed_on(arguments)]
		return frappe_cli.attach(engine.bench, script, env=env)
	finally:
		engine.clean_up()


def frappe(arguments: Sequence[str]) -> int:
	"""Run `bench --site SITE <arguments>`."""
	bench = _standing_bench()
	return frappe_cli.attach(bench, frappe_cli.command(bench, site_name(TEST_SITE), *arguments))


def migrate(_arguments: Sequence[str]) -> int:
	"""Migrate the site."""
	bench, name = _standing_bench(), site_name(TEST_SITE)
	run_steps([Step(f"Migrate {name}", lambda: site.migrate(bench, name))])
	return 0


def drop(_arguments: Sequence[str]) -> int:
	"""Drop the site SITE; the next command makes it anew."""
	bench, name = _standing_bench(), site_name(TEST_SITE)
	run_steps([Step(f"Drop {name}", lambda: site.drop(bench, name))])
	return 0


def serve(_arguments: Sequence[str]) -> int:
	"""Serve the site SITE in the background and say where."""
	engine, name = _local_engine(), site_name(TEST_SITE)
	_bring_up(engine, name)
	url = server.start(engine.bench, name, schedule=False)
	server.wait(url, name)
	print(f"{name} is at {url}, user Administrator, password {site.ADMIN_PASSWORD}")
	return 0


def stop(_arguments: Sequence[str]) -> int:
	"""Stop everything that runs in the background; with SITE only what serves that site."""
	if name := site_name(""):
		print("Stopped:", ", ".join(server.stop(name)) or "nothing ran")
		return 0
	stopped = [name for name in background.names() if name not in services.NAMES and background.stop(name)]
	print("Stopped:", ", ".join([*stopped, *services.stop()]) or "nothing ran")
	return 0


def clean(arguments: Sequence[str]) -> int:
	"""Stop everything and delete `.bench/`."""
	stop(arguments)
	shutil.rmtree(paths.WORK, ignore_errors=True)
	return 0


def check(_arguments: Sequence[str]) -> int:
	"""Run the linters."""
	return lint.run(_engine())


def site_name(default: str) -> str:
	"""Return the site that SITE names, else `default`."""
	return os.environ.get("SITE") or default


def _engine() -> Engine:
	paths.make_work_folders()
	engine = engines.choose()
	print(f"Engine: {engine.title}", file=sys.stderr, flush=True)
	return engine


def _local_engine() -> Engine:
	"""Return the engine for what makes a lasting site, which a bench of somebody's own must not get."""
	if os.environ.get("BENCH"):
		raise Failure(
			"this command makes a site that stays", "leave BENCH= away, or use `bench` on that bench"
		)
	return _engine()


def _standing_bench() -> paths.Bench:
	"""Return the bench that earlier commands brought up, with its servers running."""
	bench = _local_engine().bench
	if not bench.python.exists():
		raise Failure("nothing is set up yet", "run `make demo`, or `python3 dev/run.py setup`")
	services.start()
	return bench


def _bring_up(engine: Engine, name: str, quiet: bool = False) -> None:
	with stamps.lock("setup"):
		run_steps(engine.steps(), quiet)
	run_steps([Step(f"Site {name}", lambda: engine.ensure_site(name))], quiet)


def _passed_on(arguments: Sequence[str]) -> list[str]:
	return [*arguments, *shlex.split(os.environ.get("ARGS", ""))]


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
	"demo": demo,
	"test": test,
	"console": console,
	"benchmark": benchmark,
	"lint": check,
	"setup": setup,
	"serve": serve,
	"frappe": frappe,
	"migrate": migrate,
	"drop": drop,
	"stop": stop,
	"clean": clean,
}

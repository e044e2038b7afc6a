"""What each command does: the order of its steps."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from dev.tool import apps, engine_pypi, frappe_cli, packages, paths, services, site, stamps
from dev.tool.steps import Step, run_steps

BENCH = paths.Bench(paths.WORK)
TEST_SITE = "test.localhost"


def setup(_arguments: Sequence[str]) -> int:
	"""Bring up the bench and a site (SITE, else test.localhost)."""
	paths.make_work_folders()
	with stamps.lock("setup"):
		run_steps(
			[
				Step("Debian packages", lambda: packages.install(packages.SERVER_NEEDS)),
				Step("Python packages at their locked versions", lambda: engine_pypi.make_environment(BENCH)),
				Step("Download Frappe", lambda: engine_pypi.download(BENCH)),
				Step("Restore Frappe", lambda: engine_pypi.restore(BENCH)),
				Step("Apps", lambda: apps.link(BENCH)),
				Step("Start MariaDB and Redis", services.start),
				Step("Configure the bench", lambda: apps.configure(BENCH)),
			]
		)
	run_steps([Step(f"Site {site_name()}", lambda: site.ensure(BENCH, site_name()))])
	return 0


def stop(_arguments: Sequence[str]) -> int:
	"""Stop what runs in the background."""
	print("stopped:", ", ".join(services.stop()) or "nothing ran")
	return 0


def frappe(arguments: Sequence[str]) -> int:
	"""Run `bench --site SITE <arguments>`."""
	return frappe_cli.attach(BENCH, frappe_cli.command(BENCH, site_name(), *arguments))


def migrate(_arguments: Sequence[str]) -> int:
	"""Migrate the site."""
	run_steps([Step(f"Migrate {site_name()}", lambda: site.migrate(BENCH, site_name()))])
	return 0


def site_name(default: str = TEST_SITE) -> str:
	"""Return the site that SITE names, else `default`."""
	return os.environ.get("SITE") or default


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
	"setup": setup,
	"stop": stop,
	"frappe": frappe,
	"migrate": migrate,
}

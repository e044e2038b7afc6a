"""The web server and background workers of one site, on 127.0.0.1."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping

from dev.tool import background, frappe_cli, paths, ports, shell
from dev.tool.failure import Failure

START_SECONDS = 60


def start(bench: paths.Bench, site: str, *, schedule: bool, env: Mapping[str, str] | None = None) -> str:
	"""Start, anew, the web server of `site` and a worker; with `schedule`, also the scheduler. Returns the URL.

	They run whatever code the checkout holds now, with `env` added to their environment.
	"""
	stop(site)
	port = ports.of_site(site)
	environment = {**frappe_cli.environment(bench), **(env or {}), "SA_SITE": site}
	server = [bench.python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN, "wsgi:application"]
	background.start(f"web-{site}", server, cwd=bench.sites, env=environment)
	worker = frappe_cli.command(bench, None, "worker", "--queue", "short,default,long")
	background.start(f"worker-{site}", worker, cwd=bench.sites, env=environment)
	if schedule:
		scheduler = frappe_cli.command(bench, None, "schedule")
		background.start(f"scheduler-{site}", scheduler, cwd=bench.sites, env=environment)
	return f"http://127.0.0.1:{port}"


def wait(url: str, site: str) -> None:
	"""Wait until the site answers at `url`. Raises Failure with the server's log after START_SECONDS."""
	if not background.wait_for(lambda: _answers(url), START_SECONDS, interval=0.3):
		raise Failure(f"{site} does not answer at {url}", "read the log", shell.log_path(f"web-{site}"))


def stop(site: str) -> list[str]:
	"""Stop what serves `site`; returns the names of what ran."""
	return [name for kind in KINDS if background.stop(name := f"{kind}-{site}")]


def _answers(url: str) -> bool:
	try:
		with urllib.request.urlopen(f"{url}/api/method/ping", timeout=5) as answer:
			return answer.status == 200
	except (OSError, urllib.error.URLError):
		return False


KINDS = ("web", "worker", "scheduler")
# One process: a browser's realtime connection must come back to the one that knows it. Each takes a thread.
GUNICORN = (
	*("--pythonpath", str(paths.DEV / "inside")),
	*("--worker-class", "gthread", "--workers", "1", "--threads", "32"),
	*("--timeout", "120", "--graceful-timeout", "3"),
)

"""The apps of the local bench: links the checkout, generates ERPNext's stand-in, tells Frappe of both."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from dev.tool import paths, ports, services, shell, stamps

CONTRACT = paths.CHECKOUT / paths.APP / "erpnext_contract.json"
GENERATOR = paths.DEV / "standin" / "generate.py"


def link(bench: paths.Bench) -> str:
	"""Put this checkout and the stand-in among the bench's apps; returns the remark for the step."""
	bench.sites.mkdir(parents=True, exist_ok=True)
	(bench.root / "logs").mkdir(exist_ok=True)
	link_app(bench)
	remark = _generate_standin(bench)
	put_on_python_path(bench, [bench.apps / name for name in ("frappe", "erpnext", paths.APP)])
	(bench.sites / "apps.txt").write_text(f"frappe\nerpnext\n{paths.APP}\n")
	assets = bench.sites / "assets" / "assets.json"
	assets.parent.mkdir(exist_ok=True)
	if not assets.exists():
		assets.write_text("{}")  # Frappe's e-mails and web pages crash without this file
	return remark


def link_app(bench: paths.Bench) -> bool:
	"""Link the checkout as `apps/sales_activity`; False when something is there already."""
	target = bench.apps / paths.APP
	if target.exists():
		return False
	bench.apps.mkdir(parents=True, exist_ok=True)
	target.unlink(missing_ok=True)  # a link to a checkout that has gone
	target.symlink_to(paths.CHECKOUT)
	return True


def name_app(bench: paths.Bench) -> bool:
	"""Add the app to `sites/apps.txt`; False when it is named there already."""
	file = bench.sites / "apps.txt"
	names = file.read_text().split()
	if paths.APP in names:
		return False
	file.write_text("\n".join([*names, paths.APP]) + "\n")
	return True


def unname_app(bench: paths.Bench) -> None:
	"""Take the app out of `sites/apps.txt` again."""
	file = bench.sites / "apps.txt"
	names = [name for name in file.read_text().split() if name != paths.APP]
	file.write_text("\n".join(names) + "\n")


def put_on_python_path(bench: paths.Bench, folders: Sequence[Path]) -> None:
	"""Let the bench's Python import from `folders`."""
	packages = next((bench.root / "env" / "lib").glob("python3*/site-packages"))
	(packages / "sales-activity-bench.pth").write_text("".join(f"{folder}\n" for folder in folders))


def configure(bench: paths.Bench) -> str:
	"""Write what all sites share: where the services are; returns the remark for the step."""
	port = ports.load()
	redis = f"redis://127.0.0.1:{port['redis']}"
	settings = {
		"db_host": "127.0.0.1",
		"db_port": port["mariadb"],
		"redis_cache": redis,
		"redis_queue": redis,
		"redis_socketio": redis,
		"socketio_port": port["socketio"],
		"root_login": "root",
		"root_password": services.root_password(),
		"developer_mode": 0,
		"server_script_enabled": 0,
		"pause_scheduler": 0,
	}
	present = json.loads(bench.common_config.read_text()) if bench.common_config.exists() else {}
	if present != present | settings:
		bench.common_config.write_text(json.dumps(present | settings, indent="\t"))
	return ""


def build_desk(bench: paths.Bench) -> str:
	"""Build the scripts and styles of the desk into `sites/assets`; returns the remark for the step."""
	hint = "check that npm reaches its registry (`npm ping`), then run this again"
	shell.run(["sh", paths.DEV / "desk" / "build.sh", bench.root], "desk", hint=hint)
	services.forget(
		"assets_json"
	)  # where Frappe keeps the names of the bundles, which change with their content
	return shell.log_path("desk").read_text().splitlines()[-1].removeprefix("desk: ")


def standin_fingerprint() -> str:
	"""Return the state of the stand-in's sources; a change of it calls for a new stand-in and a migrate."""
	return stamps.fingerprint([CONTRACT, paths.DEV / "standin"])


def _generate_standin(bench: paths.Bench) -> str:
	target = bench.apps / "erpnext"
	value = standin_fingerprint()
	if stamps.matches("standin", value) and target.exists():
		return "stand-in reused"
	shutil.rmtree(target, ignore_errors=True)
	if GENERATOR.exists() and CONTRACT.exists():
		shell.run([sys.executable, GENERATOR, "--contract", CONTRACT, "--out", target], "standin")
	else:
		_make_empty_app(target)
	stamps.put("standin", value)
	return "stand-in generated"


def _make_empty_app(target: Path) -> None:
	package = target / "erpnext"
	(package / "empty").mkdir(parents=True)
	(package / "empty" / "__init__.py").write_text("")
	(package / "__init__.py").write_text('__version__ = "15.0.0-empty"\n')
	(package / "modules.txt").write_text("Empty\n")
	(package / "patches.txt").write_text("")
	(package / "hooks.py").write_text('app_name = "erpnext"\napp_title = "ERPNext"\n')

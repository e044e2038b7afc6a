"""Sites: made, kept up with the code, dropped."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from dev.tool import frappe_cli, packages, paths, services, shell, stamps
from dev.tool.failure import Failure

STANDIN, REAL = "standin", "real"

ADMIN_PASSWORD = "admin"
PREPARE = paths.DEV / "inside" / "prepare_site.py"
COPY_HINT = "PROCESSES=1 does without the copy of the site"
TEMPLATE = paths.CONFIG / "site-template.sql"

# What a migrate carries into the database; other files are read anew from disk or need a cleared cache.
MIGRATED_FILES = ("hooks.py", "modules.txt", "patches.txt", "install.py", "compat.py")
MIGRATED_FOLDERS = ("setup", "fixtures", "patches")


def ensure(bench: paths.Bench, name: str, erpnext: str) -> str:
	"""Make the site `name` with all apps, or bring it up to date; returns the remark for the step.

	`erpnext` is STANDIN or REAL.
	"""
	with stamps.lock(f"site-{name}"):
		if _is_complete(bench, name):
			return _update(bench, name)
		with stamps.lock("new-site"):  # Frappe makes one at a time
			create(bench, name, erpnext)
		return "made"


def create(bench: paths.Bench, name: str, erpnext: str) -> None:
	"""Make the site `name` anew, with ERPNext and the app installed."""
	schema, client = _schema_fingerprint(), _client_fingerprint()
	create_bare(bench, name, erpnext)
	frappe_cli.run(bench, name, "install-app", paths.APP, log=f"install-{paths.APP}-{name}")
	stamps.put(_stamp(bench, name, "schema"), schema)
	stamps.put(_stamp(bench, name, "client"), client)


def create_bare(bench: paths.Bench, name: str, erpnext: str) -> None:
	"""Make the site `name` anew with ERPNext alone: a site that the app is yet to be installed on."""
	drop(bench, name)
	_create_prepared(bench, name, erpnext)
	frappe_cli.run(bench, name, "install-app", "erpnext", log=f"install-erpnext-{name}")
	frappe_cli.run_script(bench, PREPARE, name, "finish", log=f"finish-{name}")


def ensure_copy(bench: paths.Bench, source: str, name: str) -> str:
	"""Make the site `name` of all that the site `source` holds, unless it is there and as the code calls for; returns
	the remark for the step."""
	with stamps.lock(f"site-{name}"):
		if _is_complete(bench, name) and stamps.matches(_stamp(bench, name, "schema"), _schema_fingerprint()):
			return _update(bench, name)
		copy(bench, source, name)
		return "copied"


def copy(bench: paths.Bench, source: str, name: str) -> None:
	"""Make the site `name` anew, with a copy of the database and the files of the site `source`."""
	drop(bench, name)
	config = _read(bench.site(source) / "site_config.json")
	database = f"_{secrets.token_hex(8)}"  # a new name: Redis may know the site of an old one
	dump = paths.CONFIG / f"copy-{name}.sql"
	own = {key: database for key in ("db_name", "db_user") if key in config}
	try:
		_dump(bench, config["db_name"], dump)
		folders = shutil.ignore_patterns("backups", "*.log*", "*.lock")
		shutil.copytree(bench.site(source), bench.site(name), ignore=folders)
		(bench.site(name) / "site_config.json").write_text(json.dumps(config | own, indent="\t"))
		_load(bench, database, config["db_password"], dump)
	finally:
		dump.unlink(missing_ok=True)
	for kind in ("schema", "client"):
		stamp = paths.STAMPS / _stamp(bench, source, kind)
		stamps.put(_stamp(bench, name, kind), stamp.read_text())


def drop(bench: paths.Bench, name: str) -> None:
	"""Remove the site with its database and files, without a backup. No site, no error."""
	stamps.forget(_stamp(bench, name, "schema"))
	if bench.site(name).exists():
		archive = ["--archived-sites-path", paths.WORK / "archived-sites"]
		options = [*_root(bench), "--no-backup", "--force", *archive]
		frappe_cli.run(bench, None, "drop-site", name, *options, log=f"drop-{name}")
		shutil.rmtree(paths.WORK / "archived-sites", ignore_errors=True)


def migrate(bench: paths.Bench, name: str) -> None:
	"""Run `bench migrate` on the site and note the state of the sources it has now."""
	schema, client = _schema_fingerprint(), _client_fingerprint()
	frappe_cli.run(bench, name, "migrate", "--skip-search-index", log=f"migrate-{name}")
	stamps.put(_stamp(bench, name, "schema"), schema)
	stamps.put(_stamp(bench, name, "client"), client)


def _create_prepared(bench: paths.Bench, name: str, erpnext: str) -> None:
	"""Make a site of Frappe alone, past its set-up wizard.

	The first one with the stand-in is dumped; later ones are made of the dump in half the time.
	"""
	value = stamps.fingerprint([PREPARE, Path(__file__), paths.DEV / "tool" / "engine_pypi.py"])
	has_template = erpnext == STANDIN and TEMPLATE.exists() and stamps.matches("site-template", value)
	options = [*_root(bench), "--admin-password", ADMIN_PASSWORD, "--no-mariadb-socket", "--force"]
	source = ["--source-sql", TEMPLATE] if has_template else []
	frappe_cli.run(bench, None, "new-site", name, *options, *source, log=f"new-site-{name}")
	_configure(bench, name)
	if has_template:
		return
	frappe_cli.run_script(bench, PREPARE, name, "start", erpnext, log=f"prepare-{name}")
	if erpnext == STANDIN:
		services.dump(_read(bench.site(name) / "site_config.json")["db_name"], TEMPLATE)
		stamps.put("site-template", value)


def _dump(bench: paths.Bench, database: str, target: Path) -> None:
	"""Write the whole of `database` as SQL to `target`."""
	command, env = _program(bench, "mariadb-dump", "mysqldump")
	options = ["--single-transaction", f"--result-file={target}"]
	shell.run([*command, *options, database], "copy-dump", env=env, hint=COPY_HINT)


def _load(bench: paths.Bench, database: str, password: str, source: Path) -> None:
	"""Make `database`, with a user of that name, of the SQL in the file `source`."""
	command, env = _program(bench, "mariadb", "mysql")
	make = f"""
		CREATE DATABASE `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
		CREATE USER '{database}'@'%' IDENTIFIED BY '{password}';
		GRANT ALL ON `{database}`.* TO '{database}'@'%';
	"""
	shell.run(command, "copy-database", stdin=make, env=env, hint=COPY_HINT)
	shell.run([*command, f"--execute=source {source}", database], "copy-load", env=env, hint=COPY_HINT)


def _program(bench: paths.Bench, *names: str) -> tuple[list[str], dict[str, str]]:
	"""Return how to call the first of MariaDB's programs `names` that is there, as root, and its environment."""
	shared = _read(bench.common_config)
	_user_option, user, _password_option, password = _root(bench)
	socket = shared.get("db_socket")
	place = (
		[f"--socket={socket}"]
		if socket
		else [f"--host={shared.get('db_host') or '127.0.0.1'}", f"--port={shared.get('db_port') or 3306}"]
	)
	command = [str(packages.program(*names) or names[-1]), "--no-defaults", f"--user={user}", *place]
	return command, {"MYSQL_PWD": password}


def _root(bench: paths.Bench) -> list[str]:
	"""Return the options that name MariaDB's root and its password on this bench."""
	shared = _read(bench.common_config)
	given = os.environ.get("DB_ROOT_PASSWORD")
	password = given or shared.get("root_password") or shared.get("mariadb_root_password")
	if not password:
		raise Failure(
			f"{bench.common_config} does not tell the password of MariaDB's root, which a new site needs",
			"run this again with DB_ROOT_PASSWORD=... before it",
		)
	user = shared.get("root_login") or "root"
	return ["--db-root-username", user, "--db-root-password", password]


def _update(bench: paths.Bench, name: str) -> str:
	if not stamps.matches(_stamp(bench, name, "schema"), _schema_fingerprint()):
		migrate(bench, name)
		return "migrated"
	client = _client_fingerprint()
	if stamps.matches(_stamp(bench, name, "client"), client):
		return "reused"
	frappe_cli.run(bench, name, "clear-cache", log=f"clear-cache-{name}")
	stamps.put(_stamp(bench, name, "client"), client)
	return "cache cleared"


def _schema_fingerprint() -> str:
	"""Return the state of everything that installing or migrating carries into a site's database."""
	package = paths.CHECKOUT / paths.APP
	files = [path for path in package.rglob("*.json") if "tests" not in path.parts]
	files += [package / name for name in (*MIGRATED_FILES, *MIGRATED_FOLDERS)]
	return stamps.fingerprint([*files, paths.DEV / "standin"])


def _client_fingerprint() -> str:
	"""Return the state of what Frappe keeps in its cache though it comes from files: forms' scripts."""
	package = paths.CHECKOUT / paths.APP
	files = [path for suffix in ("js", "html", "css", "csv") for path in package.rglob(f"*.{suffix}")]
	return stamps.fingerprint(files)


def _is_complete(bench: paths.Bench, name: str) -> bool:
	stamp = paths.STAMPS / _stamp(bench, name, "schema")
	return stamp.exists() and (bench.site(name) / "site_config.json").exists()


def _configure(bench: paths.Bench, name: str) -> None:
	file = bench.site(name) / "site_config.json"
	settings = {"allow_tests": True, "mute_emails": 1, "developer_mode": 0, "server_script_enabled": 0}
	file.write_text(json.dumps(_read(file) | settings, indent="\t"))


def _read(file: Path) -> dict[str, Any]:
	return json.loads(file.read_text())


def _stamp(bench: paths.Bench, name: str, kind: str) -> str:
	return f"site-{bench.root.name}-{name}-{kind}"

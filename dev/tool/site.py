"""Sites: made, kept up with the code, dropped."""

from __future__ import annotations

import json

from dev.tool import frappe_cli, paths, services, stamps

ADMIN_PASSWORD = "admin"
PREPARE = paths.DEV / "inside" / "prepare_site.py"

# What a migrate carries into the database; other files are read anew from disk or need a cleared cache.
MIGRATED_FILES = ("hooks.py", "modules.txt", "patches.txt", "install.py", "compat.py")
MIGRATED_FOLDERS = ("setup", "fixtures", "patches")


def ensure(bench: paths.Bench, name: str) -> str:
	"""Make the site `name` with all apps, or bring it up to date; returns the remark for the step."""
	with stamps.lock(f"site-{name}"):
		if not _is_complete(bench, name):
			with stamps.lock("new-site"):  # Frappe allows one at a time
				_create(bench, name)
			return "made"
		return _update(bench, name)


def drop(bench: paths.Bench, name: str) -> None:
	"""Remove the site with its database and files, without a backup."""
	stamps.forget(_stamp(name, "schema"))
	if not bench.site(name).exists():
		return
	root = ["--db-root-username", "root", "--db-root-password", services.root_password()]
	archive = paths.WORK / "archived_sites"
	frappe_cli.run(
		bench, None, "drop-site", name, *root, "--no-backup", "--force", "--archived-sites-path", archive,
		log=f"drop-{name}",
	)


def migrate(bench: paths.Bench, name: str) -> None:
	"""Run `bench migrate` on the site and note the state of the sources it has now."""
	value = _schema_fingerprint()
	frappe_cli.run(bench, name, "migrate", "--skip-search-index", log=f"migrate-{name}")
	stamps.put(_stamp(name, "schema"), value)
	stamps.put(_stamp(name, "client"), _client_fingerprint())


def _create(bench: paths.Bench, name: str) -> None:
	value = _schema_fingerprint()
	drop(bench, name)
	log = f"new-site-{name}"
	root = ["--db-root-username", "root", "--db-root-password", services.root_password()]
	frappe_cli.run(
		bench, None, "new-site", name, *root, "--admin-password", ADMIN_PASSWORD, "--no-mariadb-socket", "--force",
		log=log,
	)  # fmt: skip
	_allow_tests(bench, name)
	frappe_cli.run_script(bench, PREPARE, name, log=f"prepare-{name}")
	for app in ("erpnext", paths.APP):
		frappe_cli.run(bench, name, "install-app", app, log=f"install-{app}-{name}")
	stamps.put(_stamp(name, "schema"), value)
	stamps.put(_stamp(name, "client"), _client_fingerprint())


def _update(bench: paths.Bench, name: str) -> str:
	if not stamps.matches(_stamp(name, "schema"), _schema_fingerprint()):
		migrate(bench, name)
		return "migrated"
	if not stamps.matches(_stamp(name, "client"), _client_fingerprint()):
		frappe_cli.run(bench, name, "clear-cache", log=f"clear-cache-{name}")
		stamps.put(_stamp(name, "client"), _client_fingerprint())
		return "cache cleared"
	return "reused"


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
	return (paths.STAMPS / _stamp(name, "schema")).exists() and (bench.site(name) / "site_config.json").exists()


def _allow_tests(bench: paths.Bench, name: str) -> None:
	file = bench.site(name) / "site_config.json"
	settings = json.loads(file.read_text()) | {"allow_tests": True, "mute_emails": 1}
	file.write_text(json.dumps(settings, indent="\t"))


def _stamp(name: str, kind: str) -> str:
	return f"site-{name}-{kind}"

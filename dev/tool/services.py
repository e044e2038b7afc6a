"""This checkout's own MariaDB and Redis: own data, own ports on 127.0.0.1, no system service touched."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from dev.tool import background, packages, paths, ports, shell
from dev.tool.failure import Failure

NAMES = ("mariadb", "redis")
SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 108 with the closing zero
START_SECONDS = 60  # crash recovery after a kill takes a while
ROOT_PASSWORD_FILE = "mariadb-root-password"


def start() -> str:
	"""Start what does not run yet; returns the remark for the step. Raises Failure with the server's log."""
	started = [name for name, begin in (("MariaDB", start_mariadb), ("Redis", start_redis)) if begin()]
	where = "MariaDB {mariadb}, Redis {redis}".format(**ports.load())
	return f"{where}: {'started' if started else 'running'}"


def stop() -> list[str]:
	"""Stop both servers, orderly; returns the names of those that ran."""
	stopped = [name for name in NAMES if background.stop(name)]
	if socket_file().parent != paths.DATABASE:
		shutil.rmtree(socket_file().parent, ignore_errors=True)
	return stopped


def start_mariadb() -> bool:
	"""Make the data folder if need be and start MariaDB; False when it runs already."""
	if _mariadb_answers():
		return False
	background.stop("mariadb")
	if not _data_folder().exists():
		_make_data_folder()
	port = _own_port("mariadb")
	socket_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
	background.start("mariadb", _mariadb_command(port))
	if not background.wait_for(_socket_answers, START_SECONDS):
		raise Failure(
			"MariaDB does not answer", "read the log; `make clean` starts anew", shell.log_path("mariadb")
		)
	if not _mariadb_answers():
		_secure_root()
	return True


def start_redis() -> bool:
	"""Start one Redis for cache and queues; False when it runs already."""
	if _redis_answers():
		return False
	background.stop("redis")
	port = _own_port("redis")
	# redis-check-rdb is the server's own binary, which goes by the name it is called with; the package
	# redis-tools has it without the service that comes with redis-server.
	command = [
		"redis-server",
		"--bind",
		"127.0.0.1",
		"--port",
		str(port),
		"--save",
		"",
		"--dir",
		paths.CONFIG,
	]
	background.start("redis", command, executable=packages.program("redis-check-rdb"))
	if not background.wait_for(_redis_answers, START_SECONDS):
		raise Failure(
			"Redis does not answer", "read the log; `make clean` starts anew", shell.log_path("redis")
		)
	return True


def forget(key: str) -> None:
	"""Delete `key` of Frappe's cache."""
	_asks(["redis-cli", "-p", str(ports.load()["redis"]), "DEL", key])


def dump(database: str, target: Path) -> None:
	"""Write the whole of `database` as SQL to `target`, which appears when it is complete."""
	unfinished = target.with_suffix(".unfinished")
	options = [f"--socket={socket_file()}", "-uroot", f"-p{root_password()}", f"--result-file={unfinished}"]
	dumper = packages.program("mysqldump") or "mysqldump"
	shell.run([dumper, "--no-defaults", *options, "--single-transaction", database], "mysqldump")
	unfinished.rename(target)


def root_password() -> str:
	"""Return the password of this MariaDB's root, made up once per checkout."""
	file = paths.CONFIG / ROOT_PASSWORD_FILE
	if not file.exists():
		file.touch(mode=0o600)
		file.write_text(secrets.token_hex(8))
	return file.read_text()


def socket_file() -> Path:
	"""Return MariaDB's socket: in its data folder's parent, or under /tmp when that path is too long."""
	near = paths.DATABASE / "mariadb.sock"
	if len(bytes(near)) < SOCKET_PATH_LIMIT:
		return near
	name = hashlib.sha256(str(paths.CHECKOUT).encode()).hexdigest()[:12]
	return Path("/tmp") / f"sales-activity-{name}" / "mariadb.sock"


def _mariadb_command(port: int) -> list[str]:
	settings = {
		"datadir": _data_folder(),
		"socket": socket_file(),
		"port": port,
		"pid-file": paths.DATABASE / "mariadb.pid",
		"tmpdir": _temporary_folder(),
		"bind-address": "127.0.0.1",
		"character-set-server": "utf8mb4",
		"collation-server": "utf8mb4_unicode_ci",
		"innodb-buffer-pool-size": "512M",
		"innodb-log-file-size": "256M",
		"innodb-flush-log-at-trx-commit": 2,  # at worst a power cut costs a second of test data
		"max-allowed-packet": "256M",
		"max-connections": 200,
	}
	flags = ["skip-log-bin", "skip-name-resolve", "skip-character-set-client-handshake"]
	user = ["--user=root"] if os.geteuid() == 0 else []
	options = [f"--{name}={value}" for name, value in settings.items()]
	return [str(packages.program("mariadbd")), "--no-defaults", *user, *options, *(f"--{f}" for f in flags)]


def _make_data_folder() -> None:
	"""Make it under another name first: a run that is killed halfway must not leave half a folder."""
	unfinished = paths.DATABASE / "unfinished"
	shutil.rmtree(unfinished, ignore_errors=True)
	unfinished.mkdir(parents=True)
	user = ["--user=root"] if os.geteuid() == 0 else []
	options = ["--auth-root-authentication-method=normal", "--skip-test-db", f"--datadir={unfinished}"]
	installer = packages.program("mariadb-install-db") or "mariadb-install-db"
	# the installer takes a --tmpdir too, but tears paths apart that have a space
	env = {"TMPDIR": str(_temporary_folder())}
	shell.run([installer, "--no-defaults", *user, *options], "mariadb-install", env=env)
	unfinished.rename(_data_folder())


def _secure_root() -> None:
	"""Leave root alone, with a password, over socket and TCP: anonymous users break Frappe's log-in (1045)."""
	password = root_password()
	statements = f"""
		DELETE FROM mysql.global_priv WHERE User = '';
		FLUSH PRIVILEGES;
		CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY '{password}';
		GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
		ALTER USER root@localhost IDENTIFIED BY '{password}';
	"""
	shell.run(_client(), "mariadb-root", stdin=statements)


def _mariadb_answers() -> bool:
	return background.is_running("mariadb") and _asks([*_client(), f"-p{root_password()}", "-eSELECT 1"])


def _socket_answers() -> bool:
	return _asks([*_client(), "-eSELECT 1"]) or _mariadb_answers()


def _client() -> list[str]:
	return [str(packages.program("mysql") or "mysql"), "--no-defaults", f"--socket={socket_file()}", "-uroot"]


def _redis_answers() -> bool:
	port = ports.load()["redis"]
	return background.is_running("redis") and _asks(["redis-cli", "-p", str(port), "PING"])


def _asks(command: list[str]) -> bool:
	try:
		return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0
	except (FileNotFoundError, subprocess.TimeoutExpired):
		return False


def _own_port(service: str) -> int:
	port = ports.load()[service]
	return port if ports.is_free(port) else ports.choose_again(service)


def _data_folder() -> Path:
	return paths.DATABASE / "data"


def _temporary_folder() -> Path:
	"""Make and return a folder for temporary tables. In /tmp the next MariaDB that starts, whoever's it is, takes them
	for leftovers and deletes them while they are in use."""
	folder = paths.DATABASE / "tmp"
	folder.mkdir(parents=True, exist_ok=True)
	return folder

"""The engine where GitHub does not answer: real Frappe, restored from a wheel on PyPI.

The wheel holds Frappe 15.0.0-dev of August 2023 (MIT) under other names. `restore` puts the names back.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import zipfile
from pathlib import Path

from dev.tool import apps, packages, paths, services, shell, site, stamps
from dev.tool.failure import Failure
from dev.tool.steps import Step

WHEEL = "criscostack-1.0.0-py3-none-any.whl"
REQUIREMENT = "criscostack==1.0.0"
SHA256 = "dc58aaf29c59b7666edc953596e5b31f77d7286b2ed6b14c6a205b217c210349"

# Order matters: the app's product name must be put back before its first half is.
TEXT_NAMES = (
	("criscostack", "frappe"),
	("Criscostack", "Frappe"),
	("CRISCOSTACK", "FRAPPE"),
	("criscoerp", "erpnext"),
	("Criscoerp", "ERPNext"),
	("Crisco", "Frappe"),
)
FILE_NAMES = (("criscostack", "frappe"), ("brik_helper.py", "bench_helper.py"))

# The pins of the wheel hold for these; later versions of Python need other Pillow and pydantic.
PYTHON_VERSIONS = ("3.11", "3.10")
REGISTRY_HINT = "check that pip reaches its package index (`pip download six` tells), then run this again"


class Pypi:
	"""Frappe restored from PyPI, with the ERPNext stand-in, in `.bench/`."""

	title = "Frappe 15.0.0-dev restored from PyPI, with a stand-in for ERPNext (ENGINE=pypi)"

	def __init__(self) -> None:
		"""Point at `.bench/`, whether or not it stands already."""
		self.bench = paths.Bench(paths.WORK)

	def steps(self) -> list[Step]:
		"""Return what brings the bench up."""
		return [
			Step("Debian packages", lambda: packages.install(packages.SERVER_NEEDS)),
			Step("Python packages, locked versions", lambda: make_environment(self.bench)),
			Step("Download Frappe", lambda: download(self.bench)),
			Step("Restore Frappe", lambda: restore(self.bench)),
			Step("Apps and ERPNext stand-in", lambda: apps.link(self.bench)),
			Step("MariaDB and Redis", services.start),
			Step("Bench settings", lambda: apps.configure(self.bench)),
		]

	def ensure_site(self, name: str) -> str:
		"""Make the site or bring it up to date; returns the remark."""
		return site.ensure(self.bench, name, site.STANDIN)

	def copy_site(self, source: str, name: str) -> str:
		"""Make the site a copy of `source`, or bring it up to date; returns the remark."""
		return site.ensure_copy(self.bench, source, name)

	def build_desk(self) -> str:
		"""Build the desk's scripts and styles; returns the remark."""
		return apps.build_desk(self.bench)

	def clean_up(self) -> None:
		"""Leave everything for the next run."""


def download(bench: paths.Bench) -> str:
	"""Fetch the wheel into `.bench/downloads/` with the bench's pip, verify its SHA-256; returns the remark."""
	wheel = paths.DOWNLOADS / WHEEL
	if wheel.exists() and _sha256(wheel) == SHA256:
		return "reused"
	requirement = paths.DOWNLOADS / "engine.txt"
	requirement.write_text(f"{REQUIREMENT} --hash=sha256:{SHA256}\n")
	pip = [bench.python, "-m", "pip", "download", "--no-cache-dir", "--no-deps", "--require-hashes"]
	shell.run([*pip, "-r", requirement, "-d", paths.DOWNLOADS], "download-frappe", hint=REGISTRY_HINT)
	if _sha256(wheel) != SHA256:
		raise Failure(f"{WHEEL} is not the file we know", "delete .bench/downloads and run this again")
	return "19 MB"


def restore(bench: paths.Bench) -> str:
	"""Unpack the wheel to `apps/frappe`, names put back; returns the step's remark."""
	target = bench.apps / "frappe"
	value = stamps.fingerprint([], SHA256, repr((TEXT_NAMES, FILE_NAMES)))
	if stamps.matches("frappe", value) and target.exists():
		return "reused"
	unfinished = bench.apps / "frappe.unfinished"
	shutil.rmtree(unfinished, ignore_errors=True)
	with zipfile.ZipFile(paths.DOWNLOADS / WHEEL) as wheel:
		count = sum(_restore_file(wheel, name, unfinished) for name in wheel.namelist())
	shutil.rmtree(target, ignore_errors=True)
	unfinished.rename(target)
	stamps.put("frappe", value)
	return f"{count} files"


def make_environment(bench: paths.Bench) -> str:
	"""Make the virtual environment with every package at its locked version; returns the step's remark."""
	locks = [paths.DEV / "lock" / "build.txt", paths.DEV / "lock" / "requirements.txt"]
	value = stamps.fingerprint(locks, str(bench.root))
	if stamps.matches("environment", value) and bench.python.exists():
		return "reused"
	environment = bench.root / "env"
	if not bench.python.exists():
		shell.run([find_python(), "-m", "venv", "--clear", environment], "venv")
	pip = [
		bench.python,
		"-m",
		"pip",
		"install",
		"--no-cache-dir",
		"--no-compile",
		"--no-deps",
		"--require-hashes",
	]
	shell.run([*pip, "-r", locks[0]], "pip-build-tools", hint=REGISTRY_HINT)
	shell.run([*pip, "--no-build-isolation", "-r", locks[1]], "pip-packages", hint=REGISTRY_HINT)
	stamps.put("environment", value)
	return f"{locks[1].read_text().count('==')} packages"


def find_python() -> Path:
	"""Return a Python that the wheel's pinned dependencies support, this one if it will do."""
	if "{}.{}".format(*sys.version_info) in PYTHON_VERSIONS:
		return Path(sys.executable)
	found = packages.program(*(f"python{version}" for version in PYTHON_VERSIONS))
	if not found:
		raise Failure(
			f"this engine needs Python {' or '.join(PYTHON_VERSIONS)}, not {sys.version.split()[0]}",
			"install python3.11 (Debian 12 has it), or use a bench of your own: BENCH=/path make test",
		)
	return found


def _restore_file(wheel: zipfile.ZipFile, name: str, target: Path) -> bool:
	"""Write one file of the wheel; False for what is no part of Frappe's source."""
	content = wheel.read(name)
	if name.endswith(("/", ".DS_Store")) or ".dist-info/" in name:
		return False
	path = target / _replace(name, FILE_NAMES)
	path.parent.mkdir(parents=True, exist_ok=True)
	path.write_bytes(_restore_content(content))
	return True


def _restore_content(content: bytes) -> bytes:
	"""Return the file's content with Frappe's names; binary files stay as they are."""
	if b"\0" in content:
		return content
	try:
		return _replace(content.decode(), TEXT_NAMES).encode()
	except UnicodeDecodeError:
		return content


def _replace(text: str, names: tuple[tuple[str, str], ...]) -> str:
	for old, new in names:
		text = text.replace(old, new)
	return text


def _sha256(path: Path) -> str:
	return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""

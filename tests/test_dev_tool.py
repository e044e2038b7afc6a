"""The developer tool's own rules: stamps, ports, background processes, failures. No site is needed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.inside import lanes
from dev.tool import (
	apps,
	background,
	commands,
	engine_own,
	engine_pypi,
	engines,
	packages,
	paths,
	ports,
	services,
	shell,
	stamps,
	steps,
	suite,
)
from dev.tool.failure import Failure
from dev.tool.steps import Step, run_steps

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def work_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
	"""Let the tool keep its files in a folder of this test, instead of in `.bench/`."""
	for name in ("CONFIG", "LOGS", "STAMPS", "DATABASE"):
		monkeypatch.setattr(paths, name, tmp_path / name.lower())
		(tmp_path / name.lower()).mkdir()
	monkeypatch.setattr(paths, "CHECKOUT", tmp_path)
	monkeypatch.setattr(engines, "CHOICE", tmp_path / "config" / "engine")
	return tmp_path


class TestSteps:
	def test_each_step_is_named_counted_and_timed(self, capsys: pytest.CaptureFixture[str]) -> None:
		run_steps([Step("First", lambda: "reused"), Step("Second", lambda: None)])
		lines = capsys.readouterr().out.splitlines()
		assert re.fullmatch(r"\[1/2\] First \.\.\. reused, \d+\.\d s", lines[0])
		assert re.fullmatch(r"\[2/2\] Second \.\.\. \d+\.\d s", lines[1])

	def test_a_failure_says_which_step_why_and_what_to_do(self, capsys: pytest.CaptureFixture[str]) -> None:
		def fail() -> None:
			shell.run(["sh", "-c", "echo the reason; exit 3"], "broken", hint="mend it")

		with pytest.raises(SystemExit) as exit_:
			run_steps([Step("Good", lambda: None), Step("Bad", fail), Step("Never", pytest.fail)])
		assert exit_.value.code == 1
		errors = capsys.readouterr().err
		for text in ("FAILED: [2/3] Bad", "sh ended with code 3", "| the reason", "What to do: mend it"):
			assert text in errors

	def test_a_missing_program_is_a_failure_with_its_name(self) -> None:
		with pytest.raises(Failure, match="no-such-program is not installed"):
			shell.run(["no-such-program"], "missing")

	def test_quiet_steps_leave_standard_output_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
		run_steps([Step("Hushed", lambda: None)], quiet=True)
		captured = capsys.readouterr()
		assert captured.out == ""
		assert "Hushed" in captured.err

	def test_only_the_end_of_a_long_log_is_shown(
		self, work_folder: Path, capsys: pytest.CaptureFixture[str]
	) -> None:
		log = work_folder / "long.log"
		log.write_text("".join(f"line {number}\n" for number in range(1000)))
		steps.report(Failure("too much", log=log))
		errors = capsys.readouterr().err
		assert "line 999" in errors
		assert "line 900" not in errors


class TestStamps:
	def test_changes_with_content_name_and_words_only(self, work_folder: Path) -> None:
		file = work_folder / "a.txt"
		file.write_text("one")
		first = stamps.fingerprint([file], "v1")
		os.utime(file, (1, 1))
		assert stamps.fingerprint([file], "v1") == first
		assert stamps.fingerprint([file], "v2") != first
		file.write_text("two")
		assert stamps.fingerprint([file], "v1") != first

	def test_a_missing_file_counts_as_none(self, work_folder: Path) -> None:
		assert stamps.fingerprint([work_folder / "none"]) == stamps.fingerprint([])

	def test_generated_folders_do_not_count(self, work_folder: Path) -> None:
		before = stamps.fingerprint([work_folder])
		(work_folder / "__pycache__").mkdir()
		(work_folder / "__pycache__" / "x.pyc").write_text("")
		assert stamps.fingerprint([work_folder]) == before

	def test_a_stamp_matches_until_it_is_forgotten(self) -> None:
		assert not stamps.matches("thing", "1")
		stamps.put("thing", "1")
		assert stamps.matches("thing", "1")
		stamps.forget("thing")
		assert not stamps.matches("thing", "1")

	def test_a_lock_keeps_a_second_run_waiting(self, work_folder: Path) -> None:
		with stamps.lock("setup"):
			script = "import fcntl, sys; fcntl.flock(open(sys.argv[1], 'w'), fcntl.LOCK_EX)"
			waiting = subprocess.Popen([sys.executable, "-c", script, paths.CONFIG / "setup.lock"])
			time.sleep(0.3)
			assert waiting.poll() is None
		assert waiting.wait(timeout=10) == 0


class TestPorts:
	def test_are_remembered_and_differ(self) -> None:
		first = ports.load()
		assert ports.load() == first
		assert len(set(first.values())) == len(ports.SERVICES)

	def test_a_taken_port_is_given_up(self) -> None:
		import socket

		with socket.socket() as stranger:
			stranger.bind(("127.0.0.1", 0))
			stranger.listen()
			taken = stranger.getsockname()[1]
			assert not ports.is_free(taken)
		port = ports.of_site("a.localhost")
		with socket.socket() as stranger:
			stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
			stranger.bind(("127.0.0.1", port))
			stranger.listen()
			assert ports.of_site("a.localhost") != port


class TestBackground:
	@pytest.fixture
	def sleeper(self) -> Iterator[str]:
		background.start("sleeper", ["sleep", "60"])
		yield "sleeper"
		background.stop("sleeper")

	def test_a_process_is_found_again_and_stopped(self, sleeper: str) -> None:
		assert background.is_running(sleeper)
		assert background.names() == [sleeper]
		assert background.stop(sleeper)
		assert not background.is_running(sleeper)
		assert not background.stop(sleeper)

	def test_a_killed_process_is_not_taken_for_running(self, sleeper: str) -> None:
		pid = int((paths.CONFIG / "sleeper.pid").read_text().split()[0])
		os.kill(pid, 9)
		assert background.wait_for(lambda: not background.is_running(sleeper), 5)

	def test_a_process_that_got_the_same_number_is_left_alone(self) -> None:
		(paths.CONFIG / "stranger.pid").write_text(f"{os.getpid()} 1")
		assert not background.is_running("stranger")
		assert not background.stop("stranger")

	def test_a_damaged_pid_file_counts_as_not_running(self) -> None:
		(paths.CONFIG / "damaged.pid").write_text("")
		assert not background.is_running("damaged")


class TestServices:
	def test_the_socket_path_fits_the_kernel_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
		monkeypatch.setattr(paths, "DATABASE", Path("/" + "deep/" * 40))
		assert len(bytes(services.socket_file())) < services.SOCKET_PATH_LIMIT

	def test_no_other_server_takes_its_temporary_tables_for_leftovers(
		self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
	) -> None:
		monkeypatch.setattr(paths, "DATABASE", tmp_path)
		assert f"--tmpdir={tmp_path / 'tmp'}" in services._mariadb_command(1)
		assert (tmp_path / "tmp").is_dir()

	def test_the_root_password_stays_and_is_private(self) -> None:
		password = services.root_password()
		assert services.root_password() == password
		assert (paths.CONFIG / services.ROOT_PASSWORD_FILE).stat().st_mode & 0o077 == 0


class TestPackages:
	def test_nothing_is_installed_when_nothing_is_missing(self) -> None:
		assert packages.install([packages.Need("python3", lambda: True)]) == "all there"

	def test_what_is_missing_is_named_where_there_is_no_apt(self, monkeypatch: pytest.MonkeyPatch) -> None:
		monkeypatch.setattr(packages, "program", lambda *_names: None)
		with pytest.raises(Failure, match="missing: redis-tools") as failure:
			packages.install([packages.Need("redis-tools", lambda: False)])
		assert "redis-tools" in failure.value.hint


class TestEngines:
	def test_a_bench_of_your_own_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
		monkeypatch.setenv("BENCH", "/srv/bench")
		monkeypatch.setenv("ENGINE", "pypi")
		assert "/srv/bench" in engines.choose().title

	@pytest.mark.parametrize(("answers", "expected"), [(True, "upstream"), (False, "pypi")])
	def test_upstream_where_github_answers_else_pypi(
		self, monkeypatch: pytest.MonkeyPatch, answers: bool, expected: str
	) -> None:
		monkeypatch.delenv("BENCH", raising=False)
		monkeypatch.delenv("ENGINE", raising=False)
		monkeypatch.setattr(engines, "github_answers", lambda: answers)
		assert f"ENGINE={expected}" in engines.choose().title
		monkeypatch.setattr(engines, "github_answers", lambda: not answers)
		assert f"ENGINE={expected}" in engines.choose().title, "a second run keeps what stands"

	def test_an_unknown_engine_is_refused_with_the_choices(self, monkeypatch: pytest.MonkeyPatch) -> None:
		monkeypatch.delenv("BENCH", raising=False)
		monkeypatch.setenv("ENGINE", "docker")
		with pytest.raises(Failure, match="docker") as failure:
			engines.choose()
		assert "ENGINE=upstream or ENGINE=pypi" in failure.value.hint

	def test_a_folder_that_is_no_bench_is_refused(self, work_folder: Path) -> None:
		engine = engine_own.OwnBench(work_folder)
		with pytest.raises(Failure, match="lacks apps/frappe, apps/erpnext"):
			engine.steps()[0].action()

	def test_an_existing_site_of_your_bench_is_never_replaced(self, work_folder: Path) -> None:
		(work_folder / "sites" / "production").mkdir(parents=True)
		with pytest.raises(Failure, match="production exists on this bench"):
			engine_own.OwnBench(work_folder).ensure_site("production")
		with pytest.raises(Failure, match="production exists on this bench"):
			engine_own.OwnBench(work_folder).copy_site("source", "production")

	def test_a_bench_of_your_own_is_left_as_it_was(self, work_folder: Path) -> None:
		(work_folder / "sites").mkdir()
		names = work_folder / "sites" / "apps.txt"
		names.write_text("frappe\nerpnext\n")
		engine = engine_own.OwnBench(work_folder)
		engine.steps()[1].action()
		assert (work_folder / "apps" / paths.APP).is_symlink()
		assert names.read_text() == "frappe\nerpnext\nsales_activity\n"
		engine.clean_up()
		assert not (work_folder / "apps" / paths.APP).is_symlink()
		assert names.read_text() == "frappe\nerpnext\n"

	def test_the_link_of_another_copy_is_not_touched(self, work_folder: Path) -> None:
		(work_folder / "apps" / paths.APP).mkdir(parents=True)
		with pytest.raises(Failure, match="another copy"):
			engine_own.OwnBench(work_folder).steps()[1].action()


class TestRestore:
	def test_names_are_put_back_in_text_and_paths(self, work_folder: Path) -> None:
		wheel = work_folder / "engine.whl"
		with zipfile.ZipFile(wheel, "w") as archive:
			archive.writestr(
				"criscostack/utils/brik_helper.py", "import criscostack  # Crisco, Criscoerp, brik"
			)
			archive.writestr("criscostack/logo.png", b"\0criscostack")
			archive.writestr("criscostack/.DS_Store", b"criscostack")
			archive.writestr("criscostack-1.0.dist-info/METADATA", "criscostack")
		target = work_folder / "frappe"
		with zipfile.ZipFile(wheel) as archive:
			count = sum(engine_pypi._restore_file(archive, name, target) for name in archive.namelist())
		assert count == 2
		helper = target / "frappe" / "utils" / "bench_helper.py"
		assert helper.read_text() == "import frappe  # Frappe, ERPNext, brik"
		assert (target / "frappe" / "logo.png").read_bytes() == b"\0criscostack"


class TestSuite:
	@pytest.mark.parametrize(
		("arguments", "expected"),
		[
			([], True),
			(["-k", "target"], True),
			(["sales_activity/tests/test_a.py::TestA::test_b", "-x"], False),
			(["tests/test_b.py"], True),
			(["sales_activity/tests/test_a.py", "tests"], True),
		],
	)
	def test_server_and_browser_only_for_tests_from_outside(
		self, work_folder: Path, arguments: list[str], expected: bool
	) -> None:
		for name in ("sales_activity/tests/test_a.py", "tests/test_b.py"):
			(work_folder / name).parent.mkdir(parents=True, exist_ok=True)
			(work_folder / name).write_text("")
		assert suite.drives_from_outside(arguments) is expected

	@pytest.mark.parametrize(
		("wanted", "arguments", "expected"),
		[
			("", [], min(2, len(os.sched_getaffinity(0)))),
			("", ["-k", "target"], 1),
			("1", [], 1),
			("3", ["sales_activity/tests"], 3),
		],
	)
	def test_two_processes_for_the_whole_unless_told(
		self, monkeypatch: pytest.MonkeyPatch, wanted: str, arguments: list[str], expected: int
	) -> None:
		monkeypatch.setenv("PROCESSES", wanted)
		assert suite.processes(arguments) == expected

	def test_a_number_of_processes_that_is_none_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
		monkeypatch.setenv("PROCESSES", "many")
		with pytest.raises(Failure, match="PROCESSES is 'many'") as failure:
			suite.processes([])
		assert "1 to 8" in failure.value.hint

	def test_the_queues_of_the_processes_differ(self, work_folder: Path) -> None:
		(work_folder / "sites").mkdir()
		bench = paths.Bench(work_folder)
		bench.common_config.write_text('{"redis_queue": "redis://127.0.0.1:11000"}')
		queues = {suite._own_queue(bench, "test.localhost", number) for number in range(8)}
		assert len(queues) == 8
		assert "redis://127.0.0.1:11000" not in queues


class TestLanes:
	"""Which file of tests each of the processes runs next."""

	FILES = (
		"sales_activity/tests/test_a.py",
		"tests/test_b.py",
		"sales_activity/tests/test_c.py",
		"tests/test_d.py",
	)
	SECONDS = {FILES[0]: 5, FILES[1]: 90, FILES[2]: 300, FILES[3]: 100}

	def dealt_out(self, is_served: bool, waiting: tuple[str, ...] = FILES) -> list[str]:
		dealt, left = [], list(waiting)
		while file := lanes.next_file(left, self.SECONDS, is_served=is_served):
			dealt.append(file)
			left.remove(file)
		return dealt

	def test_what_drives_the_served_site_comes_first_there_and_long_before_short(self) -> None:
		a, b, c, d = self.FILES
		assert self.dealt_out(is_served=True) == [d, b, c, a]

	def test_another_site_gets_only_what_runs_inside(self) -> None:
		a, _b, c, _d = self.FILES
		assert self.dealt_out(is_served=False) == [c, a]

	def test_a_new_file_is_not_forgotten(self) -> None:
		new = "sales_activity/tests/test_new.py"
		assert self.dealt_out(False, (*self.FILES, new)) == [self.FILES[2], new, self.FILES[0]]

	def test_the_known_files_are_there(self) -> None:
		gone = [file for file in json.loads(lanes.KNOWN.read_text()) if not (CHECKOUT / file).exists()]
		assert not gone, "take them out of dev/durations.json"


class TestCommandLine:
	def test_make_explains_itself(self) -> None:
		shown = subprocess.run(["make"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
		targets = re.findall(r"^([a-z]+):.*## ", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)
		assert {"demo", "test", "console", "lint", "benchmark", "stop", "clean"} < set(targets)
		for target in targets:
			assert f"make {target} " in shown

	def test_every_make_target_is_a_command(self) -> None:
		used = re.findall(r"\$\(RUN\) (\w+)", (CHECKOUT / "Makefile").read_text())
		assert set(used) <= set(commands.COMMANDS)

	def test_an_unknown_command_names_the_known_ones(self) -> None:
		run = [sys.executable, CHECKOUT / "dev" / "run.py", "fly"]
		answer = subprocess.run(run, capture_output=True, text=True, check=False)
		assert answer.returncode == 2
		assert "demo" in answer.stderr


class TestLocks:
	@pytest.mark.parametrize("name", ["build", "requirements", "test", "bench"])
	def test_every_requirement_is_pinned_with_a_hash(self, name: str) -> None:
		text = (CHECKOUT / "dev" / "lock" / f"{name}.txt").read_text().replace("\\\n", " ")
		lines = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
		assert lines
		for line in lines:
			assert "==" in line and "--hash=sha256:" in line, line


def test_the_app_is_named_once_in_apps_txt(work_folder: Path) -> None:
	(work_folder / "sites").mkdir()
	(work_folder / "sites" / "apps.txt").write_text("frappe\nerpnext")
	bench = paths.Bench(work_folder)
	assert apps.name_app(bench)
	assert not apps.name_app(bench)
	assert (work_folder / "sites" / "apps.txt").read_text() == "frappe\nerpnext\nsales_activity\n"

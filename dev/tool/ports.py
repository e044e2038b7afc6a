"""The ports of this checkout's services: derived from its path, remembered, free when chosen."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Mapping

from dev.tool import paths

SERVICES = ("mariadb", "redis", "socketio")
FIRST, LAST = 20000, 32000  # below the range from which Linux gives out ports by itself


def load() -> dict[str, int]:
	"""Return {service: port}, choosing free ones the first time."""
	file = paths.CONFIG / "ports.json"
	if file.exists():
		return json.loads(file.read_text())
	chosen: dict[str, int] = {}
	for service in SERVICES:
		chosen[service] = _free_port(taken=chosen)
	_save(chosen)
	return chosen


def of_site(site: str) -> int:
	"""Return the web port of `site`, chosen and remembered the first time; another one if it is taken now."""
	ports = load()
	name = f"web {site}"
	if name not in ports or not is_free(ports[name]):
		return choose_again(name)
	return ports[name]


def choose_again(service: str) -> int:
	"""Give `service` another port, for when a stranger sits on its old one; returns the new port."""
	ports = load()
	ports[service] = _free_port(taken=ports)
	_save(ports)
	return ports[service]


def is_free(port: int) -> bool:
	"""Return whether nothing listens on `port` of 127.0.0.1."""
	with socket.socket() as probe:
		return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port(taken: Mapping[str, int]) -> int:
	seed = int(hashlib.sha256(str(paths.CHECKOUT).encode()).hexdigest(), 16)
	span = LAST - FIRST
	candidates = (FIRST + (seed + offset) % span for offset in range(span))
	return next(port for port in candidates if port not in taken.values() and is_free(port))


def _save(ports: Mapping[str, int]) -> None:
	paths.CONFIG.mkdir(parents=True, exist_ok=True)
	(paths.CONFIG / "ports.json").write_text(json.dumps(ports, indent="\t"))

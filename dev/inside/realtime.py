"""Pushes Frappe's realtime events to the browser, as Frappe's Node server does on a full bench.

Frappe publishes {event, message, room, namespace} on the Redis channel "events" (frappe/realtime.py). Browsers
connect with Socket.IO to the namespace "/<site>" and ask for rooms. Whether they may is asked of Frappe, over
HTTP with the browser's own cookies, by the same methods that the Node server uses.
"""

from __future__ import annotations

import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import frappe
import redis
import socketio

METHODS = "frappe.realtime"
Environ = dict[str, Any]


def wrap(application: Callable, site: str) -> Callable:
	"""Return `application` with the realtime events of `site` added at /socket.io."""
	# Polling only: a web socket would need a server that can upgrade, and polling tells as promptly.
	server = socketio.Server(async_mode="threading", transports=["polling"], namespaces=[f"/{site}"])
	_handle_requests(server, f"/{site}")
	threading.Thread(target=_forward_events, args=(server, site), daemon=True).start()
	return socketio.WSGIApp(server, application)


def _handle_requests(server: socketio.Server, namespace: str) -> None:
	"""Let browsers enter and leave rooms; the names of events and rooms are Frappe's."""

	def connect(sid: str, environ: Environ, _auth: Any = None) -> None:
		who = _ask(environ, "get_user_info")
		if not who or who["user"] == "Guest":
			raise ConnectionRefusedError("not logged in")
		server.enter_room(sid, f"user:{who['user']}", namespace)
		server.enter_room(sid, "website", namespace)
		if who["user_type"] == "System User":
			server.enter_room(sid, "all", namespace)

	def enter_doctype(sid: str, doctype: str) -> None:
		if _ask(server.get_environ(sid, namespace), "can_subscribe_doctype", doctype=doctype):
			server.enter_room(sid, f"doctype:{doctype}", namespace)

	def enter_document(sid: str, doctype: str, name: str) -> None:
		if _ask(server.get_environ(sid, namespace), "can_subscribe_doc", doctype=doctype, docname=name):
			server.enter_room(sid, f"doc:{doctype}/{name}", namespace)

	def enter_task(sid: str, task: str) -> None:
		server.enter_room(sid, f"task_progress:{task}", namespace)

	handlers = {
		"connect": connect,
		"doctype_subscribe": enter_doctype,
		"doc_subscribe": enter_document,
		"task_subscribe": enter_task,
		"progress_subscribe": enter_task,
		"doctype_unsubscribe": lambda sid, doctype: server.leave_room(sid, f"doctype:{doctype}", namespace),
		"doc_unsubscribe": lambda sid, doctype, name: server.leave_room(
			sid, f"doc:{doctype}/{name}", namespace
		),
		"task_unsubscribe": lambda sid, task: server.leave_room(sid, f"task_progress:{task}", namespace),
	}
	for event, handler in handlers.items():
		server.on(event, handler, namespace=namespace)


def _forward_events(server: socketio.Server, site: str) -> None:
	"""Pass on what Frappe publishes for `site`, for as long as the process lives."""
	frappe.init(site=site)
	channel = redis.from_url(frappe.conf.redis_queue).pubsub(ignore_subscribe_messages=True)
	frappe.destroy()
	channel.subscribe("events")
	for published in channel.listen():
		event = json.loads(published["data"])
		if event["namespace"] == site:
			server.emit(event["event"], event["message"], to=event["room"], namespace=f"/{site}")


def _ask(environ: Environ, method: str, **arguments: str) -> Any:
	"""Return what frappe.realtime.<method> answers to the browser that `environ` is from; None if it refuses."""
	query = urllib.parse.urlencode(arguments)
	url = f"http://{environ['HTTP_HOST']}/api/method/{METHODS}.{method}?{query}"
	request = urllib.request.Request(url, headers={"Cookie": environ.get("HTTP_COOKIE", "")})
	try:
		with urllib.request.urlopen(request, timeout=30) as answer:
			return json.load(answer).get("message")
	except OSError:
		return None

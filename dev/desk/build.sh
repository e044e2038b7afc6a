#!/bin/sh
# Builds the desk of a bench whose Frappe was restored from PyPI: build.sh <bench folder> [--force]
# Everything it writes is inside the bench. The caller flushes Redis, which keeps the bundles' names.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bench=$(cd "${1:?usage: build.sh <bench folder> [--force]}" && pwd)
shift
desk=$bench/desk
mkdir -p "$desk"

# npm ci starts by deleting node_modules, so it runs only when the lock has changed, and the lock
# is kept beside its result only once all packages are there.
if ! cmp -s "$here/package-lock.json" "$desk/installed-lock.json"; then
	rm -f "$desk/installed-lock.json"
	cp "$here/package.json" "$here/package-lock.json" "$desk/"
	echo "desk: fetching npm packages"
	(cd "$desk" && npm ci --ignore-scripts --legacy-peer-deps --no-audit --no-fund --loglevel=error \
		--prefer-offline --no-update-notifier --cache "$desk/npm-cache")
	cp "$here/package-lock.json" "$desk/installed-lock.json"
fi
exec node "$here/build.mjs" --bench "$bench" "$@"

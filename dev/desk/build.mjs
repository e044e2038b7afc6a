// Builds the bundles of Frappe's desk and of the apps beside it, for a tree that has the desk's sources
// but not Frappe's own build script. See README.md.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compiler } from "./compile.mjs";

const started = performance.now();
const { values: options } = parseArgs({ options: { bench: { type: "string" }, force: { type: "boolean" } } });
if (!options.bench) {
	console.error("usage: node build.mjs --bench <bench folder> [--force]");
	process.exit(2);
}
const here = path.dirname(fileURLToPath(import.meta.url));
const bench = fs.realpathSync(options.bench);
const sites = path.join(bench, "sites");
const assets = path.join(sites, "assets");
const modules = path.join(bench, "desk", "node_modules");
const stampFile = path.join(bench, "desk", "stamp.json");
const load = createRequire(path.join(modules, "x.js"));

const hash = (data) => createHash("sha1").update(data).digest("hex");
const hashFile = (file) => (fs.existsSync(file) ? hash(fs.readFileSync(file)) : "");

/** Whoever reads the file meanwhile, such as a running server, finds the old one or the new one whole. */
function writeJson(file, data) {
	fs.writeFileSync(file + ".new", JSON.stringify(data, null, "\t") + "\n");
	fs.renameSync(file + ".new", file);
}

/** The apps that have something to serve: `{name, folder, pub}`; an import by app name starts at `folder`. */
function findApps() {
	const folder = (name) => path.join(bench, "apps", name);
	return fs
		.readdirSync(path.join(bench, "apps"))
		.map((name) => ({ name, folder: folder(name), pub: path.join(folder(name), name, "public") }))
		.filter(({ pub }) => fs.existsSync(pub))
		.map((app) => ({ ...app, folder: fs.realpathSync(app.folder), pub: fs.realpathSync(app.pub) }));
}

/** Every bundle of an app, as esbuild wants its entry points: `{in, out}`, `out` below sites/assets. */
function findBundles({ name, pub }, folder = pub) {
	return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const file = path.join(folder, entry.name);
		if (entry.isDirectory()) {
			return ["dist", "node_modules"].includes(entry.name) ? [] : findBundles({ name, pub }, file);
		}
		const match = entry.name.match(/^(.+\.bundle)\.(?:(js|ts|jsx|tsx)|(css|scss|sass))$/);
		return match ? [{ in: file, out: `${name}/dist/${match[2] ? "js" : "css"}/${match[1]}` }] : [];
	});
}

/** Make `place` a link to `target`; a link that was there before goes. */
function link(target, place) {
	// The folder of `place` may itself be reached by a link, and a relative link starts at the real one.
	const relative = path.relative(fs.realpathSync(path.dirname(place)), target);
	const found = fs.lstatSync(place, { throwIfNoEntry: false });
	if (found?.isSymbolicLink() && fs.readlinkSync(place) === relative) return;
	if (found) fs.rmSync(place);
	fs.symlinkSync(relative, place);
}

/** What a build depends on besides the sources: the entry points, these scripts and the packages. */
function recipe(bundles) {
	const own = ["build.mjs", "compile.mjs", "package-lock.json"].map((name) =>
		hashFile(path.join(here, name))
	);
	return hash(JSON.stringify([bundles, own]));
}

/** Whether the files that the last build read are unchanged, and those that it wrote still there. */
function upToDate(bundles) {
	if (!fs.existsSync(stampFile)) return false;
	const stamp = JSON.parse(fs.readFileSync(stampFile, "utf8"));
	return (
		stamp.recipe === recipe(bundles) &&
		stamp.outputs.every((file) => fs.existsSync(path.join(bench, file))) &&
		Object.entries(stamp.inputs).every(([file, digest]) => hashFile(path.join(bench, file)) === digest)
	);
}

/** Mirror every style sheet for languages written from right to left; returns what assets-rtl.json holds. */
function mirror(sheets) {
	const rtlcss = load("rtlcss");
	const mirrored = {};
	for (const [name, address] of Object.entries(sheets)) {
		const css = rtlcss.process(fs.readFileSync(path.join(sites, address), "utf8"));
		const digest = hash(css).slice(0, 8).toUpperCase();
		const file = path.join(address, "..", "..", "css-rtl", name.replace(/css$/, `${digest}.css`));
		fs.mkdirSync(path.dirname(path.join(sites, file)), { recursive: true });
		fs.writeFileSync(path.join(sites, file), css);
		mirrored[`rtl_${name}`] = file;
	}
	return mirrored;
}

/** Remove what earlier builds left in the apps' dist folders. */
function sweep(apps, outputs) {
	const kept = new Set(outputs.map((file) => path.join(bench, file)));
	for (const { name } of apps) {
		for (const kind of ["js", "css", "css-rtl"]) {
			const folder = path.join(assets, name, "dist", kind);
			const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
			files.map((file) => path.join(folder, file)).forEach((file) => kept.has(file) || fs.rmSync(file));
		}
	}
}

/** What assets.json says of a build: the address of each bundle, by kind and by its source's name. */
function addresses(outputs) {
	const found = { js: {}, css: {} };
	for (const [output, { entryPoint }] of Object.entries(outputs)) {
		if (!entryPoint) continue;
		const kind = path.extname(output).slice(1);
		const name = path.basename(entryPoint).replace(/\.\w+$/, `.${kind}`);
		found[kind][name] = "/" + path.relative("sites", output);
	}
	return found;
}

async function build(apps, bundles) {
	const { options, read } = compiler({
		load,
		modules,
		folders: apps.map((app) => app.folder),
		root: bench,
	});
	const { metafile } = await load("esbuild").build({
		...options,
		entryPoints: bundles,
		entryNames: "[dir]/[name].[hash]",
		outdir: assets,
		metafile: true,
		sourcemap: true,
		target: "es2020",
	});
	const { js, css } = addresses(metafile.outputs);
	const rtl = mirror(css);
	writeJson(path.join(assets, "assets.json"), { ...js, ...css });
	writeJson(path.join(assets, "assets-rtl.json"), rtl);

	const outputs = [...Object.keys(metafile.outputs), ...Object.values(rtl).map((file) => "sites" + file)];
	sweep(apps, outputs);
	Object.keys(metafile.inputs).forEach((file) => read.add(path.resolve(bench, file)));
	const sources = [...read].filter((file) => fs.existsSync(file) && !file.startsWith(modules));
	const inputs = Object.fromEntries(sources.map((file) => [path.relative(bench, file), hashFile(file)]));
	writeJson(stampFile, { recipe: recipe(bundles), inputs, outputs });
}

const apps = findApps();
const bundles = apps.flatMap((app) => findBundles(app));
fs.mkdirSync(assets, { recursive: true });
apps.forEach(({ name, pub }) => link(pub, path.join(assets, name)));
link(modules, path.join(assets, "frappe", "node_modules"));
const stale = options.force || !upToDate(bundles);
if (stale) {
	await build(apps, bundles).catch((error) => {
		console.error(error.errors ? error.message : error); // esbuild has shown its own errors in full
		process.exit(1);
	});
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`desk: ${bundles.length} bundles ${stale ? "built" : "up to date"} (${seconds} s)`);

// Teaches esbuild what it cannot read by itself and the desk is written in: Sass, Vue components, and
// Frappe's client templates.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const images = [".png", ".gif", ".jpg", ".svg", ".eot", ".ttf", ".woff", ".woff2"];

/**
 * How to compile a bench's sources.
 *
 * `load` requires a package by name, `modules` is where packages are, `folders` are where an import by an
 * app's name starts, `root` is what component ids are relative to. Returns esbuild's options, and the set
 * `read` of the files read so far (those that esbuild does not count by itself among them).
 */
export function compiler({ load, modules, folders, root }) {
	const context = { load, modules, root, read: new Set() };
	context.common = {
		absWorkingDir: root,
		bundle: true,
		nodePaths: [modules, ...folders],
		loader: Object.fromEntries(images.map((extension) => [extension, "dataurl"])),
		logLevel: "error",
	};
	const options = {
		...context.common,
		// One Vue for all: packages that use require() would bring a second one, with its compiler.
		alias: { vue: path.join(modules, "vue", "dist", "vue.runtime.esm-bundler.js") },
		define: {
			"process.env.NODE_ENV": '"production"',
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
		},
		plugins: [served, sassFiles(context), vueFiles(context), templateFiles(context)],
	};
	return { options, read: context.read };
}

/** What is named by its address on the server stays as it is. */
const served = {
	name: "served",
	setup: (build) => build.onResolve({ filter: /^\/assets\// }, ({ path }) => ({ path, external: true })),
};

/** Style sheets: Sass is compiled; one that JavaScript imports goes into the page with the script. */
const sassFiles = (context) => ({
	name: "sass",
	setup(build) {
		build.onLoad({ filter: /\.s[ac]ss$/ }, ({ path: file }) => ({
			contents: compileSass(context, fs.readFileSync(file, "utf8"), file),
			loader: "css",
		}));
		build.onResolve(
			{ filter: /\.(css|scss|sass)$/ },
			async ({ path: name, kind, resolveDir, pluginData }) => {
				if (kind !== "import-statement" || pluginData === "plain") return null;
				const found = await build.resolve(name, { resolveDir, kind, pluginData: "plain" });
				return { ...found, namespace: "injected" };
			}
		);
		build.onLoad({ filter: /.*/, namespace: "injected" }, async ({ path: file }) => {
			context.read.add(file);
			const source = fs.readFileSync(file, "utf8");
			const css = file.endsWith(".css") ? source : compileSass(context, source, file);
			return { contents: await injected(context, css, file) };
		});
	},
});

const vueFiles = (context) => ({
	name: "vue",
	setup: (build) => build.onLoad({ filter: /\.vue$/ }, ({ path: file }) => compileVue(context, file)),
});

/**
 * Frappe's client templates: importing one registers it under its file's name. Backslashes and the like
 * mean what they mean in a JavaScript template literal, as in Frappe's own build.
 */
const templateFiles = (context) => ({
	name: "template",
	setup: (build) =>
		build.onLoad({ filter: /\.html$/ }, ({ path: file }) => {
			const name = JSON.stringify(path.basename(file).split(".")[0]);
			const text = fs.readFileSync(file, "utf8").replaceAll("`", "\\`");
			return { contents: `frappe.templates[${name}] = \`${text}\`;` };
		}),
});

/** The CSS of Sass `source`; `file` tells its syntax and where its relative imports start. */
function compileSass({ load, modules, common, read }, source, file) {
	const sass = load("sass");
	const packageUrl = (url) => new URL(url.slice(1), pathToFileURL(modules + "/"));
	const result = sass.compileString(source, {
		url: pathToFileURL(file),
		syntax: file.endsWith(".sass") ? "indented" : "scss",
		importers: [{ findFileUrl: (url) => (url.startsWith("~") ? packageUrl(url) : null) }],
		loadPaths: common.nodePaths,
		logger: sass.Logger.silent, // Frappe's and Bootstrap's deprecations are not ours to mend
		charset: false,
	});
	result.loadedUrls.forEach((url) => read.add(fileURLToPath(url)));
	return result.css;
}

/** JavaScript that puts a style sheet into the page; what the sheet imports comes with it. */
async function injected({ load, common }, css, file) {
	const { outputFiles } = await load("esbuild").build({
		...common,
		plugins: [served],
		stdin: { contents: css, loader: "css", resolveDir: path.dirname(file) },
		write: false,
	});
	const text = JSON.stringify(outputFiles[0].text);
	return `document.head.append(Object.assign(document.createElement("style"), { textContent: ${text} }));`;
}

/** One component as a JavaScript module: its script, its render function, its styles. */
async function compileVue(context, file) {
	const sfc = context.load("@vue/compiler-sfc");
	const digest = createHash("sha1").update(path.relative(context.root, file)).digest("hex");
	const id = `data-v-${digest.slice(0, 8)}`;
	const failed = (errors) => ({
		errors: errors.map((error) => ({ text: error.message ?? String(error) })),
	});
	const { descriptor, errors } = sfc.parse(fs.readFileSync(file, "utf8"), { filename: file });
	if (errors.length) return failed(errors);
	const scoped = descriptor.styles.some((style) => style.scoped);
	const hasScript = descriptor.script || descriptor.scriptSetup;
	const script = hasScript && sfc.compileScript(descriptor, { id, genDefaultAs: "component" });
	const parts = [script ? script.content : "const component = {};"];
	if (descriptor.template) {
		const template = sfc.compileTemplate({
			source: descriptor.template.content,
			filename: file,
			id,
			scoped,
			transformAssetUrls: false, // pictures are named by their address on the server
			compilerOptions: { bindingMetadata: script?.bindings },
		});
		errors.push(...template.errors);
		parts.push(template.code, "component.render = render;");
	}
	for (const { content, lang, scoped } of descriptor.styles) {
		const source = lang ? compileSass(context, content, file) : content;
		const style = sfc.compileStyle({ source, filename: file, id, scoped });
		errors.push(...style.errors);
		parts.push(await injected(context, style.code, file));
	}
	if (errors.length) return failed(errors);
	if (scoped) parts.push(`component.__scopeId = "${id}";`);
	parts.push("export default component;");
	return { contents: parts.join("\n"), loader: script?.lang === "ts" ? "ts" : "js" };
}

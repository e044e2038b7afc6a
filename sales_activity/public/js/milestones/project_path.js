// The path on the form of a Sales Project, with the milestone that is chosen to work on; in small on the forms of
// the documents that belong to a project.

frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;

const ask_path = (frm) =>
	frappe.xcall("sales_activity.api.milestones.path", { doctype: frm.doctype, name: frm.docname });

/** In the field path_html of a Sales Project. The current milestone is chosen, else none. */
milestones.show_project_path = async (frm) => {
	const $field = frm.get_field("path_html").$wrapper;
	frm.sales_path?.panel?.keep();
	frm.sales_path = null;
	$field.empty();
	frm.toggle_display("path_html", Boolean(frm.doc.process_started_on));
	if (frm.is_new() || !frm.doc.process_started_on) return;
	const { name } = frm.doc;
	const { milestones: rows } = await ask_path(frm);
	if (frm.doc.name !== name) return;
	frm.sales_path = new ProjectPath(frm, $field);
	frm.sales_path.draw(rows);
};

class ProjectPath {
	constructor(frm, $field) {
		this.frm = frm;
		const $path = $("<div>").appendTo($field);
		this.$panel = $(`<div class="sa-path-panel" aria-live="polite">`).appendTo($field);
		this.path = new milestones.Path({ parent: $path, on_choose: (row) => this.choose(row) });
	}

	draw(rows) {
		this.path.draw(rows);
		const wanted = frappe.route_options?.milestone;
		if (wanted) delete frappe.route_options.milestone;
		const chosen =
			rows.find((row) => row.name === wanted) ||
			rows.find((row) => row.my_turn) ||
			rows.find((row) => row.is_current);
		if (chosen) this.choose(chosen);
	}

	/** A second click on the chosen one closes it. */
	choose(row) {
		this.chosen = this.chosen === row.name ? null : row.name;
		this.path.choose(this.chosen);
		this.panel?.keep();
		this.panel = null;
		this.$panel.empty();
		if (!this.chosen) return;
		this.panel = new milestones.Panel({
			parent: this.$panel,
			milestone: row.name,
			before_act: () => this.save_first(),
			on_done: () => this.frm.reload_doc(),
		});
		return this.panel.load();
	}

	/** The form is loaded again afterwards: what was typed in it must not get lost. */
	async save_first() {
		if (!this.frm.is_dirty()) return true;
		await this.frm.save();
		return !this.frm.is_dirty();
	}
}

/** Above the form of an Opportunity, Quotation or Sales Order: the path of its project, and the way there. */
milestones.show_small_path = async (frm) => {
	// not in the form's dashboard: where a form has tabs, that stands in the tab of connections
	frm.layout.wrapper.children(".sa-form-path").remove();
	if (frm.is_new() || !frappe.boot.user.can_read?.includes("Sales Milestone")) return;
	const { name } = frm.doc;
	const { project, milestones: rows } = await ask_path(frm);
	if (frm.doc.name !== name || !rows.length) return;
	frm.layout.wrapper.children(".sa-form-path").remove();
	const $section = $(`<section class="sa-form-path">`).insertBefore(frm.layout.page);
	$section.attr("aria-label", __("Sales Process"));
	const $head = $(`<div class="sa-path-head">`).appendTo($section);
	$("<a>")
		.attr("href", frappe.utils.get_form_link("Sales Project", project.name))
		.text(project.title)
		.appendTo($head);
	const done = rows.filter((row) => row.is_done).length;
	const state = [__(project.status), __("{0} of {1} milestones done", [done, rows.length])];
	$(`<span class="text-muted">`).text(state.join(" · ")).appendTo($head);
	const open_project = (row) => {
		frappe.route_options = { milestone: row.name };
		frappe.set_route("Form", "Sales Project", project.name);
	};
	new milestones.Path({ parent: $("<div>").appendTo($section), on_choose: open_project, small: true }).draw(
		rows
	);
};

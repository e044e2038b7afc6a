// Starting a process on several projects, and taking changes of a process over into a running project.

frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;
const { escape } = milestones;

const UPDATERS = ["Sales Manager", "Sales Operations", "Sales Master Manager", "System Manager"];
const method = (name) => `sales_activity.api.milestones.${name}`;

/** For the actions of the list of Sales Projects. `done()` is called when the server has answered. */
milestones.start_process = (projects, done) => {
	const dialog = new frappe.ui.Dialog({
		title: __("Start Sales Process"),
		fields: [
			{
				fieldname: "process",
				label: __("Sales Process"),
				fieldtype: "Link",
				options: "Sales Process",
				reqd: 1,
				get_query: () => ({ filters: { disabled: 0 } }),
				description: __("On {0} projects. Those with a running process are left as they are.", [
					projects.length,
				]),
			},
		],
		primary_action_label: __("Start"),
		primary_action: ({ process }) => {
			dialog.hide();
			frappe
				.call({ method: method("start"), args: { projects, process }, freeze: true })
				.then(({ message }) => {
					frappe.msgprint({ title: process, message: message.message });
					done?.();
				});
		},
	});
	dialog.show();
};

milestones.add_update_button = (frm) => {
	if (!frm.doc.process_started_on || !frm.perm[0]?.write || !frappe.user.has_role(UPDATERS)) return;
	frm.add_custom_button(__("Update from Process"), () => preview_update(frm));
};

/** Shows what would change, and changes it only then. */
async function preview_update(frm) {
	const plan = await frappe.xcall(method("preview_update"), { project: frm.docname });
	const parts = [
		part(__("Added"), plan.added.map(added)),
		part(__("Cancelled"), plan.removed.map(removed)),
		part(__("Changed"), plan.changed.map(changed)),
	].filter(Boolean);
	if (!parts.length) {
		frappe.msgprint(__("Nothing to take over: milestones that still wait are as the process has them."));
		return;
	}
	const dialog = new frappe.ui.Dialog({
		title: __("Update from Process"),
		size: "large",
		fields: [{ fieldname: "plan", fieldtype: "HTML", options: parts.join("") }],
		primary_action_label: __("Update"),
		primary_action: () => {
			dialog.hide();
			frappe
				.call({ method: method("update_from_process"), args: { project: frm.docname }, freeze: true })
				.then(() => {
					frappe.show_alert({ message: __("The changes are taken over."), indicator: "green" });
					return frm.reload_doc();
				});
		},
		secondary_action_label: __("Leave as It Is"),
		secondary_action: () => dialog.hide(),
	});
	dialog.show();
}

const part = (title, lines) =>
	lines.length ? `<h5>${title}</h5><ul>${lines.map((line) => `<li>${line}</li>`).join("")}</ul>` : "";

const added = (row) =>
	`${escape(row.milestone)} (${__("step {0}", [row.step])}, ${escape(__(row.sales_role))})`;
const removed = (row) => `${escape(row.milestone)} (${__("step {0}", [row.step])})`;

const changed = (row) => {
	const value = (text) => (text === null || text === "" || text === undefined ? "–" : escape(text));
	const changes = row.changes.map(
		({ label, before, after }) => `<li>${escape(label)}: ${value(before)} → <b>${value(after)}</b></li>`
	);
	return `${escape(row.milestone)}<ul>${changes.join("")}</ul>`;
};

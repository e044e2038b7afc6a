frappe.ui.form.on("Sales Project", {
	setup(frm) {
		const parties = ["Lead", "Prospect", "Customer"];
		frm.set_query("party_type", () => ({ filters: { name: ["in", parties] } }));
		frm.set_query("sales_person", "team", () => ({ filters: { enabled: 1 } }));
		frm.set_query("sales_role", "team", () => ({ filters: { disabled: 0 } }));
		frm.set_query("sales_process", () => ({ filters: { disabled: 0 } }));
		frm.set_query("territory", () => ({ filters: { is_group: 0 } }));
	},

	refresh(frm) {
		sales_activity.milestones.show_project_path(frm);
		if (frm.is_new()) return;
		sales_activity.milestones.add_update_button(frm);
		const can_quote = ["Lead", "Prospect", "Customer"].includes(frm.doc.party_type);
		if (frm.doc.status === "Open" && can_quote && frappe.model.can_create("Quotation")) {
			frm.add_custom_button(__("Quotation"), () => make_quotation(frm), __("Create"));
		}
		sales_activity.expenses.add_claim_button(frm, () => ({ sales_project: frm.doc.name }));
		sales_activity.add_attainment_button(frm, () => ({ company: frm.doc.company }), __("View"));
		const project = () => ({ sales_project: frm.doc.name });
		sales_activity.add_ledger_button(frm, __("Credit"), project, __("View"));
	},

	party_type(frm) {
		frm.set_value("party", null);
	},

	async party(frm) {
		if (!frm.doc.party) return;
		const title = await party_title(frm.doc.party_type, frm.doc.party);
		frm.set_value("party_name", title);
		if (!frm.doc.title) frm.set_value("title", title);
	},

	/** A lost project needs a reason: ask before the workflow refuses. */
	before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Lose" || frm.doc.lost_reason) return;
		frappe.dom.unfreeze();
		return ask_lost_reason(frm);
	},
});

function make_quotation(frm) {
	frappe.model.open_mapped_doc({
		method: "sales_activity.api.projects.make_quotation_from_project",
		frm,
	});
}

async function party_title(doctype, name) {
	await frappe.model.with_doctype(doctype);
	const field = frappe.get_meta(doctype).title_field;
	if (!field) return name;
	const { message } = await frappe.db.get_value(doctype, name, field);
	return message?.[field] || name;
}

/**
 * Resolves when the reason is saved: the server applies the action to the saved document. Stays pending, and
 * so stops the action, when the user closes the dialog.
 */
function ask_lost_reason(frm) {
	const action = frm.selected_workflow_action;
	return new Promise((resolve) => {
		const dialog = new frappe.ui.Dialog({
			title: __("Why Was It Lost?"),
			fields: [
				{
					fieldname: "lost_reason",
					label: __("Lost Reason"),
					fieldtype: "Small Text",
					reqd: 1,
				},
			],
			primary_action_label: __("Set as Lost"),
			async primary_action({ lost_reason }) {
				dialog.hide();
				await frm.set_value("lost_reason", lost_reason);
				await frm.save();
				frappe.dom.freeze();
				frm.selected_workflow_action = action;
				resolve();
			},
			on_hide: () => (frm.selected_workflow_action = null),
		});
		dialog.show();
	});
}

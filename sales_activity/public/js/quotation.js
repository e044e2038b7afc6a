frappe.ui.form.on("Quotation", {
	setup(frm) {
		frm.set_query("sales_project", () => ({
			filters: { company: frm.doc.company, status: ["in", ["Open", "On Hold", "Won"]] },
		}));
	},

	refresh(frm) {
		sales_activity.milestones.show_small_path(frm);
		if (frm.is_new() || frm.doc.sales_project || frm.doc.docstatus === 2) return;
		if (!frappe.model.can_create("Sales Project")) return;
		if (!["Lead", "Prospect", "Customer"].includes(frm.doc.quotation_to)) return;
		frm.add_custom_button(__("Sales Project"), () => make_project(frm), __("Create"));
	},
});

function make_project(frm) {
	frappe.model.open_mapped_doc({
		method: "sales_activity.api.projects.make_sales_project_from_quotation",
		frm,
	});
}

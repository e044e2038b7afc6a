frappe.ui.form.on("Sales Order", {
	setup(frm) {
		frm.set_query("sales_project", () => ({
			filters: { company: frm.doc.company, status: ["in", ["Open", "On Hold", "Won"]] },
		}));
	},

	refresh(frm) {
		if (frm.doc.docstatus === 0) return;
		add_ledger_button(frm);
		if (!sales_activity.can_repost()) return;
		const scope = () => ({ company: frm.doc.company, sales_order: frm.doc.name });
		const ask = () => sales_activity.repost_credit(scope(), { with_team: true });
		frm.add_custom_button(__("Repost Credit"), ask, __("Sales Credit"));
	},
});

function add_ledger_button(frm) {
	if (!frappe.boot.user.all_reports?.["Sales Credit Ledger"]) return;
	const open = () =>
		frappe.set_route("query-report", "Sales Credit Ledger", {
			company: frm.doc.company,
			voucher_no: frm.doc.name,
			from_date: "",
			to_date: "",
		});
	frm.add_custom_button(__("Ledger"), open, __("Sales Credit"));
}

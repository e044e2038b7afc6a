// The ways from a document to the credit that it earned.

frappe.provide("sales_activity");

/** A button that opens the credit ledger with these filters, for users who may. */
sales_activity.add_ledger_button = (frm, label, filters, group) => {
	if (!frappe.boot.user.all_reports?.["Sales Credit Ledger"]) return;
	const all_days = { from_date: "", to_date: "" };
	const open = () =>
		frappe.set_route("query-report", "Sales Credit Ledger", {
			company: frm.doc.company,
			...filters(),
			...all_days,
		});
	frm.add_custom_button(label, open, group);
};

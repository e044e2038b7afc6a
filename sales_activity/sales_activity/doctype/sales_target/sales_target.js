frappe.ui.form.on("Sales Target", {
	setup(frm) {
		frm.set_query("sales_person", "targets", () => ({ filters: { enabled: 1 } }));
		frm.set_query("sales_role", "targets", () => ({ filters: { disabled: 0 } }));
		frm.set_query("fiscal_year", () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		if (frm.is_new()) return;
		sales_activity.add_attainment_button(frm, () => ({
			company: frm.doc.company,
			basis: frm.doc.basis,
			fiscal_year: "",
			from_date: frm.doc.from_date,
			to_date: frm.doc.to_date,
		}));
	},

	async fiscal_year(frm) {
		if (!frm.doc.fiscal_year) return;
		const { message } = await frappe.db.get_value("Fiscal Year", frm.doc.fiscal_year, [
			"year_start_date",
			"year_end_date",
		]);
		frm.set_value({ from_date: message.year_start_date, to_date: message.year_end_date });
	},
});

frappe.ui.form.on("Sales Target Detail", {
	target: show_total,
	targets_remove: show_total,
});

function show_total(frm) {
	const total = (frm.doc.targets || []).reduce((sum, row) => sum + flt(row.target), 0);
	frm.set_value("total_target", total);
}

frappe.ui.form.on("Expense Stand-in", {
	setup(frm) {
		frm.set_query("stand_in", () => ({ filters: { enabled: 1, name: ["!=", frm.doc.user || ""] } }));
	},

	refresh(frm) {
		frm.set_intro(
			__(
				"From the first to the last day the stand-in decides on the expense claims of whoever is away. Nobody decides on their own."
			),
			"blue"
		);
		if (!frm.is_new()) return;
		if (!frm.doc.user) frm.set_value("user", frappe.session.user);
		const for_others = frappe.user.has_role(["Sales Operations", "System Manager"]);
		frm.set_df_property("user", "read_only", for_others ? 0 : 1);
	},
});

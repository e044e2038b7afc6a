frappe.listview_settings["Milestone Hand-off"] = {
	add_fields: ["status", "delivery", "kind"],
	hide_name_column: true,

	get_indicator(doc) {
		if (doc.delivery === "Failed") {
			return [__("Not delivered"), "red", "delivery,=,Failed"];
		}
		const colours = {
			Open: "orange",
			Accepted: "green",
			Returned: "red",
			Answered: "blue",
			Closed: "gray",
		};
		return [__(doc.status), colours[doc.status], `status,=,${doc.status}`];
	},

	onload(list) {
		if (!["Sales Operations", "System Manager"].some((role) => frappe.user.has_role(role))) return;
		list.page.add_action_item(__("Deliver Again"), async () => {
			const names = list.get_checked_items(true);
			const { message } = await frappe.call("sales_activity.api.hand_offs.deliver_again", { names });
			frappe.show_alert({
				message: __("{0} hand-offs are delivered again.", [message]),
				indicator: message ? "green" : "orange",
			});
			list.refresh();
		});
	},
};

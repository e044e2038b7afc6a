frappe.listview_settings["Nurture Response"] = {
	add_fields: ["robot", "response_type"],
	hide_name_column: true,

	get_indicator: (doc) =>
		doc.robot ? [__("Robot"), "gray", "robot,=,1"] : [__("Counts"), "green", "robot,=,0"],
};

/** Frappe 16 finds no sidebar for a page that is opened by its address. */
sales_activity.show_sidebar = () => {
	const { sidebar } = frappe.app;
	if (sidebar?.setup && sidebar.workspace_title !== "Sales Activities") sidebar.setup("Sales Activities");
};

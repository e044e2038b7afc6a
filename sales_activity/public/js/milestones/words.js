// How milestones are spoken of: states, times, people.

frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;

milestones.COLOURS = {
	Waiting: "gray",
	Ready: "blue",
	"In Progress": "purple",
	Achieved: "green",
	Returned: "orange",
	Skipped: "gray",
	Cancelled: "gray",
};

// it is somebody's turn
milestones.OPENED = ["Ready", "In Progress", "Returned"];

// what stands in the round mark of a milestone; the state is also said in words
milestones.MARKS = { Achieved: "✓", Skipped: "–", Cancelled: "–", Returned: "?", "In Progress": "…" };

milestones.escape = (text) => frappe.utils.escape_html(String(text ?? ""));

/** Plain text of several lines, or a list, as HTML; "" for nothing. */
milestones.lines = (text) => milestones.escape((text || "").trim()).replace(/\n/g, "<br>");

/** "3 hours", "2.5 days". */
milestones.duration = (days) => {
	if (days < 1) {
		const hours = Math.round(days * 24);
		return hours < 1 ? __("under an hour") : hours === 1 ? __("1 hour") : __("{0} hours", [hours]);
	}
	const rounded = Math.round(days * 10) / 10;
	return rounded === 1 ? __("1 day") : __("{0} days", [rounded]);
};

/** "2 days late", "due today", "due tomorrow", "due 24-11-2026"; "" without a date. */
milestones.due = (date) => {
	if (!date) return "";
	const late = frappe.datetime.get_day_diff(frappe.datetime.get_today(), date);
	if (late > 0) return late === 1 ? __("1 day late") : __("{0} days late", [late]);
	if (late === 0) return __("due today");
	return late === -1 ? __("due tomorrow") : __("due {0}", [frappe.datetime.str_to_user(date)]);
};

/** What is said below the name of a milestone in a path. */
milestones.note = (row) => {
	const person = row.is_done ? row.responsible : row.turn_of || row.responsible;
	const parts = [];
	if (row.status === "Achieved")
		parts.push(row.days_taken === null ? "" : milestones.duration(row.days_taken));
	else if (row.is_held && row.is_open) parts.push(__("on hold"));
	else if (row.is_open) parts.push(milestones.due(row.due_date) || __(row.status));
	else if (row.is_done) parts.push(__(row.status));
	return [...parts, row.my_turn ? __("you") : person].filter(Boolean).join(" · ");
};

/** One word for how a milestone looks: done, set-aside, late, returned, open, waiting. */
milestones.look = (row) => {
	if (row.status === "Achieved") return "done";
	if (row.is_done) return "aside";
	if (row.is_late) return "late";
	if (row.status === "Returned") return "returned";
	return row.is_open ? "open" : "waiting";
};
